"""The Dagster resources both code locations share.

They read the settings when a run uses them, never at import, so a code location loads without a warehouse and without
any variable set.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from pymysql.connections import Connection

from retail_platform.landing import LandingZone
from retail_platform.settings import RetailSettings, retail_settings, starrocks_settings
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.metadata import TableState, table_states
from retail_platform.starrocks.stream_load import StreamLoadClient
from retail_platform.starrocks.transaction_load import TransactionClient


class Warehouse(dg.ConfigurableResource[None]):
    """StarRocks, a cluster or the embedded one: whatever the STARROCKS_* variables point to."""

    @property
    def settings(self) -> RetailSettings:
        """Names of the databases and the rest of the platform's settings."""
        return retail_settings()

    @contextmanager
    def connect(self) -> Iterator[Connection[Any]]:
        """A SQL connection."""
        with connect(starrocks_settings()) as connection:
            yield connection

    def stream_load(self) -> StreamLoadClient:
        """A Stream Load client."""
        return StreamLoadClient(starrocks_settings())

    def transactions(self) -> TransactionClient:
        """A client of the transaction interface of Stream Load."""
        return TransactionClient(starrocks_settings())

    def raw_states(self) -> dict[str, TableState]:
        """Raw table → its state; the one place data versions of raw tables come from."""
        with self.connect() as connection:
            return table_states(connection, retail_settings().bronze)


class Landing(dg.ConfigurableResource[None]):
    """The landing zone RETAIL_LANDING_URL points to."""

    def zone(self) -> LandingZone:
        """The zone, opened."""
        return LandingZone(retail_settings().landing_root)
