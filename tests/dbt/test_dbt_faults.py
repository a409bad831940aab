"""The warehouse is killed in mid-build: after a restart the last good marts are there, and the next build heals."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from dbt_harness import BuildFailed, Project
from small_retailer import day

from retail_platform import settings as settings_module
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.ddl import create_schema
from tests.conftest import Platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def own_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_ports: tuple[int, int, int]) -> Platform:
    """Settings of a warehouse this test starts and kills itself."""
    mysql, fe, be = free_ports
    for name, value in {"PORT": mysql, "HTTP_PORT": fe, "BE_PORT": be, "HOST": "127.0.0.1", "PASSWORD": ""}.items():
        monkeypatch.setenv(f"STARROCKS_{name}", str(value))
    monkeypatch.setenv("RETAIL_HOME", str(tmp_path))
    monkeypatch.delenv("RETAIL_DB_PREFIX", raising=False)
    settings_module.starrocks_settings.cache_clear()
    settings_module.retail_settings.cache_clear()
    return Platform(settings_module.starrocks_settings(), settings_module.retail_settings())


class _KillWhen(threading.Thread):
    """Kills a process as soon as something is reached; one that never gets there is killed too, which fails a test."""

    def __init__(self, pid: int, reached: Callable[[], bool]) -> None:
        super().__init__(daemon=True)
        self._pid, self._reached, self._in_time = pid, reached, False
        self.start()

    def run(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not self._in_time:
            time.sleep(0.02)
            self._in_time = self._reached()
        os.kill(self._pid, signal.SIGKILL)

    def done(self) -> None:
        self.join(150)
        assert self._in_time, "the build never came to the point where it was to be killed"


def test_warehouse_killed_in_mid_build(own_warehouse: Platform, tmp_path: Path) -> None:
    from retail_platform.cli.processes import ProcessGroup
    from retail_platform.cli.warehouse import start_embedded

    with ProcessGroup(tmp_path / "logs") as group:
        pid = start_embedded(own_warehouse.starrocks, group)
        with connect(own_warehouse.starrocks) as connection:
            create_schema(connection, own_warehouse.retail)
        project = Project(own_warehouse, tmp_path / "one")
        for number in range(2):
            project.load_day(number)
        project.run()
        before = project.rows("agg_daily_sales")
        project.load_day(2)
        watcher = Project(own_warehouse, tmp_path / "watcher")
        killer = _KillWhen(pid, lambda: day(2) in {row[1] for row in watcher.rows("fct_orders")})
        with pytest.raises(BuildFailed):
            project.run()
        killer.done()
        assert group.wait_for_any() == "starrocks"
        group.stop()
        start_embedded(own_warehouse.starrocks, group)
        again = Project(own_warehouse, tmp_path / "two")
        assert again.rows("agg_daily_sales")[: len(before)] == before
        again.run()
        healed = again.everything()
        assert len(healed["agg_daily_sales"]) == 3
        again.run("--full-refresh", "--exclude", "dim_date")
        assert again.everything() == healed
