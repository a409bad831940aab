"""Rows of the raw tables that point to something nobody has heard of.

A reference can't be judged while rows are on their way: what it points to may be late, or be held back in quarantine.
So it is judged in the warehouse, over days that are settled, and against what came as well as what was held back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pymysql.connections import Connection

from retail_platform.contracts import CONTRACTS, Contract, contract_for
from retail_platform.generation.mess import MAX_DELAY_DAYS
from retail_platform.starrocks.connection import query, quote_name, quote_table
from retail_platform.starrocks.ddl import REJECTED_TABLE

SETTLED_AFTER = timedelta(days=MAX_DELAY_DAYS)
"""How long rows may be under way; a day this old has everything it will ever have."""

_LOOKED_UP_AT_ONCE = 1_000

Days = tuple[date, date]  # first and last


@dataclass(frozen=True)
class Orphan:
    """A row with a reference to nothing."""

    feed: str
    row_key: str
    day: date
    column: str
    value: str


def orphans(connection: Connection[Any], database: str, until: date, since: date | None = None) -> list[Orphan]:
    """Every orphan of the days from `since`, or of all days, up to `until`, inclusive."""
    found = []
    for contract in CONTRACTS:
        for column, (parent, key) in contract.references.items():
            rows = _unmatched(connection, database, contract, column, parent, key, (since or date.min, until))
            known = _known(connection, database, parent, key, {orphan.value for orphan in rows})
            found += [orphan for orphan in rows if orphan.value not in known]
    return found


def _unmatched(
    connection: Connection[Any], database: str, contract: Contract, column: str, parent: str, key: str, days: Days
) -> list[Orphan]:
    """Rows of the days whose reference isn't among the rows of those same days: only their partitions are read."""
    keys = ", ".join(f"c.{quote_name(name)}" for name in contract.key)
    sql = (
        f"SELECT {keys}, c.dt AS orphan_day, c.{quote_name(column)} AS orphan_value "
        f"FROM {quote_table(database, contract.table)} AS c LEFT JOIN (SELECT DISTINCT {quote_name(key)} AS known "
        f"FROM {quote_table(database, contract_for(parent).table)} WHERE dt BETWEEN %s AND %s) AS p "
        f"ON c.{quote_name(column)} = p.known "
        f"WHERE p.known IS NULL AND c.{quote_name(column)} IS NOT NULL AND c.dt BETWEEN %s AND %s"
    )
    return [
        Orphan(
            contract.name,
            "|".join(str(row[name]) for name in contract.key),
            row["orphan_day"],
            column,
            str(row["orphan_value"]),
        )
        for row in query(connection, sql, (*days, *days))
    ]


def _known(connection: Connection[Any], database: str, parent: str, key: str, values: set[str]) -> set[str]:
    """Which of some values stand in the referenced table on any day, or are held back from it."""
    if not values:
        return set()
    known = _held_back_keys(connection, database, contract_for(parent), key)
    wanted = sorted(values - known)
    table = quote_table(database, contract_for(parent).table)
    for start in range(0, len(wanted), _LOOKED_UP_AT_ONCE):
        some = wanted[start : start + _LOOKED_UP_AT_ONCE]
        sql = f"SELECT DISTINCT {quote_name(key)} AS k FROM {table} WHERE {quote_name(key)} IN ({_marks(some)})"
        known |= {str(row["k"]) for row in query(connection, sql, some)}
    return known


def _marks(values: list[str]) -> str:
    return ", ".join(["%s"] * len(values))


def _held_back_keys(connection: Connection[Any], database: str, contract: Contract, key: str) -> set[str]:
    sql = f"SELECT payload FROM {quote_table(database, REJECTED_TABLE)} WHERE feed = %s"
    payloads = (json.loads(row["payload"]) for row in query(connection, sql, (contract.name,)))
    return {str(payload[key]) for payload in payloads if payload.get(key) is not None}
