"""What is in the warehouse, table by table: the facts behind `retail-platform inspect` and the demo's last page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pymysql.connections import Connection

from retail_platform.settings import RetailSettings, StarRocksSettings
from retail_platform.starrocks.connection import Row, query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE
from retail_platform.starrocks.metadata import TableState, count_rows, relations, server_version, table_states

_RECENT_LOADS = 20


@dataclass(frozen=True)
class TableReport:
    """One table or view.

    Attributes:
        layer: bronze, silver or gold.
        kind: ``table`` or ``view``.
        rows: Exact number of rows.
        newest_partition: Newest day partition, ISO; None for tables without and for views.
        version: Data version; None for views.
        last_load: When data last became visible; None for views.
    """

    layer: str
    kind: str
    rows: int
    newest_partition: str | None
    version: str | None
    last_load: str | None


@dataclass(frozen=True)
class Inspection:
    """Everything `inspect` tells."""

    tables: dict[str, TableReport]
    loads: list[dict[str, Any]]
    warehouse: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def inspect_warehouse(
    connection: Connection[Any], settings: RetailSettings, starrocks: StarRocksSettings
) -> Inspection:
    """Read the state of every table of the platform.

    Raises:
        WarehouseError: The warehouse refused a question.
    """
    layers = {settings.bronze: "bronze", settings.silver: "silver", settings.gold: "gold"}
    states = {database: table_states(connection, database) for database in layers}
    tables: dict[str, TableReport] = {}
    for row in relations(connection, list(layers)):
        database, name = str(row["TABLE_SCHEMA"]), str(row["TABLE_NAME"])
        state = states[database].get(name)
        tables[f"{database}.{name}"] = _report(connection, layers[database], database, name, state)
    version = server_version(connection)
    return Inspection(
        tables=tables,
        loads=_loads(connection, settings) if f"{settings.bronze}.{AUDIT_TABLE}" in tables else [],
        warehouse={"kind": _kind(connection), "version": version, "address": f"{starrocks.host}:{starrocks.port}"},
    )


def _report(connection: Connection[Any], layer: str, database: str, name: str, state: TableState | None) -> TableReport:
    newest = state.newest_partition if state else None
    updated = state.updated_at if state else None
    return TableReport(
        layer=layer,
        kind="table" if state else "view",
        rows=count_rows(connection, database, name),
        newest_partition=newest.isoformat() if newest else None,
        version=state.version if state else None,
        last_load=updated.isoformat(sep=" ") if updated else None,
    )


def _kind(connection: Connection[Any]) -> str:
    """``embedded`` or ``starrocks``; the embedded warehouse says so in its version comment, as any server may."""
    comment = str(query(connection, "SELECT @@version_comment AS comment")[0]["comment"])
    return "embedded" if "embedded" in comment.lower() else "starrocks"


def _loads(connection: Connection[Any], settings: RetailSettings) -> list[dict[str, Any]]:
    rows: list[Row] = query(
        connection,
        "SELECT label, table_name, dt, status, rows_loaded, bytes, started_at, finished_at "
        f"FROM {quote_table(settings.bronze, AUDIT_TABLE)} ORDER BY started_at DESC, label LIMIT {_RECENT_LOADS}",
    )
    return [{key: value if isinstance(value, int) else str(value) for key, value in row.items()} for row in rows]
