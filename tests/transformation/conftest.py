"""Two loaded and built days, in databases of one test module."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg
import pytest

from retail_platform import settings as settings_module
from retail_platform.settings import RetailSettings, StarRocksSettings
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.ddl import create_schema, drop_schema
from tests.conftest import own_environment

DAYS = (date(2026, 11, 17), date(2026, 11, 18))


@dataclass
class Built:
    """A platform with loaded days; `run` executes jobs of the transformation location."""

    starrocks: StarRocksSettings
    retail: RetailSettings
    instance: dg.DagsterInstance

    def ingest(self, day: date, **config: Any) -> None:
        from retail_platform.ingestion.definitions import defs

        job = defs.resolve_job_def("ingest_trading_day")
        run_config = {"ops": {"land_trading_day": {"config": {"orders_per_day": 40, **config}}}}
        outcome = job.execute_in_process(run_config, instance=self.instance, partition_key=day.isoformat())
        assert outcome.success

    def run(self, job: str, *, raise_on_error: bool = False) -> dg.ExecuteInProcessResult:
        from retail_platform.transformation.definitions import defs

        return defs.resolve_job_def(job).execute_in_process(instance=self.instance, raise_on_error=raise_on_error)

    def check(self, result: dg.ExecuteInProcessResult, name: str, asset: str) -> Any:
        found = [
            e for e in result.get_asset_check_evaluations() if (e.check_name, e.asset_key.path[-1]) == (name, asset)
        ]
        assert len(found) == 1, f"{name} of {asset}: {len(found)} evaluations"
        return found[0]


@pytest.fixture(scope="module")
def built(starrocks: StarRocksSettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Two days, loaded through the ingestion job and built through `build_marts`."""
    home = tmp_path_factory.mktemp("home")
    with own_environment(
        STARROCKS_HOST=starrocks.host,
        STARROCKS_PORT=str(starrocks.port),
        STARROCKS_HTTP_PORT=str(starrocks.http_port),
        STARROCKS_BE_PORT=str(starrocks.be_port),
        STARROCKS_USER=starrocks.user,
        STARROCKS_PASSWORD=starrocks.password.get_secret_value(),
        RETAIL_DB_PREFIX=f"t{uuid.uuid4().hex[:10]}_",
        RETAIL_HOME=str(home),
        RETAIL_DBT_FORK="false",
    ):
        retail = settings_module.retail_settings()
        with connect(starrocks) as connection:
            create_schema(connection, retail)
        (home / "dagster").mkdir()
        with dg.DagsterInstance.local_temp(str(home / "dagster")) as instance:
            made = Built(starrocks, retail, instance)
            for day in DAYS:
                made.ingest(day)
            assert made.run("build_marts", raise_on_error=True).success
            yield made
        with connect(starrocks) as connection:
            drop_schema(connection, retail)
