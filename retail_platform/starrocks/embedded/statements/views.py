"""CREATE, ALTER and DROP VIEW."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from retail_platform.starrocks.embedded.catalog import resolve_name
from retail_platform.starrocks.embedded.engine import WriteUnit
from retail_platform.starrocks.embedded.errors import AnalysisError, unknown_table
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor, split_statements
from retail_platform.starrocks.embedded.model import Column, Table
from retail_platform.starrocks.embedded.results import Done, Result
from retail_platform.starrocks.embedded.statements import staging, tables

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

_PREFIX = re.compile(r"\bsr_", re.IGNORECASE)


def create(session: Session, statement: Statement, cursor: TokenCursor) -> Result:
    """CREATE VIEW [IF NOT EXISTS] name [(columns)] [COMMENT] AS query."""
    return _create(session, statement, cursor, replacing=False)


def create_or_replace(session: Session, statement: Statement, cursor: TokenCursor) -> Result:
    """CREATE OR REPLACE VIEW."""
    return _create(session, statement, cursor, replacing=True)


def _create(session: Session, statement: Statement, cursor: TokenCursor, *, replacing: bool) -> Result:
    quiet = cursor.match("IF", "NOT", "EXISTS")
    database, name = session.resolve(cursor.qualified())
    names = column_list(cursor)
    comment = cursor.string() if cursor.match("COMMENT") else ""
    if cursor.match("SECURITY"):
        cursor.match_any("NONE", "INVOKER")
    cursor.expect("AS")
    query = cursor.rest()
    with session.engine.write() as unit:
        unit.catalog.database(database)
        existing = unit.catalog.find(database, name)
        if existing is not None:
            if quiet:
                return Done()
            if not replacing:
                raise tables.table_exists(name)
            if not existing.is_view:
                raise AnalysisError(f"'{database}.{name}' is not a view")
        view = define(session, unit, statement, query, names)
        identity = existing.id if existing is not None else unit.new_id()
        unit.catalog.put(replace(view, id=identity, database=database, name=name, comment=comment, created=unit.now))
    return Done()


def column_list(cursor: TokenCursor) -> list[tuple[str, str]]:
    """The optional column names (and comments) of a view."""
    found: list[tuple[str, str]] = []
    if not cursor.match("("):
        return found
    while True:
        name = cursor.identifier()
        found.append((name, cursor.string() if cursor.match("COMMENT") else ""))
        if not cursor.match(","):
            break
    cursor.expect(")")
    return found


def define(
    session: Session, unit: WriteUnit, statement: Statement, query: list[Token], names: list[tuple[str, str]]
) -> Table:
    """A view over a query: its columns are fixed now, its tables are looked up by name at every use."""
    if not query:
        raise AnalysisError("The query of a view is missing")
    query, statement = _without_stars(session, unit, statement, query)
    text = statement.text[query[0].start - statement.tokens[0].start : query[-1].end + 1 - statement.tokens[0].start]
    translator = session.translator(unit.catalog)
    described = staging.describe(unit, translator.query(query, statement.text))
    if names and len(names) != len(described):
        raise AnalysisError("The number of columns of the view does not match its query")
    columns, seen = [], set()
    for index, (found, kind) in enumerate(described):
        name, comment = names[index] if names else (found, "")
        if name.lower() in seen:
            raise AnalysisError(f"Duplicate column name '{name}'")
        seen.add(name.lower())
        columns.append(Column(name=name, type_sql=kind.sql(), comment=comment))
    return Table(
        id=0,
        database="",
        name="",
        kind="view",
        columns=tuple(columns),
        definition=text,
        shown_definition=text if session.engine.profile.verbatim_views else canonical(session, query, text),
        definition_database=session.database or "",
    )


def _without_stars(
    session: Session, unit: WriteUnit, statement: Statement, query: list[Token]
) -> tuple[list[Token], Statement]:
    """A view's `*` means the columns of the moment it is created: write them out."""
    translator = session.translator(unit.catalog)
    tree = translator.parse(query, statement.text)
    selects = [select for select in _outermost(tree) if any(_is_star(item) for item in select.expressions)]
    if not selects:
        return query, statement
    for select in selects:
        items: list[exp.Expr] = []
        for item in select.expressions:
            items += _expanded(session, unit, tree, select, item) if _is_star(item) else [item]
        select.set("expressions", items)
    text = _PREFIX.sub("", tree.sql(dialect="starrocks", normalize_functions="lower", comments=False))
    rewritten = split_statements(text)[0]
    return rewritten.tokens, rewritten


def _outermost(tree: exp.Expr) -> list[exp.Select]:
    if isinstance(tree, exp.Select):
        return [tree]
    if isinstance(tree, exp.SetOperation):
        return [*_outermost(tree.this), *_outermost(tree.expression)]
    if isinstance(tree, (exp.Subquery, exp.Paren)):
        return _outermost(tree.this)
    return []


def _is_star(item: exp.Expr) -> bool:
    return isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star))


def _expanded(session: Session, unit: WriteUnit, tree: exp.Expr, select: exp.Select, star: exp.Expr) -> list[exp.Expr]:
    probe = exp.select(star.copy())
    for part in ("from_", "joins", "laterals", "with_"):
        if select.args.get(part):
            value = select.args[part]
            probe.set(part, [v.copy() for v in value] if isinstance(value, list) else value.copy())
    if not probe.args.get("with_") and tree.args.get("with_"):
        probe.set("with_", tree.args["with_"].copy())
    translator = session.translator(unit.catalog)
    described = staging.describe(unit, translator.render(translator.bind(probe)))
    table = star.args.get("table") if isinstance(star, exp.Column) else None
    return [exp.column(exp.to_identifier(name, quoted=True), table=table) for name, _ in described]


def canonical(session: Session, query: list[Token], text: str) -> str:
    """The query with every table qualified, in one normal form: what older servers keep of a view's text."""
    tree = session.translator().parse(query, text)
    local = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and not (not table.db and table.name.lower() in local):
            parts = [part for part in (table.catalog, table.db, table.name) if part]
            database, _ = resolve_name(parts, session.database)
            table.set("catalog", None)
            table.set("db", exp.to_identifier(database))
    return _PREFIX.sub("", tree.sql(dialect="starrocks", identify=True, normalize_functions="lower", comments=False))


def alter(session: Session, statement: Statement, cursor: TokenCursor) -> Result:
    """ALTER VIEW name AS query."""
    database, name = session.resolve(cursor.qualified())
    names = column_list(cursor)
    cursor.expect("AS")
    query = cursor.rest()
    with session.engine.write() as unit:
        existing = unit.catalog.table(database, name)
        if not existing.is_view:
            raise AnalysisError(f"'{database}.{name}' is not a view")
        view = define(session, unit, statement, query, names)
        unit.catalog.put(
            replace(view, id=existing.id, database=database, name=name, comment=existing.comment, created=unit.now)
        )
    return Done()


def drop(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """DROP VIEW [IF EXISTS] name."""
    quiet = cursor.match("IF", "EXISTS")
    database, name = session.resolve(cursor.qualified())
    cursor.end()
    with session.engine.write() as unit:
        if not (quiet and database not in unit.catalog.databases):
            unit.catalog.database(database)
        view = unit.catalog.find(database, name)
        if view is None:
            if quiet:
                return Done()
            raise unknown_table(database, name)
        if not view.is_view:
            raise AnalysisError(f"'{database}.{name}' is not a view")
        unit.catalog.drop(view)
    return Done()
