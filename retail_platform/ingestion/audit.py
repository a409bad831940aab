"""`raw_load_audit`: the ledger of loads.

A load is announced before it is sent and recorded when it is in. An announcement without an outcome is what a crash
leaves behind; the next load of the day asks StarRocks how it ended before it decides anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pymysql.connections import Connection

from retail_platform.starrocks.connection import execute, query, quote_name, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE

LOADING = "loading"
LOADED = "loaded"
ABORTED = "aborted"


@dataclass(frozen=True)
class AuditRow:
    """One batch; the columns of `raw_load_audit`."""

    label: str
    status: str
    load_id: str
    table_name: str
    dt: date
    part: int
    rows_sent: int
    rows_loaded: int
    rows_filtered: int
    bytes: int
    amount: Decimal | None
    content_hash: str
    config_hash: str
    as_of: datetime
    dagster_run_id: str
    started_at: datetime
    finished_at: datetime | None
    transaction_label: str | None = None


_COLUMNS = tuple(column.name for column in fields(AuditRow))


def audit_of_day(connection: Connection[Any], database: str, day: date) -> list[AuditRow]:
    """Every batch ever announced for a day, oldest first."""
    names = ", ".join(quote_name(name) for name in _COLUMNS)
    rows = query(
        connection,
        f"SELECT {names} FROM {quote_table(database, AUDIT_TABLE)} WHERE dt = %s ORDER BY started_at, label",
        (day,),
    )
    return [AuditRow(**row) for row in rows]


def record(connection: Connection[Any], database: str, rows: Sequence[AuditRow]) -> None:
    """Write batches, each replacing what was there under its label; one transaction for all of them."""
    if not rows:
        return
    names = ", ".join(quote_name(name) for name in _COLUMNS)
    marks = ", ".join(["(" + ", ".join(["%s"] * len(_COLUMNS)) + ")"] * len(rows))
    values = [value for row in rows for value in asdict(row).values()]
    execute(connection, f"INSERT INTO {quote_table(database, AUDIT_TABLE)} ({names}) VALUES {marks}", values)
