"""Why a load failed, for the client: StarRocks' words where it is the client's doing, and never an HTTP 500."""

from __future__ import annotations

import logging

import duckdb

from retail_platform.starrocks.embedded import duckdb_errors
from retail_platform.starrocks.embedded.errors import StarRocksError

_log = logging.getLogger(__name__)


def reason_of(error: Exception) -> str:
    """The message of a failed load. What nobody foresaw is a defect of ours: it is logged with its traceback."""
    if isinstance(error, StarRocksError):
        return error.message
    if isinstance(error, duckdb.Error):
        return duckdb_errors.translate(error).message
    _log.error("a Stream Load failed unexpectedly", exc_info=error)
    return f"Internal error: {type(error).__name__}: {error}"
