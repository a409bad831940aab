"""BEGIN, COMMIT, ROLLBACK: INSERTs of one database, kept back and written as one transaction.

As on StarRocks a transaction does not see its own writes, so keeping the statements until COMMIT is not observable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded.engine import WriteUnit
from retail_platform.starrocks.embedded.errors import AnalysisError
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor
from retail_platform.starrocks.embedded.results import Done, Result

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session


class SqlTransaction:
    """The statements between BEGIN and COMMIT."""

    def __init__(self) -> None:
        self.database: str | None = None
        self.inserts: list[Callable[[WriteUnit], Done]] = []

    def add(self, database: str, insert: Callable[[WriteUnit], Done]) -> None:
        """Keep an INSERT; all of them must be in one database."""
        if self.database not in (None, database):
            raise AnalysisError("Cannot write to different databases in one transaction")
        self.database = database
        self.inserts.append(insert)


def begin(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """BEGIN [WORK]; a second one changes nothing."""
    cursor.match("WORK")
    cursor.end()
    if session.transaction is None:
        session.transaction = SqlTransaction()
    return Done(info="{'label':'', 'status':'PREPARE', 'txnId':''}")


def commit(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """COMMIT [WORK]: everything or nothing; without a transaction nothing happens."""
    cursor.match("WORK")
    cursor.end()
    transaction, session.transaction = session.transaction, None
    if transaction is None or not transaction.inserts:
        return Done()
    with session.engine.write() as unit:
        done = [insert(unit) for insert in transaction.inserts]
    return Done(info=done[-1].info)


def rollback(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """ROLLBACK [WORK]."""
    cursor.match("WORK")
    cursor.end()
    session.transaction = None
    return Done()
