"""SHOW and DESCRIBE: what clients ask about databases, tables and the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded import show_create
from retail_platform.starrocks.embedded.catalog import SYSTEM_DATABASES, resolve_database
from retail_platform.starrocks.embedded.errors import Unsupported, unknown_database, unknown_table
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor
from retail_platform.starrocks.embedded.model import Table
from retail_platform.starrocks.embedded.results import Result, listed
from retail_platform.starrocks.embedded.statements import queries, show_partitions, show_server, show_tables
from retail_platform.starrocks.embedded.statements.patterns import like

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

Shower = Callable[["Session", TokenCursor], Result]


def show(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """SHOW ..."""
    cursor.match_any("SESSION", "GLOBAL")
    for words, handler in SHOWERS.items():
        if cursor.match(*words):
            return handler(session, cursor)
    word = cursor.word()
    if word:
        raise Unsupported(f"the statement 'SHOW {word} {cursor.word(1)}'".replace(" '", "'"))
    raise cursor.refuse("DATABASES, TABLES, COLUMNS, PARTITIONS, CREATE, VARIABLES, ...")


def _databases(session: Session, cursor: TokenCursor) -> Result:
    if cursor.match("FROM"):
        cursor.identifier()
    pattern = show_tables.pattern(cursor)
    names = sorted([*session.engine.catalog.databases, "information_schema"])
    return listed(["Database"], [[name] for name in names if like(pattern, name)])


def _tables(session: Session, cursor: TokenCursor) -> Result:
    database = show_tables.database(session, cursor)
    pattern = show_tables.pattern(cursor)
    rows = [[table.name] for table in session.engine.catalog.tables_of(database) if like(pattern, table.name)]
    return listed([f"Tables_in_{database}"], rows)


def _full_tables(session: Session, cursor: TokenCursor) -> Result:
    database = show_tables.database(session, cursor)
    pattern = "%"
    if cursor.match("WHERE"):
        cursor.rest()  # clients ask for Table_type here; the answer carries it
    else:
        pattern = show_tables.pattern(cursor)
    rows = [
        [table.name, "BASE TABLE" if table.kind == "table" else "VIEW"]
        for table in session.engine.catalog.tables_of(database)
        if like(pattern, table.name)
    ]
    return listed([f"Tables_in_{database}", "Table_type"], rows)


def _views(session: Session, cursor: TokenCursor) -> Result:
    database = show_tables.database(session, cursor)
    pattern = show_tables.pattern(cursor)
    found = [t for t in session.engine.catalog.tables_of(database) if t.kind == "mv" and like(pattern, t.name)]
    rows = [[t.id, database, t.name, t.refresh, "true", show_create.table(t)] for t in found]
    return listed(["id", "database_name", "name", "refresh_type", "is_active", "text"], rows)


def _table(session: Session, cursor: TokenCursor) -> Table:
    database, name = session.resolve(cursor.qualified())
    return session.engine.catalog.table(database, name)


def _create_table(session: Session, cursor: TokenCursor) -> Result:
    table = _table(session, cursor)
    cursor.end()
    if table.is_view:
        return listed(
            ["View", "Create View", "character_set_client", "collation_connection"],
            [[table.name, show_create.view(table), "utf8", "utf8_general_ci"]],
        )
    if table.kind == "mv":
        return listed(["Materialized View", "Create Materialized View"], [[table.name, show_create.table(table)]])
    return listed(["Table", "Create Table"], [[table.name, show_create.table(table)]])


def _create_database(session: Session, cursor: TokenCursor) -> Result:
    name = resolve_database(cursor.qualified())
    cursor.end()
    if not session.engine.catalog.has_database(name):
        raise unknown_database(name)
    return listed(["Database", "Create Database"], [[name, f"CREATE DATABASE `{name}`"]])


def _columns(session: Session, cursor: TokenCursor, *, full: bool = False) -> Result:
    if not (cursor.match("FROM") or cursor.match("IN")):
        raise cursor.refuse("FROM, IN")
    parts = cursor.qualified()
    if cursor.match("FROM") or cursor.match("IN"):
        parts = [cursor.identifier(), *parts]
    pattern = show_tables.pattern(cursor)
    table = session.engine.catalog.table(*session.resolve(parts))
    rows = [row for row in describe_rows(table) if like(pattern, str(row[0]))]
    if not full:
        return listed(["Field", "Type", "Null", "Key", "Default", "Extra"], rows)
    comments = {column.name: column.comment for column in table.columns}
    wide = [
        [r[0], r[1], "", r[2], "YES" if r[3] == "true" else "NO", r[4], r[5], "", comments[str(r[0])]] for r in rows
    ]
    return listed(["Field", "Type", "Collation", "Null", "Key", "Default", "Extra", "Privileges", "Comment"], wide)


def _full_columns(session: Session, cursor: TokenCursor) -> Result:
    return _columns(session, cursor, full=True)


def describe_rows(table: Table) -> list[list[object]]:
    """The rows of DESC."""
    keys = {key.lower() for key in table.keys}
    rows: list[list[object]] = []
    for column in table.columns:
        is_key = not table.is_view and column.name.lower() in keys
        extra = column.aggregate or ("NONE" if table.model == "AGGREGATE" and not is_key else "")
        if column.auto_increment:
            extra = "AUTO_INCREMENT"
        rows.append(
            [
                column.name,
                column.type.sql().replace(", ", ",") if column.type.name == "DECIMAL" else column.type.sql(),
                "YES" if column.nullable else "NO",
                "true" if is_key else "false",
                column.default,
                extra,
            ]
        )
    return rows


def describe(session: Session, statement: Statement, cursor: TokenCursor) -> Result:
    """DESC table, or DESC of a query (its plan)."""
    if cursor.word() in ("SELECT", "WITH"):
        return queries.explain(session, statement, cursor)
    parts = cursor.qualified()
    if len(parts) > 1 and parts[-2].lower() in SYSTEM_DATABASES:
        return _describe_system(session, parts[-1])
    table = session.engine.catalog.table(*session.resolve(parts))
    everything = cursor.match("ALL")
    cursor.end()
    rows = describe_rows(table)
    if not everything:
        return listed(["Field", "Type", "Null", "Key", "Default", "Extra"], rows)
    keys_type = {"DUPLICATE": "DUP_KEYS", "PRIMARY": "PRIMARY_KEYS", "UNIQUE": "UNIQUE_KEYS"}.get(
        table.model, "AGG_KEYS"
    )
    wide = [[table.name if i == 0 else "", keys_type if i == 0 else "", *row] for i, row in enumerate(rows)]
    return listed(["IndexName", "IndexKeysType", "Field", "Type", "Null", "Key", "Default", "Extra"], wide)


def _describe_system(session: Session, name: str) -> Result:
    translator = session.translator()
    statement = session.split(f"SELECT * FROM information_schema.{name}")[0]
    sql = translator.query(statement.tokens, statement.text)
    session.reader.execute(f"SELECT * FROM ({sql}) LIMIT 0")
    rows: list[list[object]] = []
    for column, kind, *_ in session.reader.description or []:
        rows.append([column, str(kind).lower(), "YES", "false", None, ""])
    session.reader.fetchall()
    if not rows:
        raise unknown_table("information_schema", name)
    return listed(["Field", "Type", "Null", "Key", "Default", "Extra"], rows)


SHOWERS: dict[tuple[str, ...], Shower] = {
    ("DATABASES",): _databases,
    ("SCHEMAS",): _databases,
    ("FULL", "TABLES"): _full_tables,
    ("TABLES",): _tables,
    ("TABLE", "STATUS"): show_tables.table_status,
    ("MATERIALIZED", "VIEWS"): _views,
    ("CREATE", "TABLE"): _create_table,
    ("CREATE", "VIEW"): _create_table,
    ("CREATE", "MATERIALIZED", "VIEW"): _create_table,
    ("CREATE", "DATABASE"): _create_database,
    ("CREATE", "SCHEMA"): _create_database,
    ("FULL", "COLUMNS"): _full_columns,
    ("FULL", "FIELDS"): _full_columns,
    ("COLUMNS",): _columns,
    ("FIELDS",): _columns,
    ("INDEX",): show_tables.index,
    ("INDEXES",): show_tables.index,
    ("KEYS",): show_tables.index,
    ("KEY",): show_tables.index,
    ("PARTITIONS",): show_partitions.partitions,
    ("TEMPORARY", "PARTITIONS"): show_partitions.temporary,
    **show_server.SHOWERS,
}
