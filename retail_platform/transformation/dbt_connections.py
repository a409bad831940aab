"""dbt keeps the connection of a thread from node to node.

dbt closes a connection behind every model and test, and the next node opens one: some six round trips, without the
handshake of TLS, for a statement that often takes less. dbt-starrocks has no option for it, so its connection manager
is told before dbt starts, as dbt-snowflake's `reuse_connections` does: what a node leaves open is rolled back, and the
connection is asked whether it is alive before another node gets it. dbt closes all of them when it ends.
"""

from __future__ import annotations

from dbt.adapters.base.connections import BaseConnectionManager
from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.starrocks.connections import StarRocksConnectionManager

_release = StarRocksConnectionManager.release
_set_connection_name = StarRocksConnectionManager.set_connection_name


def keep_connections() -> None:
    """From now on connections of this process' dbt outlive their node."""
    StarRocksConnectionManager.release = _keep  # type: ignore[method-assign, assignment]
    StarRocksConnectionManager.set_connection_name = _take  # type: ignore[method-assign, assignment]


def _keep(manager: BaseConnectionManager) -> None:
    """A node is done: its thread keeps the connection, without what was left open in it."""
    connection = manager.get_if_exists()
    if connection is None or connection.state != ConnectionState.OPEN:
        _release(manager)
    else:
        manager.rollback_if_open()


def _take(manager: BaseConnectionManager, name: str | None = None) -> Connection:
    """A node begins: it gets its thread's connection, or a new one if the server or something between has closed it."""
    kept = manager.get_if_exists()
    if kept is not None and kept.state == ConnectionState.OPEN and not kept.handle.is_connected():
        manager.close(kept)
    return _set_connection_name(manager, name)
