"""Generated columns: `c type AS expression`, computed whenever rows are written (facts page, section 4.1).

Every write ends in :func:`recompute` for the partitions it touched, whichever way the rows came.
"""

from __future__ import annotations

from sqlglot import exp

from retail_platform.starrocks.embedded import duckdb_errors, partitioning
from retail_platform.starrocks.embedded.ddl_parser import TableDraft
from retail_platform.starrocks.embedded.engine import WriteUnit, quote
from retail_platform.starrocks.embedded.errors import AnalysisError, Unsupported
from retail_platform.starrocks.embedded.model import Column, Table
from retail_platform.starrocks.embedded.rewrites.context import Context
from retail_platform.starrocks.embedded.translate import Translator
from retail_platform.starrocks.embedded.types import StarRocksType, from_duckdb


def recompute(unit: WriteUnit, table: Table, names: set[str]) -> None:
    """Bring the generated columns of some partitions up to date."""
    columns = [column for column in table.columns if column.generated]
    if not columns:
        return
    values = {column.name: _value(unit, column) for column in columns}
    sets = ", ".join(f"{quote(name)} = {value}" for name, value in values.items())
    stale = " OR ".join(f"{quote(name)} IS DISTINCT FROM {value}" for name, value in values.items())
    where = partitioning.predicate(table, names) if table.partition is not None else "true"
    unit.execute(f"UPDATE data.{table.storage} SET {sets} WHERE ({stale}) AND {where}")


def check(unit: WriteUnit, draft: TableDraft) -> None:
    """Refuse what StarRocks refuses: order, references, aggregates, types (docs: generated columns)."""
    columns = draft.columns
    made = [column for column in columns if column.generated]
    if not made:
        return
    if draft.model == "AGGREGATE":
        raise AnalysisError("Generated Column does not support AGG table")
    names = {column.name.lower() for column in made}
    if names & {key.lower() for key in draft.keys}:
        raise AnalysisError("Generated Column can not be KEY")
    if draft.partition is not None and names & {name.lower() for name in draft.partition.spec.columns}:
        raise Unsupported("partitioning by a generated column")
    if columns[-len(made) :] != made:
        raise AnalysisError("Can not define ordinary column after generated column")
    ordinary = [column for column in columns if not column.generated]
    for column in made:
        _check_references(column, made, ordinary)
        kind = _type(unit, column, ordinary)
        if kind.name != column.type.name or kind.children != column.type.children:
            raise AnalysisError(
                f"Illegal expression type for Generated Column Column Type: {column.type.sql().upper()},"
                f" Expression Type: {kind.sql().upper()}"
            )


def references(column: Column) -> set[str]:
    """The columns that a generated column is computed from, in lower case."""
    tree: exp.Expr = exp.maybe_parse(column.generated or "NULL", dialect="starrocks")
    return {found.name.lower() for found in tree.find_all(exp.Column)}


def check_free(table: Table, column: Column) -> None:
    """Refuse to change a column that a generated one is computed from."""
    for other in table.columns:
        if other.generated and column.name.lower() in references(other):
            raise AnalysisError(f"Column: {column.name} is referenced by generated column: {other.name}, drop it first")


def _check_references(column: Column, made: list[Column], ordinary: list[Column]) -> None:
    names = references(column)
    if names & {other.name.lower() for other in made}:
        raise AnalysisError("Expression can not refers to other generated columns")
    if names & {other.name.lower() for other in ordinary if other.auto_increment}:
        raise AnalysisError("Expression can not refers to AUTO_INCREMENT columns")
    for name in sorted(names - {other.name.lower() for other in ordinary}):
        raise duckdb_errors.unresolved(name)
    tree: exp.Expr = exp.maybe_parse(column.generated or "NULL", dialect="starrocks")
    if tree.find(exp.AggFunc, exp.Query, exp.Window) is not None:
        raise AnalysisError("Generated Column don't support aggregation function")


def _type(unit: WriteUnit, column: Column, ordinary: list[Column]) -> StarRocksType:
    """The type of a generated column's expression."""
    row = ", ".join(f"CAST(NULL AS {other.type.duckdb()}) AS {quote(other.name)}" for other in ordinary)
    unit.execute(f"SELECT {_value(unit, column)} AS v FROM (SELECT {row}) LIMIT 0")
    described = unit.cursor.description or []
    return from_duckdb(described[0][1])


def _value(unit: WriteUnit, column: Column) -> str:
    context = Context(macros=unit.engine.macros)
    return Translator(unit.catalog, context).expression(column.generated or "NULL")
