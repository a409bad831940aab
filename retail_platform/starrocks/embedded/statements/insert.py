"""INSERT INTO and INSERT OVERWRITE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import Token, TokenType

from retail_platform.starrocks.embedded.conversion import default_value
from retail_platform.starrocks.embedded.engine import WriteUnit
from retail_platform.starrocks.embedded.errors import AnalysisError, Unsupported
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor, split_commas
from retail_platform.starrocks.embedded.model import Column, Table
from retail_platform.starrocks.embedded.results import Done, Result
from retail_platform.starrocks.embedded.statements import staging, transactions

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session


class InsertDraft:
    """An INSERT as written."""

    def __init__(self, cursor: TokenCursor, *, overwrite: bool) -> None:
        self.overwrite = overwrite
        self.partitions: list[str] = []
        self.label: str | None = None
        self.columns: list[str] | None = None
        cursor.match("TABLE")
        if cursor.at("FILES", "(") or cursor.at("BLACKHOLE", "("):
            raise Unsupported(f"INSERT INTO {cursor.word()}()")
        self.name = cursor.qualified()
        if cursor.match("TEMPORARY"):
            raise Unsupported("temporary partitions")
        if cursor.match("PARTITION") or cursor.match("PARTITIONS"):
            self.partitions = _partition_names(cursor)
        self._label(cursor)
        if cursor.at("(") and cursor.word(1) not in ("SELECT", "WITH", "(", "VALUES"):
            self.columns = cursor.names()
            self._label(cursor)
        if cursor.match("BY", "NAME"):
            raise Unsupported("INSERT ... BY NAME")
        if cursor.at("PROPERTIES"):
            cursor.next()
            cursor.parenthesised()
        if cursor.word() not in ("SELECT", "WITH", "(", "VALUES"):
            raise cursor.refuse("SELECT, VALUES, WITH, '('")
        self.query = cursor.rest()

    def _label(self, cursor: TokenCursor) -> None:
        if cursor.match("WITH", "LABEL"):
            self.label = cursor.identifier("a label")


def _partition_names(cursor: TokenCursor) -> list[str]:
    if not cursor.at("("):
        return [cursor.identifier()]
    tokens = cursor.parenthesised()
    if any(token.text == "=" for token in tokens):
        raise Unsupported("PARTITION (column = value)")
    return [part[0].text for part in split_commas(tokens)]


def insert(session: Session, statement: Statement, cursor: TokenCursor) -> Result:
    """Run an INSERT as one transaction with a label."""
    overwrite = statement.tokens[1].text.upper() == "OVERWRITE"
    draft = InsertDraft(cursor, overwrite=overwrite)
    if draft.query[-1].text.upper() == "UPDATE" or _mentions_duplicate_key(draft.query):
        raise cursor.refuse("<EOF>")
    target = session.resolve(draft.name)
    if session.transaction is not None and overwrite:
        raise AnalysisError("INSERT OVERWRITE is not supported in an explicit transaction")
    return transactions.run_or_keep(session, target, lambda unit: run(session, unit, statement, draft), insert=True)


def _mentions_duplicate_key(tokens: list[Token]) -> bool:
    words = [t.text.upper() if t.token_type not in (TokenType.STRING, TokenType.IDENTIFIER) else "" for t in tokens]
    return any(words[i : i + 3] == ["ON", "DUPLICATE", "KEY"] for i in range(len(words) - 2))


def run(session: Session, unit: WriteUnit, statement: Statement, draft: InsertDraft) -> Done:
    """Execute inside a transaction."""
    table = unit.catalog.table(*session.resolve(draft.name))
    if table.kind == "view":
        raise AnalysisError(f"Cannot insert into view '{table.name}'")
    if table.kind == "mv":
        raise AnalysisError(f"The data of '{table.name}' cannot be inserted because it is a materialized view")
    columns = _target_columns(table, draft)
    query = _with_defaults(draft.query, columns, session.context().local_moment)
    translator = session.translator(unit.catalog)
    sql = translator.query(query, statement.text)
    transactions.check_reads(session, translator.tables)
    described = staging.describe(unit, sql)
    rows = staging.write_query(
        session, unit, table, sql, described, columns, overwrite=draft.overwrite, partitions=draft.partitions
    )
    return Done(rows, staging.acknowledge(unit, session, table, rows, draft.label))


def _target_columns(table: Table, draft: InsertDraft) -> list[Column]:
    if draft.columns is None:
        return [column for column in table.columns if not column.generated]
    found: list[Column] = []
    for name in draft.columns:
        column = table.column(name)
        if column is None:
            raise AnalysisError(f"Unknown column '{name}' in '{table.name}'")
        if column.generated:
            raise AnalysisError(f"materialized column '{name}' can not be specified")
        if column in found:
            raise AnalysisError(f"Column '{name}' specified twice")
        found.append(column)
    missing = [key for key in table.keys if table.column(key) not in found]
    if table.model == "PRIMARY":
        for key in missing:
            column = table.column(key)
            if column is not None and not column.auto_increment and column.default is None:
                raise AnalysisError(f"must specify the primary key column {key} in partial update")
    return found


def _with_defaults(tokens: list[Token], columns: list[Column], now: str) -> list[Token]:
    """VALUES (..., DEFAULT, ...): put the column's default in the place of the word."""
    if tokens[0].text.upper() != "VALUES" or not any(t.token_type == TokenType.DEFAULT for t in tokens):
        return tokens
    out, depth, place = [], 0, 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "(" and depth == 1:
            place = 0
        elif token.token_type == TokenType.COMMA and depth == 1:
            place += 1
        if token.token_type == TokenType.DEFAULT and place < len(columns):
            out.append(_default_token(token, columns[place], now))
        else:
            out.append(token)
    return out


def _default_token(token: Token, column: Column, now: str) -> Token:
    if column.default is None:
        if default_value(column, now) is None:
            raise AnalysisError(f"Column has no default value, column={column.name}")
        return Token(TokenType.NULL, "NULL", token.line, token.col, token.start, token.end)
    value = now if column.default == "CURRENT_TIMESTAMP" else column.default
    return Token(TokenType.STRING, value, token.line, token.col, token.start, token.end)
