"""SHOW PARTITIONS: identity, version and size of a table's partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded.errors import AnalysisError, Unsupported
from retail_platform.starrocks.embedded.lexer import TokenCursor
from retail_platform.starrocks.embedded.model import Partition, Table
from retail_platform.starrocks.embedded.results import Result, listed

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

NAMES = ["PartitionId", "PartitionName", "VisibleVersion", "VisibleVersionTime", "VisibleVersionHash", "State",
         "PartitionKey", "Range", "DistributionKey", "Buckets", "ReplicationNum", "StorageMedium", "CooldownTime",
         "LastConsistencyCheckTime", "DataSize", "StorageSize", "IsInMemory", "RowCount", "DataVersion", "VersionEpoch",
         "VersionTxnType"]  # fmt: skip


def partitions(session: Session, cursor: TokenCursor) -> Result:
    """SHOW PARTITIONS FROM [db.]table [WHERE PartitionName = 'p'] [LIMIT n]."""
    cursor.expect("FROM")
    table = session.engine.catalog.table(*session.resolve(cursor.qualified()))
    if table.is_view:
        raise AnalysisError(f"Table '{table.name}' is not a OLAP table")
    wanted: str | None = None
    if cursor.match("WHERE"):
        if not cursor.match("PARTITIONNAME") or not cursor.match("="):
            raise Unsupported("SHOW PARTITIONS with another condition than PartitionName = '...'")
        wanted = cursor.string()
    limit = cursor.number() if cursor.match("LIMIT") else None
    cursor.end()
    chosen = [part for part in table.partitions.values() if wanted in (None, part.name)][:limit]
    names = list(NAMES)
    if table.partition is not None and table.partition.kind == "list":
        names[7] = "List"
    return listed(names, [_row(table, part, session.engine.statistics.rows(part)) for part in chosen])


def temporary(session: Session, cursor: TokenCursor) -> Result:
    """SHOW TEMPORARY PARTITIONS: there are none between statements."""
    cursor.expect("FROM")
    session.engine.catalog.table(*session.resolve(cursor.qualified()))
    cursor.rest()
    return listed(NAMES, [])


def _row(table: Table, part: Partition, rows: int) -> list[object]:
    key = ", ".join(table.partition.columns) if table.partition else ""
    return [
        part.id, part.name, part.visible_version, part.visible_version_time, 0, "NORMAL", key, _range(table, part),
        ", ".join(table.distribution_columns) or "ALL KEY", table.buckets or 1, 1, "HDD", "9999-12-31 23:59:59", None,
        "0B", "0B", "false", rows, part.data_version, 0, "TXN_NORMAL",
    ]  # fmt: skip


def _range(table: Table, part: Partition) -> str:
    if part.values:
        inner = ", ".join(
            "(" + ", ".join("NULL" if v is None else f"'{v}'" for v in item) + ")" for item in part.values
        )
        return f"({inner})"
    if table.partition is None:
        return ""
    column = table.column(table.partition.keys[0].column)
    kind = column.type.name if column else ""
    lower = part.lower if part.lower is not None else "MINVALUE"
    upper = part.upper if part.upper is not None else "MAXVALUE"
    return f"[types: [{kind}]; keys: [{lower}]; ..types: [{kind}]; keys: [{upper}]; )"
