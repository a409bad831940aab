"""SELECT, WITH, VALUES and EXPLAIN."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import duckdb
from sqlglot.tokenizer_core import Token

from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor
from retail_platform.starrocks.embedded.results import Result, ResultColumn, listed, streamed
from retail_platform.starrocks.embedded.statements import change, transactions
from retail_platform.starrocks.embedded.types import StarRocksType

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

_ATTEMPTS = 100
_PAUSE = 0.005  # seconds
_REPLACED = re.compile(r"Table with name s\d+ does not exist")  # the storage of a table, see engine.create_storage


def select(session: Session, statement: Statement, _cursor: TokenCursor) -> Result:
    """Run a query on the session's reading connection."""
    latest(session, lambda: _translated(session, statement))
    result = streamed(session.reader)
    if any(column.type.name == "NULL_TYPE" for column in result.columns):
        result.columns = [
            ResultColumn(c.name, StarRocksType("NULL_TYPE") if c.type.name == "NULL_TYPE" else c.type)
            for c in result.columns
        ]
    return result


def _translated(session: Session, statement: Statement) -> str:
    translator = session.translator()
    sql = translator.query(statement.tokens, statement.text)
    transactions.check_reads(session, translator.tables)
    return sql


def latest(session: Session, translate: Callable[[], str]) -> None:
    """Run a translated query; when a writer has just replaced what it reads, translate again.

    The data is committed a moment before the catalogue that names it is published: wait for that.
    """
    for attempt in range(_ATTEMPTS):
        sql = translate()
        try:
            with session.interruptible(session.reader):
                session.reader.execute(sql)
        except duckdb.CatalogException as error:
            if attempt + 1 == _ATTEMPTS or not _REPLACED.search(str(error)):
                raise
            time.sleep(_PAUSE)
        else:
            return


def with_clause(session: Session, statement: Statement, cursor: TokenCursor) -> Result:
    """WITH ... SELECT, or the common table expressions of an UPDATE or DELETE."""
    word = _main_verb(statement.tokens)
    if word == "UPDATE":
        return change.update(session, statement, cursor)
    if word == "DELETE":
        return change.delete(session, statement, cursor)
    return select(session, statement, cursor)


def _main_verb(tokens: list[Token]) -> str:
    depth = 0
    for token in tokens[1:]:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.text.upper() in ("SELECT", "UPDATE", "DELETE"):
            return token.text.upper()
    return "SELECT"


def explain(session: Session, statement: Statement, cursor: TokenCursor) -> Result:
    """EXPLAIN: DuckDB's plan; the text of StarRocks' plans is not imitated."""
    cursor.match_any("LOGICAL", "VERBOSE", "COSTS", "ANALYZE")
    sql = session.translator().query(cursor.rest(), statement.text)
    with session.interruptible(session.reader):
        rows = session.reader.execute(f"EXPLAIN {sql}").fetchall()
    lines = [line for row in rows for line in str(row[1]).splitlines()]
    return listed(["Explain String"], [[line] for line in lines])
