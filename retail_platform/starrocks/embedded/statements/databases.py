"""CREATE and DROP DATABASE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded.catalog import resolve_database
from retail_platform.starrocks.embedded.errors import AnalysisError, ErrorKind, StarRocksError
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor
from retail_platform.starrocks.embedded.model import Database
from retail_platform.starrocks.embedded.results import Done, Result

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

_NAME = re.compile(r"^[A-Za-z_]\w{0,255}$")


def create(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """CREATE DATABASE [IF NOT EXISTS] name."""
    quiet = cursor.match("IF", "NOT", "EXISTS")
    name = resolve_database(cursor.qualified())
    if cursor.match("PROPERTIES"):
        cursor.parenthesised()
    cursor.end()
    if not _NAME.match(name):
        raise AnalysisError(f"Incorrect database name '{name}'")
    with session.engine.write() as unit:
        if unit.catalog.has_database(name):
            if quiet:
                return Done()
            raise StarRocksError(f"Can't create database '{name}'; database exists", ErrorKind.DATABASE_EXISTS)
        unit.catalog.databases[name] = Database(id=unit.new_id(), name=name, created=unit.now)
    return Done()


def drop(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """DROP DATABASE [IF EXISTS] name [FORCE], with everything in it."""
    quiet = cursor.match("IF", "EXISTS")
    name = resolve_database(cursor.qualified())
    cursor.match("FORCE")
    cursor.end()
    with session.engine.write() as unit:
        if name not in unit.catalog.databases:
            if quiet:
                return Done()
            raise StarRocksError(
                f"Can't drop database '{name}'; database doesn't exist", ErrorKind.DROP_MISSING_DATABASE
            )
        for table in unit.catalog.tables_of(name):
            unit.drop_storage(table)
            unit.catalog.drop(table)
        del unit.catalog.databases[name]
        unit.execute("DELETE FROM meta.transactions WHERE db = ?", [name])
    session.engine.labels.forget_database(name)
    return Done()
