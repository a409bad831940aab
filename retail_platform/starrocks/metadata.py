"""What the warehouse says about its tables: versions, counts, its own version.

`raw_states` is the one function that computes a table's data version. The loader calls it when its load is visible and
the observer calls it when it looks, so one load is one change, however it comes to notice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pymysql.connections import Connection

from retail_platform.starrocks.connection import Row, query, quote_table


@dataclass(frozen=True)
class TableState:
    """A table's version and what can be told without reading it.

    Attributes:
        table: Name within its database.
        version: Changes exactly when committed data changed: a digest of every partition's id and visible version.
        partitions: Number of partitions.
        newest_partition: The newest day partition, or None for a table without any.
        updated_at: When the newest version became visible, in the server's time zone; None if nothing was ever loaded.
        rows: Row count as of the server's last statistics: minutes old, for display only.
    """

    table: str
    version: str
    partitions: int
    newest_partition: date | None
    updated_at: datetime | None
    rows: int


_TABLES = "SELECT TABLE_NAME FROM information_schema.tables WHERE TABLE_SCHEMA = %s AND ENGINE = 'StarRocks'"
_PARTITIONS = (
    "SELECT TABLE_NAME, PARTITION_NAME, PARTITION_ID, VISIBLE_VERSION, VISIBLE_VERSION_TIME, ROW_COUNT "
    "FROM information_schema.partitions_meta WHERE DB_NAME = %s AND IS_TEMP = 0"
)


def table_states(connection: Connection[Any], database: str) -> dict[str, TableState]:
    """The state of every table in a database, from metadata alone.

    Versions are compared for equality only: an overwrite, a truncation or a swap brings new partition ids with low
    versions, so nothing here is a number that grows. Nor is a timestamp part of it.
    """
    # A table whose partitions come into being with its rows has none before the first load, but it has a state.
    partitions: dict[str, list[Row]] = {str(row["TABLE_NAME"]): [] for row in query(connection, _TABLES, (database,))}
    for row in query(connection, _PARTITIONS, (database,)):
        partitions.setdefault(str(row["TABLE_NAME"]), []).append(row)
    return {table: _state(table, rows) for table, rows in sorted(partitions.items())}


def _state(table: str, rows: Sequence[Row]) -> TableState:
    versions = sorted((int(row["PARTITION_ID"]), int(row["VISIBLE_VERSION"])) for row in rows)
    days = [day for row in rows if (day := partition_day(str(row["PARTITION_NAME"])))]
    # Version 1 is an empty partition as it was created.
    times = [_moment(row["VISIBLE_VERSION_TIME"]) for row in rows if int(row["VISIBLE_VERSION"]) > 1]
    return TableState(
        table=table,
        version=hashlib.sha256(repr(versions).encode()).hexdigest()[:16],
        partitions=len(rows),
        newest_partition=max(days, default=None),
        updated_at=max((time for time in times if time), default=None),
        rows=sum(int(row["ROW_COUNT"] or 0) for row in rows),
    )


def partition_day(name: str) -> date | None:
    """The day of an automatically created day partition (``p20261120``); None for any other name."""
    digits = name.removeprefix("p")
    if len(digits) != 8 or not digits.isdigit():
        return None
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value)) if value else None


def count_rows(connection: Connection[Any], database: str, table: str) -> int:
    """The exact number of rows, by reading the table."""
    return int(query(connection, f"SELECT COUNT(*) AS n FROM {quote_table(database, table)}")[0]["n"])


def server_version(connection: Connection[Any]) -> str:
    """StarRocks' own version, such as ``3.5.14-a01aa59``."""
    return str(query(connection, "SELECT current_version() AS version")[0]["version"])


def relations(connection: Connection[Any], databases: Sequence[str]) -> list[Row]:
    """Schema, name and type of every table and view in the databases that exist."""
    marks = ", ".join(["%s"] * len(databases))
    return query(
        connection,
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.tables "
        f"WHERE TABLE_SCHEMA IN ({marks}) ORDER BY TABLE_SCHEMA, TABLE_NAME",
        list(databases),
    )
