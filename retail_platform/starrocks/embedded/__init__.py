"""Embedded StarRocks: a StarRocks server in one process, for laptops, tests and CI.

DuckDB stores and executes, sqlglot translates, mysql-mimic serves the MySQL protocol and Starlette serves Stream Load.
StarRocks' own clients connect unchanged. What differs from StarRocks is listed in docs/embedded-starrocks.md.
"""

from __future__ import annotations

from retail_platform.starrocks.embedded.errors import (
    LEGACY,
    RECENT,
    DataDirectoryCorrupt,
    DataDirectoryInUse,
    EmbeddedServerError,
    PortInUse,
    UnsafeBinding,
    VersionProfile,
)
from retail_platform.starrocks.embedded.runner import run_server
from retail_platform.starrocks.embedded.server import EmbeddedStarRocks

__all__ = [
    "LEGACY",
    "RECENT",
    "DataDirectoryCorrupt",
    "DataDirectoryInUse",
    "EmbeddedServerError",
    "EmbeddedStarRocks",
    "PortInUse",
    "UnsafeBinding",
    "VersionProfile",
    "run_server",
]
