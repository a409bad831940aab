"""The short way of a load: straight into the table, when nothing about its rows needs a second look.

Most loads are clean. Their rows are converted and inserted by one statement that fails at the first row that isn't; the
caller then takes the long way over a stage, which knows how to count, filter and report. Keys that occur twice in the
body go that way too. What the transaction has written, in this load or an earlier one, is recognised by its row ids,
which DuckDB takes from a range of their own until the commit.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from retail_platform.starrocks.embedded import partitioning, writing
from retail_platform.starrocks.embedded.engine import WriteUnit, quote
from retail_platform.starrocks.embedded.http import clean
from retail_platform.starrocks.embedded.http.options import LoadOptions
from retail_platform.starrocks.embedded.http.plan import Plan
from retail_platform.starrocks.embedded.model import Table

UNCOMMITTED = 36028797018960000  # DuckDB's first row id of rows that are not committed yet
_NOT_CLEAN = (
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.ConstraintException,
    duckdb.OutOfRangeException,
)


def possible(table: Table, options: LoadOptions, *, deletes: bool) -> bool:
    """Whether every row of the body goes into the table as it is."""
    special = options.where or options.partitions or options.merge_condition or options.partial_update
    return table.model != "AGGREGATE" and not special and not deletes


def land(unit: WriteUnit, plan: Plan, body: Path, *, words: bool) -> int | None:
    """Insert a body's rows; None when they need another way, and then the transaction must begin again.

    `words` is the quicker way with JSON's strings, see :func:`clean.insertion`.

    Raises:
        BadBody: The body as a whole is unreadable.
    """
    table = plan.table
    try:
        count = unit.execute(clean.insertion(unit, plan, body, words=words))[0][0]
    except _NOT_CLEAN:
        return None
    fresh = f"(SELECT * FROM data.{table.storage} WHERE rowid >= {UNCOMMITTED})"
    if table.unique_rows and _repeats(unit, table, fresh):
        return None
    table, names = partitioning.touched(unit, table, fresh)
    if table.unique_rows and any(table.partitions[name].row_count for name in names):
        _replace(unit, table, fresh, names)
    unit.catalog.put(table)
    if names:
        writing.finish(unit, table, names)
    return int(str(count))


def _repeats(unit: WriteUnit, table: Table, fresh: str) -> bool:
    keys = ", ".join(quote(key) for key in table.keys)
    return bool(unit.execute(f"SELECT 1 FROM {fresh} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"))


def _replace(unit: WriteUnit, table: Table, fresh: str, names: set[str]) -> None:
    """Remove the rows that the landed ones replace."""
    where = partitioning.predicate(table, names, "t")
    unit.execute(
        f"DELETE FROM data.{table.storage} AS t USING {fresh} AS s"
        f" WHERE {writing.keys_equal(table, 't', 's')} AND {where} AND t.rowid < {UNCOMMITTED}"
    )
