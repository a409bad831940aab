"""Errors of the ingestion steps as Dagster failures: one message, and a retry only where one can help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from retail_platform.contracts.enforce import ContractError
from retail_platform.ingestion.files import UnreadableFile
from retail_platform.ingestion.presence import TableMismatch
from retail_platform.landing import LandingZoneError
from retail_platform.settings import SettingsError
from retail_platform.starrocks.connection import WarehouseAccessDenied, WarehouseError, WarehouseUntrusted
from retail_platform.starrocks.load_outcome import (
    StreamLoadDenied,
    StreamLoadError,
    StreamLoadRejected,
    UnsafeRedirect,
    UntrustedServer,
)

# Wrong data, credentials, addresses or settings stay wrong however often they are tried.
PERMANENT = (
    WarehouseAccessDenied,
    WarehouseUntrusted,
    StreamLoadRejected,
    StreamLoadDenied,
    UnsafeRedirect,
    UntrustedServer,
    ContractError,
    SettingsError,
    TableMismatch,
    UnreadableFile,
)


@contextmanager
def failures_explained() -> Iterator[None]:
    """Turn the platform's own errors into failures with their message; any other error is a bug and stays one."""
    try:
        yield
    except PERMANENT as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    except (WarehouseError, StreamLoadError, LandingZoneError) as error:
        raise dg.Failure(str(error)) from None
