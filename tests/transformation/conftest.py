"""Two loaded and built days, in databases of one test module."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import dagster as dg
import pytest
from built_days import DAYS, Built

from retail_platform import settings as settings_module
from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.ddl import create_schema, drop_schema
from tests.conftest import own_environment


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
