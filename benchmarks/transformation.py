"""Transformation: what idling costs, whether history makes a new day dearer, and how soon new rows show up.

Latency needs the whole platform (warehouse, daemon, both code locations); it is started here, on ports of its own.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from benchmarks.latency import measure_latency
from benchmarks.measure import show
from retail_platform import settings as settings_module
from retail_platform.contracts import CONTRACTS, Contract
from retail_platform.settings import RetailSettings
from retail_platform.starrocks.connection import connect, execute, quote_table
from retail_platform.starrocks.ddl import create_schema
from retail_platform.starrocks.embedded import EmbeddedStarRocks

TICKS = 100
OBSERVING_RUNS = 5
LAST = date(2026, 11, 20)
HISTORIES = (10, 1_000)
NEW_DAYS = 3
ORDERS = 20


def run() -> None:
    """Print idle cost, cost of a new day by length of history, and latency."""
    logging.disable(logging.INFO)  # runs in this process would print every event
    _idle_cost()
    _flat_cost()
    measure_latency()


@contextmanager
def _platform() -> Iterator[RetailSettings]:
    """A warehouse and a home of its own; the process' settings point to them."""
    with tempfile.TemporaryDirectory() as home, EmbeddedStarRocks(data_dir=Path(home) / "starrocks") as server:
        os.environ.update(
            STARROCKS_HOST=server.host,
            STARROCKS_PORT=str(server.mysql_port),
            STARROCKS_HTTP_PORT=str(server.fe_port),
            STARROCKS_BE_PORT=str(server.be_port),
            RETAIL_HOME=home,
            RETAIL_DB_PREFIX=f"b{uuid.uuid4().hex[:6]}_",
        )
        settings_module.starrocks_settings.cache_clear()
        settings_module.retail_settings.cache_clear()
        retail = settings_module.retail_settings()
        with connect(settings_module.starrocks_settings()) as connection:
            create_schema(connection, retail)
        yield retail


def _bytes(home: Path) -> int:
    return sum(file.stat().st_size for file in home.rglob("*") if file.is_file())


def _idle_cost() -> None:
    from retail_platform.resources import Warehouse  # noqa: PLC0415 - reads the settings this benchmark makes
    from retail_platform.transformation.definitions import defs  # noqa: PLC0415
    from retail_platform.transformation.sources import observe_raw_changes  # noqa: PLC0415

    with _platform() as retail:
        home = retail.home / "dagster"
        home.mkdir()
        with dg.DagsterInstance.local_temp(str(home)) as instance:
            job = defs.resolve_job_def("check_sources_job")
            job.execute_in_process(instance=instance)
            context = dg.build_sensor_context(instance=instance, resources={"warehouse": Warehouse()})
            sensor = _cost(home, TICKS, lambda: observe_raw_changes(context))
            runs = _cost(home, OBSERVING_RUNS, lambda: job.execute_in_process(instance=instance))
    rows = [
        ("sensor, every 5 s", 720, sensor[0] * 720 / 1024, sensor[1] * 720 / 36),
        ("check_sources_job, every minute", 60, runs[0] * 60 / 1024, runs[1] * 60 / 36),
    ]
    title = "One idle hour of observing (process start of the job's runs not counted)"
    show(title, ("way", "times an hour", "KiB of events", "% of one core"), rows)


def _cost(home: Path, times: int, action: Any) -> tuple[float, float]:  # noqa: ANN401 - any callable
    """Bytes written and seconds of CPU for one time."""
    size, cpu = _bytes(home), time.process_time()
    for _ in range(times):
        action()
    return (_bytes(home) - size) / times, (time.process_time() - cpu) / times


def _flat_cost() -> None:
    rows = []
    for history in HISTORIES:
        with _platform() as retail:
            rows.append((f"{history:,}", *_new_day(retail, history)))
    rows.append(
        ("ratio", *(float(many) / max(float(few), 0.01) for few, many in zip(rows[0][1:], rows[1][1:], strict=True)))
    )
    columns = ("days of history", "warehouse seconds", "dbt run, warm, seconds")
    show(
        f"One new day of {ORDERS} orders on top of history of the same rows per day (median of {NEW_DAYS})",
        columns,
        rows,
    )


def _new_day(retail: RetailSettings, history: int) -> tuple[float, float]:
    """Load history, build, then load single days and build each; seconds of models and of the whole dbt run."""
    from benchmarks.warm_dbt import WarmDbt  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch:
        dbt = WarmDbt(Path(scratch))
        _load(retail, LAST - timedelta(days=history - 1), history)
        dbt.run()
        taken = []
        for new in range(1, NEW_DAYS + 1):
            _load(retail, LAST + timedelta(days=new), 1)
            taken.append(dbt.run())
    models, whole = sorted(one[0] for one in taken), sorted(one[1] for one in taken)
    return models[NEW_DAYS // 2], whole[NEW_DAYS // 2]


def _load(retail: RetailSettings, first: date, days: int) -> None:
    """Rows made by the warehouse itself: the same customers and articles every day, orders of the day."""
    with connect(settings_module.starrocks_settings()) as connection:
        for contract in CONTRACTS:
            names = ", ".join([*contract.column_names, "dt", "_load_id", "_loaded_at"])
            execute(
                connection,
                f"INSERT INTO {quote_table(retail.bronze, contract.table)} ({names}) SELECT "
                f"{', '.join(_value(contract, name) for name in contract.column_names)}, d.dt, 'bench', NOW() "
                f"FROM (SELECT DAYS_ADD(CAST('{first}' AS DATE), CAST(generate_series AS INT)) AS dt "
                f"FROM TABLE(generate_series(0, {days - 1}))) AS d "
                f"CROSS JOIN (SELECT generate_series AS n FROM TABLE(generate_series(0, {ORDERS - 1}))) AS k"
                + (" WHERE k.n < 1" if contract.name in ("exchange_rates", "promotions") else ""),
            )


_FIXED = {
    "currency": "'USD'", "usd_rate": "'1.0'", "quantity": "'2'", "line_number": "'1'", "unit_price": "'10.00'",
    "line_amount": "'20.00'", "discount_amount": "'0.00'", "shipping_amount": "'0.00'", "total_amount": "'20.00'",
    "returned_quantity": "'0'", "unit_cost": "'5.00'", "status": "'active'", "channel": "'web'", "category": "'toys'",
}  # fmt: skip


def _value(contract: Contract, name: str) -> str:
    if name == "order_id":
        return "CONCAT('O', DATE_FORMAT(d.dt, '%Y%m%d'), '-', LPAD(CAST(k.n AS STRING), 7, '0'))"
    if name.endswith("_id") and name != "promotion_id":
        return f"CONCAT('{name[0].upper()}', LPAD(CAST(k.n AS STRING), 6, '0'))"
    if name == "promotion_id":
        return "'R1'" if contract.name == "promotions" else "NULL"
    return _FIXED.get(name, "NULL")
