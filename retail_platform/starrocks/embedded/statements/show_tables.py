"""SHOW TABLE STATUS and SHOW INDEX, and what SHOW statements of tables have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded.catalog import resolve_database
from retail_platform.starrocks.embedded.errors import Unsupported, unknown_database
from retail_platform.starrocks.embedded.lexer import TokenCursor
from retail_platform.starrocks.embedded.results import Result, listed
from retail_platform.starrocks.embedded.statements.patterns import like

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session


def database(session: Session, cursor: TokenCursor) -> str:
    """The database after FROM, or the session's."""
    if cursor.match("FROM") or cursor.match("IN"):
        name = resolve_database(cursor.qualified())
    else:
        name = session.current_database()
    if not session.engine.catalog.has_database(name):
        raise unknown_database(name)
    return name


def pattern(cursor: TokenCursor) -> str:
    """The LIKE pattern at the end of a SHOW; everything by default."""
    if cursor.match("LIKE"):
        found = cursor.string()
        cursor.end()
        return found
    if cursor.match("WHERE"):
        raise Unsupported("SHOW ... WHERE")
    cursor.end()
    return "%"


def table_status(session: Session, cursor: TokenCursor) -> Result:
    """SHOW TABLE STATUS."""
    name = database(session, cursor)
    wanted = pattern(cursor)
    names = ["Name", "Engine", "Version", "Row_format", "Rows", "Avg_row_length", "Data_length", "Max_data_length",
             "Index_length", "Data_free", "Auto_increment", "Create_time", "Update_time", "Check_time", "Collation",
             "Checksum", "Create_options", "Comment"]  # fmt: skip
    rows: list[list[object]] = []
    for table in session.engine.catalog.tables_of(name):
        if like(wanted, table.name):
            count = sum(session.engine.statistics.rows(part) for part in table.partitions.values())
            updated = max((part.visible_version_time for part in table.partitions.values()), default=None)
            engine = None if table.is_view else "StarRocks"
            rows.append([table.name, engine, None, "", count, 0, 0, None, None, None, None, table.created, updated,
                         None,
                         "utf8_general_ci", None, "", table.comment])  # fmt: skip
    return listed(names, rows)


def index(session: Session, cursor: TokenCursor) -> Result:
    """SHOW INDEX: the table must exist; it has no secondary index."""
    if not (cursor.match("FROM") or cursor.match("IN")):
        raise cursor.refuse("FROM, IN")
    parts = cursor.qualified()
    if cursor.match("FROM") or cursor.match("IN"):
        parts = [cursor.identifier(), *parts]
    session.engine.catalog.table(*session.resolve(parts))
    names = ["Table", "Non_unique", "Key_name", "Seq_in_index", "Column_name", "Collation", "Cardinality", "Sub_part",
             "Packed", "Null", "Index_type", "Comment", "Index_comment"]  # fmt: skip
    return listed(names, [])
