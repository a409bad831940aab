"""What goes wrong in the middle of a build leaves the last good marts readable, says so, and heals by the next run."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from built_days import DAYS, Built

from retail_platform.starrocks.connection import connect, execute, query, quote_table

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]


def _days(built: Built) -> list[date]:
    table = quote_table(built.retail.gold, "fact_daily_sales")
    with connect(built.starrocks) as connection:
        rows = query(connection, f"SELECT DISTINCT order_date AS d FROM {table} WHERE orders > 0 ORDER BY d")
    return [row["d"] for row in rows]


def _messages(result: dg.ExecuteInProcessResult) -> str:
    return "\n".join(str(event.step_failure_data.error) for event in result.get_step_failure_events())


@pytest.fixture
def next_day(built: Built) -> Iterator[date]:
    """A third day, loaded and not built; taken away again afterwards."""
    day = date(2026, 11, 19)
    built.ingest(day)
    yield day


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _kill_dbt_when(reached: Callable[[], bool]) -> threading.Thread:
    """Kill the dbt that this process starts, as soon as a condition holds."""

    def watch() -> None:
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline:
            running = [p for p in _children(os.getpid()) if b"dbt" in Path(f"/proc/{p}/cmdline").read_bytes()]
            if running and reached():
                os.kill(running[0], signal.SIGKILL)
                return
            time.sleep(0.02)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def test_dbt_killed_in_mid_build(built: Built, next_day: date) -> None:
    before = _days(built)

    def some_models_are_done_and_others_not() -> bool:
        with connect(built.starrocks) as connection:
            table = quote_table(built.retail.gold, "fct_sales")
            return bool(query(connection, f"SELECT COUNT(*) AS n FROM {table} WHERE order_date = '{next_day}'")[0]["n"])

    killer = _kill_dbt_when(some_models_are_done_and_others_not)
    result = built.run("build_marts")
    killer.join(1)
    assert not result.success
    assert "dbt" in _messages(result)
    assert set(before) <= set(_days(built))
    assert built.run("build_marts").success
    assert next_day in _days(built)


def test_failing_check_is_told_and_heals(built: Built) -> None:
    table = quote_table(built.retail.bronze, "raw_exchange_rates")
    with connect(built.starrocks) as connection:
        execute(
            connection,
            f"INSERT INTO {table} (currency, dt, usd_rate, _load_id, _loaded_at) "
            f"VALUES ('XXX', '{DAYS[1]}', '1.0', 'smuggled', '{DAYS[1]} 10:00:00')",
        )
    before = _days(built)
    result = built.run("build_marts")
    assert not result.success
    assert "accepted_values" in _messages(result)
    assert set(before) <= set(_days(built))
    with connect(built.starrocks) as connection:
        execute(connection, f"DELETE FROM {table} WHERE _load_id = 'smuggled'")
    assert built.run("build_marts").success


def test_missing_raw_column_fails_at_the_view_that_reads_it(built: Built) -> None:
    table = quote_table(built.retail.bronze, "raw_stores")
    with connect(built.starrocks) as connection:
        before = query(connection, f"SELECT * FROM {quote_table(built.retail.gold, 'dim_stores')} ORDER BY store_id")
        execute(connection, f"ALTER TABLE {table} RENAME COLUMN region TO province")
    try:
        result = built.run("build_marts")
        assert not result.success
        assert "stg_stores" in _messages(result)
    finally:
        with connect(built.starrocks) as connection:
            execute(connection, f"ALTER TABLE {table} RENAME COLUMN province TO region")
    with connect(built.starrocks) as connection:
        after: list[Any] = query(
            connection, f"SELECT * FROM {quote_table(built.retail.gold, 'dim_stores')} ORDER BY store_id"
        )
    assert after == before
    assert built.run("build_marts").success
