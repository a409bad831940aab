"""Materialized views: tables that a query fills, refreshed on demand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded import ddl_rules, writing
from retail_platform.starrocks.embedded.ddl_parser import TableDraft, parse_properties
from retail_platform.starrocks.embedded.engine import WriteUnit
from retail_platform.starrocks.embedded.errors import AnalysisError, Unsupported, unknown_table
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor, split_statements
from retail_platform.starrocks.embedded.model import Table
from retail_platform.starrocks.embedded.partition_parser import parse_partition_by
from retail_platform.starrocks.embedded.results import Done, Result, listed
from retail_platform.starrocks.embedded.rewrites.context import Context
from retail_platform.starrocks.embedded.statements import staging, tables, views
from retail_platform.starrocks.embedded.translate import Translator

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session


def create(session: Session, statement: Statement, cursor: TokenCursor) -> Result:
    """CREATE MATERIALIZED VIEW ... REFRESH ... AS query; filled at once unless DEFERRED."""
    quiet = cursor.match("IF", "NOT", "EXISTS")
    database, name = session.resolve(cursor.qualified())
    draft = TableDraft()
    names = views.column_list(cursor)
    if cursor.match("COMMENT"):
        draft.comment = cursor.string()
    deferred, refresh_kind = False, ""
    while not cursor.at("AS"):
        if cursor.match("REFRESH"):
            deferred, refresh_kind = _refresh_clause(cursor)
        else:
            _physical_clause(cursor, draft)
    cursor.expect("AS")
    query = cursor.rest()
    if not refresh_kind and draft.distribution is None:
        raise Unsupported("a synchronous materialized view (without DISTRIBUTED BY or REFRESH)")
    with session.engine.write() as unit:
        unit.catalog.database(database)
        if unit.catalog.find(database, name) is not None:
            if quiet:
                return Done()
            raise tables.table_exists(name)
        view = views.define(session, unit, statement, query, names)
        draft.columns = list(view.columns)
        draft.distribution = draft.distribution or "RANDOM"
        table = tables.build(unit, ddl_rules.settle(draft), database, name, kind="mv")
        table = replace(
            table,
            definition=view.definition,
            shown_definition=view.shown_definition,
            definition_database=view.definition_database,
            refresh=refresh_kind or "MANUAL",
        )
        unit.catalog.put(table)
        if not deferred:
            fill(session, unit, table)
    return Done()


def _physical_clause(cursor: TokenCursor, draft: TableDraft) -> None:
    if cursor.match("PARTITION", "BY"):
        draft.partition = parse_partition_by(cursor)
    elif cursor.match("DISTRIBUTED", "BY"):
        if cursor.match("HASH"):
            draft.distribution, draft.distribution_columns = "HASH", cursor.names()
        else:
            cursor.expect("RANDOM")
            draft.distribution = "RANDOM"
        if cursor.match("BUCKETS"):
            draft.buckets = cursor.number()
    elif cursor.match("ORDER", "BY"):
        draft.order_by = cursor.names()
    elif cursor.at("PROPERTIES"):
        parse_properties(cursor, draft)
    else:
        raise cursor.refuse("REFRESH, PARTITION, DISTRIBUTED, ORDER, PROPERTIES, AS")


def _refresh_clause(cursor: TokenCursor) -> tuple[bool, str]:
    deferred = cursor.match_any("DEFERRED", "IMMEDIATE") == "DEFERRED"
    kind = cursor.match_any("ASYNC", "MANUAL", "INCREMENTAL") or "ASYNC"
    if cursor.match("START"):
        cursor.parenthesised()
    if cursor.match("EVERY"):
        cursor.parenthesised()
        raise Unsupported("a materialized view with a schedule (REFRESH ASYNC EVERY)")
    return deferred, kind


def fill(session: Session, unit: WriteUnit, table: Table) -> int:
    """Replace the content by the query's result of now."""
    statement = split_statements(table.definition)[0]
    context: Context = replace(session.context(), database=table.definition_database)
    sql = Translator(unit.catalog, context).query(statement.tokens, statement.text)
    described = staging.describe(unit, sql)
    stage = staging.stage_query(session, unit, table, sql, described, list(table.columns))
    return writing.overwrite(unit, table, stage, ordered=False, dynamic=False, only=[])


def refresh(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """REFRESH MATERIALIZED VIEW: both modes are done when the statement returns."""
    database, name = session.resolve(cursor.qualified())
    if cursor.at("PARTITION"):
        raise Unsupported("REFRESH ... PARTITION")
    cursor.match("FORCE")
    if cursor.match("WITH"):
        cursor.match_any("SYNC", "ASYNC")
        cursor.expect("MODE")
    cursor.end()
    with session.engine.write() as unit:
        table = unit.catalog.table(database, name)
        if table.kind != "mv":
            raise AnalysisError(f"'{name}' is not a materialized view")
        fill(session, unit, table)
        identity = unit.new_id()
    return listed(["QUERY_ID"], [[f"refresh-{identity}"]])


def drop(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """DROP MATERIALIZED VIEW [IF EXISTS] name."""
    quiet = cursor.match("IF", "EXISTS")
    database, name = session.resolve(cursor.qualified())
    cursor.match("FORCE")
    cursor.end()
    with session.engine.write() as unit:
        if not (quiet and database not in unit.catalog.databases):
            unit.catalog.database(database)
        table = unit.catalog.find(database, name)
        if table is None:
            if quiet:
                return Done()
            raise unknown_table(database, name)
        if table.kind != "mv":
            raise AnalysisError(f"'{name}' is not a materialized view")
        unit.drop_storage(table)
        unit.catalog.drop(table)
    return Done()


def alter(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """ALTER MATERIALIZED VIEW name RENAME other | ACTIVE | INACTIVE is refused."""
    database, name = session.resolve(cursor.qualified())
    if not cursor.match("RENAME"):
        raise Unsupported(f"ALTER MATERIALIZED VIEW ... {cursor.word()}")
    new = cursor.identifier()
    cursor.end()
    with session.engine.write() as unit:
        table = unit.catalog.table(database, name)
        if unit.catalog.find(database, new) is not None:
            raise tables.table_exists(new)
        unit.catalog.rename(table, new)
    return Done()
