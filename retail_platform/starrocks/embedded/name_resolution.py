"""Which column of a refused query does not exist.

DuckDB chooses among a macro's overloads before it looks for the columns in its arguments, so inside a function it
complains about the overloads. Names are looked up here only then: a statement that works never comes this way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.scope import Scope, traverse_scope

from retail_platform.starrocks.embedded.catalog import Catalog, resolve_name
from retail_platform.starrocks.embedded.rewrites.context import Context
from retail_platform.starrocks.embedded.rewrites.operators import UNITS

Names: TypeAlias = frozenset[str] | None  # lower-case column names; None: not known here
ColumnsOf: TypeAlias = Callable[[exp.Table], Names]
# Words that sqlglot reads as columns when they are arguments: timestampdiff(DAY, a, b), time_slice(a, ..., CEIL).
_WORDS = frozenset([*UNITS, "floor", "ceil"])


def catalogued(catalog: Catalog, context: Context) -> ColumnsOf:
    """The columns of the tables that a query names."""

    def columns_of(node: exp.Table) -> Names:
        if isinstance(node.this, exp.Func) or node.name.lower() == "dual" or not (node.db or context.database):
            return None
        database, name = resolve_name([part for part in (node.db, node.name) if part], context.database)
        if database.lower() == "information_schema":
            return context.system_columns.get(name.lower())
        table = catalog.find(database, name)
        return None if table is None else frozenset([*table.by_name, "rowid"])

    return columns_of


def missing_column(tree: exp.Expr, columns_of: ColumnsOf) -> str | None:
    """The first column that no table in sight has, as written; None when all may exist."""
    if not isinstance(tree, exp.Query):
        return None
    try:
        scopes = traverse_scope(tree)
    except OptimizeError:
        return None  # a table alias that is used twice: DuckDB says so
    for scope in scopes:
        for column in scope.find_all(exp.Column):
            if not _is_word(column) and not _found(column, scope, columns_of):
                return column.name
    return None


def first_unknown(expression: exp.Expr, names: Collection[str]) -> str | None:
    """The first column of an expression that is not among some names; letters' case does not matter."""
    known = {name.lower() for name in names}
    for column in expression.find_all(exp.Column):
        if not _is_word(column) and column.name.lower() not in known:
            return column.name
    return None


def _is_word(column: exp.Column) -> bool:
    inside = column.find_ancestor(exp.Lambda, exp.Query)
    if isinstance(inside, exp.Lambda):
        return True
    return isinstance(column.parent, exp.Anonymous) and not column.table and column.name.lower() in _WORDS


def _found(column: exp.Column, scope: Scope, columns_of: ColumnsOf) -> bool:
    """Whether a column may be one of a source of this scope, of a scope around it, or an alias of the select list."""
    name, table = column.name.lower(), column.table
    around: Scope | None = scope
    while around is not None:
        for alias, source in around.sources.items():
            if table and table.lower() != alias.lower():
                continue
            names = _names(source, columns_of)
            if names is None or name in names:
                return True
        if not table and name in {item.alias_or_name.lower() for item in _selects(around)}:
            return not _is_itself(column, around)
        around = around.parent
    return bool(table) and not any(table.lower() == alias.lower() for alias in scope.sources)


def _is_itself(column: exp.Column, scope: Scope) -> bool:
    """`SELECT nope FROM t` is called nope, which does not make it exist."""
    return any(item is column or (isinstance(item, exp.Alias) and item.this is column) for item in _selects(scope))


def _selects(scope: Scope) -> list[exp.Expr]:
    return list(scope.expression.selects) if isinstance(scope.expression, exp.Query) else []


def _names(source: exp.Expr | Scope, columns_of: ColumnsOf) -> Names:
    if isinstance(source, exp.Table):
        return columns_of(source)
    if not isinstance(source, Scope):
        return None
    for holder in (source.expression, source.expression.parent):
        alias = holder.args.get("alias") if holder is not None else None
        if isinstance(alias, exp.TableAlias) and alias.columns:
            return frozenset(column.name.lower() for column in alias.columns)
    if not isinstance(source.expression, exp.Query):
        return None
    found: set[str] = set()
    for item in source.expression.selects:
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            for inner in source.sources.values():
                names = _names(inner, columns_of)
                if names is None:
                    return None
                found |= names
        else:
            found.add(item.alias_or_name.lower())
    return frozenset(found)
