"""The warehouse restarts in the middle of a build: the same run waits and does again what failed, and nothing else."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import dagster as dg
import pytest
from built_days import DAYS, Built

from retail_platform import settings as settings_module
from retail_platform.cli.processes import ProcessGroup
from retail_platform.cli.warehouse import start_embedded
from retail_platform.starrocks.connection import WarehouseError, connect, query, quote_table
from retail_platform.starrocks.ddl import create_schema
from retail_platform.transformation.outage import is_lost_warehouse
from tests.conftest import own_environment


@pytest.mark.parametrize(
    "message",
    [
        "Database Error in model fct_sales\n  2003: Can't connect to MySQL server on '127.0.0.1:9030' (Errno 111)",
        "  2013: Lost connection to MySQL server during query",
        "  2055: Lost connection to MySQL server at 127.0.0.1:9030, system error: 32 Broken pipe",
        "  2006 (HY000): MySQL server has gone away",
        "Runtime Error in model fct_sales\n  MySQL Connection not available.",
    ],
)
def test_a_lost_warehouse_is_told_from_a_mistake(message: str) -> None:
    assert is_lost_warehouse(RuntimeError(message))
    assert not is_lost_warehouse(
        RuntimeError("5502 (42602): Getting analyzing error. Detail message: Unknown table 'a.b'")
    )
    assert not is_lost_warehouse(RuntimeError("1064 (HY000): the connector can't say: 2003"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_restart_in_mid_build_is_waited_for(tmp_path: Path, free_ports: tuple[int, int, int]) -> None:
    names = ("STARROCKS_PORT", "STARROCKS_HTTP_PORT", "STARROCKS_BE_PORT")
    address = {name: str(port) for name, port in zip(names, free_ports, strict=True)}
    (tmp_path / "dagster").mkdir()
    with (
        own_environment(**address, RETAIL_HOME=str(tmp_path), RETAIL_DBT_FORK="false"),
        ProcessGroup(tmp_path / "logs") as group,
        dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance,
    ):
        built = Built(settings_module.starrocks_settings(), settings_module.retail_settings(), instance)
        pid = start_embedded(built.starrocks, group)
        with connect(built.starrocks) as connection:
            create_schema(connection, built.retail)
        built.ingest(DAYS[0])
        restarter = threading.Thread(target=_restart_when_some_models_are_there, args=(built, pid, group), daemon=True)
        restarter.start()
        result = built.run("build_marts")
        restarter.join(1)
        assert result.success, [str(event.step_failure_data.error) for event in result.get_step_failure_events()]
        assert "dbt_models" in [e.step_key for e in result.all_events if e.event_type_value == "STEP_UP_FOR_RETRY"]
        evaluated = [e.asset_key.path[-1] for e in result.get_asset_check_evaluations() if e.passed]
        assert {"fct_sales", "fact_daily_sales"} <= set(evaluated)


def _restart_when_some_models_are_there(built: Built, pid: int, group: ProcessGroup) -> None:
    history = quote_table(built.retail.silver, "int_customers_history")
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        try:
            with connect(built.starrocks) as connection:
                query(connection, f"SELECT 1 FROM {history} LIMIT 1")
            break
        except WarehouseError:  # the table isn't there yet
            time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    group.wait_for_any()
    group.stop()
    time.sleep(5)  # models that are tried meanwhile fail
    start_embedded(built.starrocks, group)
