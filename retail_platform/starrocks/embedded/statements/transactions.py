"""BEGIN, COMMIT, ROLLBACK: the changes of one database, kept back and written as one transaction.

A transaction does not see its own writes, on StarRocks as here. So a statement is rehearsed when it comes, for its
errors and its number of rows, and made at COMMIT. The limits are those of version 4.0 (docs: SQL transaction; facts
page, section 2).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded.engine import WriteUnit
from retail_platform.starrocks.embedded.errors import AnalysisError, ErrorKind, StarRocksError
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor
from retail_platform.starrocks.embedded.results import Done, Result

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

Change = Callable[[WriteUnit], Done]
Name = tuple[str, str]
_ALLOWED = {"SELECT", "(", "VALUES", "WITH", "EXPLAIN", "SET", "SHOW", "INSERT", "UPDATE", "DELETE", "BEGIN", "START",
            "COMMIT", "ROLLBACK", "USE", "KILL", "DESC", "DESCRIBE"}  # fmt: skip


class SqlTransaction:
    """The statements between BEGIN and COMMIT."""

    def __init__(self) -> None:
        self.database: str | None = None
        self.changes: list[Change] = []
        self.modified: set[Name] = set()

    def check(self, target: Name, *, insert: bool) -> None:
        """All changes are in one database; one UPDATE or DELETE per table, and none after another change."""
        if self.database not in (None, target[0]):
            raise StarRocksError(
                "Cannot execute cross-database transactions. All DML target tables must belong to the same db",
                ErrorKind.TRANSACTION_DATABASE,
            )
        if not insert and target in self.modified:
            raise _already_changed()

    def add(self, target: Name, change: Change, rows: int) -> Done:
        """Keep a change for the COMMIT."""
        self.database = target[0]
        self.changes.append(change)
        self.modified.add(target)
        return Done(rows, "{'label':'', 'status':'PREPARE', 'txnId':''}")


def _already_changed() -> StarRocksError:
    return StarRocksError(
        "NOT allowed to read or write tables that have been subjected to DML operations before",
        ErrorKind.TRANSACTION_TABLE,
    )


def check_allowed(session: Session, word: str) -> None:
    """Refuse what a transaction cannot hold: definitions, and everything else that is not a query or a change."""
    if session.transaction is not None and word not in _ALLOWED:
        raise AnalysisError(f"{word} is not supported in an explicit transaction")


def check_reads(session: Session, tables: Collection[Name]) -> None:
    """Refuse to read a table that the open transaction has changed: it would not see the change."""
    if session.transaction is not None and session.transaction.modified & set(tables):
        raise _already_changed()


def run_or_keep(session: Session, target: Name, change: Change, *, insert: bool) -> Done:
    """Make a change now, or keep it for the COMMIT of the open transaction."""
    if session.transaction is not None:
        session.transaction.check(target, insert=insert)
        return session.transaction.add(target, change, _rehearsed(session, change))
    with session.engine.write() as unit:
        return change(unit)


class _Rehearsed(Exception):
    pass


def _rehearsed(session: Session, change: Change) -> int:
    """Make a change and take it back; the number of its rows, or its error."""
    rows = 0
    try:
        with session.engine.write() as unit:
            rows = change(unit).affected
            raise _Rehearsed
    except _Rehearsed:
        return rows


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
    if transaction is None or not transaction.changes:
        return Done()
    with session.engine.write() as unit:
        done = [change(unit) for change in transaction.changes]
    return Done(info=done[-1].info)


def rollback(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """ROLLBACK [WORK]."""
    cursor.match("WORK")
    cursor.end()
    session.transaction = None
    return Done()
