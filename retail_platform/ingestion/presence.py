"""What the raw tables hold of a day, told apart by the load that brought it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from pymysql.connections import Connection

from retail_platform.contracts import Contract
from retail_platform.starrocks.connection import WarehouseError, execute, query, quote_table

Present = dict[str, dict[str, int]]


class TableMismatch(WarehouseError):
    """A raw table lacks a column; StarRocks would load the rest and say nothing."""


def check_tables(connection: Connection[Any], database: str, contracts: Sequence[Contract]) -> None:
    """See that every raw table has every column of its contract.

    Raises:
        TableMismatch: One hasn't; the message names the columns and the remedy.
    """
    sql = "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.columns WHERE TABLE_SCHEMA = %s"
    found = {(str(row["TABLE_NAME"]), str(row["COLUMN_NAME"])) for row in query(connection, sql, (database,))}
    for contract in contracts:
        needed = (*contract.column_names, "dt", "_load_id", "_loaded_at")
        missing = [name for name in needed if (contract.table, name) not in found]
        if missing:
            raise TableMismatch(
                f"{database}.{contract.table} lacks {', '.join(missing)}: create the table with `retail-platform "
                "init-db`, or add the columns with ALTER TABLE, and run again. Nothing was sent."
            )


def rows_by_load(connection: Connection[Any], database: str, contracts: Sequence[Contract], day: date) -> Present:
    """Feed → load id → rows of the day, for all feeds with one statement."""
    present: Present = {contract.name: {} for contract in contracts}
    parts = [
        f"SELECT '{contract.name}' AS feed, _load_id, COUNT(*) AS n FROM {quote_table(database, contract.table)} "
        "WHERE dt = %s GROUP BY _load_id"
        for contract in contracts
    ]
    for row in query(connection, " UNION ALL ".join(parts), [day] * len(parts)):
        present[str(row["feed"])][str(row["_load_id"])] = int(row["n"])
    return present


def delete_loads(
    connection: Connection[Any], database: str, contract: Contract, day: date, load_ids: Sequence[str]
) -> None:
    """Remove a day's rows of some loads; without any, no statement: each costs a version."""
    if load_ids:
        marks = ", ".join(["%s"] * len(load_ids))
        table = quote_table(database, contract.table)
        execute(connection, f"DELETE FROM {table} WHERE dt = %s AND _load_id IN ({marks})", (day, *load_ids))
