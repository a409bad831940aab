"""A warehouse and a home of a benchmark's own, in this process."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retail_platform import settings as settings_module
from retail_platform.settings import RetailSettings
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.ddl import create_schema
from retail_platform.starrocks.embedded import EmbeddedStarRocks


@contextmanager
def own_platform() -> Iterator[RetailSettings]:
    """Start them; the process' settings point there."""
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
