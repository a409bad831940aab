"""USE, SET, KILL, SYNC, ADMIN SET/SHOW FRONTEND CONFIG, ANALYZE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import Token, TokenType

from retail_platform.starrocks.embedded.catalog import check_catalog
from retail_platform.starrocks.embedded.ddl_parser import read_properties
from retail_platform.starrocks.embedded.errors import AnalysisError, ErrorKind, StarRocksError, Unsupported
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor, split_commas
from retail_platform.starrocks.embedded.results import Done, Result, listed
from retail_platform.starrocks.embedded.statements.patterns import like

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

_SELECT = Token(TokenType.SELECT, "SELECT", 1, 0, 0, 0)


def use(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """USE [default_catalog.]database."""
    parts = cursor.qualified()
    cursor.end()
    session.use(".".join(parts))
    return Done()


def set_variables(session: Session, statement: Statement, cursor: TokenCursor) -> Result:
    """SET name = value [, ...], SET NAMES, SET CATALOG."""
    if cursor.match("NAMES"):
        cursor.next()
        if cursor.match("COLLATE"):
            cursor.next()
        cursor.end()
        return Done()
    if cursor.match_any("CHARSET") or cursor.match("CHARACTER", "SET"):
        cursor.next()
        cursor.end()
        return Done()
    if cursor.match("CATALOG"):
        check_catalog(cursor.next().text)
        cursor.end()
        return Done()
    if cursor.at("PASSWORD") or cursor.at("PROPERTY") or cursor.at("ROLE") or cursor.at("DEFAULT"):
        raise Unsupported(f"SET {cursor.word()}")
    for assignment in split_commas(cursor.rest()):
        _assign(session, statement, TokenCursor(assignment, statement.text))
    return Done()


def _assign(session: Session, statement: Statement, cursor: TokenCursor) -> None:
    if cursor.match_any("SESSION", "LOCAL", "GLOBAL") and cursor.match("TRANSACTION"):
        return _characteristics(cursor)
    if cursor.match("TRANSACTION"):
        return _characteristics(cursor)
    token = cursor.peek()
    if token is not None and token.token_type in (TokenType.PARAMETER, TokenType.SESSION_PARAMETER):
        cursor.next()
        if token.token_type == TokenType.PARAMETER:
            return _assign_own(session, statement, cursor)
        if cursor.match_any("SESSION", "GLOBAL"):
            cursor.expect(".")
    name = cursor.identifier("a variable name")
    if not cursor.match("=") and not cursor.match(":="):
        raise cursor.refuse("'='")
    session.variables.set(name, _value(session, statement, cursor.rest()))
    return None


def _assign_own(session: Session, statement: Statement, cursor: TokenCursor) -> None:
    """SET @name = expression: the value and its type; JSON is kept as text (docs: user-defined variables)."""
    token = cursor.peek()
    name = cursor.string() if token is not None and token.token_type == TokenType.STRING else cursor.identifier()
    if len(name) > 64:
        raise AnalysisError(f"User variable name '{name}' is illegal")
    cursor.expect("=")
    sql = session.translator().query([_SELECT, *cursor.rest()], statement.text)
    rows = session.reader.execute(f"SELECT CAST(v AS VARCHAR), typeof(v) FROM ({sql}) AS q(v)").fetchall()
    value, kind = rows[0] if rows else (None, "VARCHAR")
    if kind in ("UBIGINT[]", "UHUGEINT[]"):
        raise AnalysisError(f"Can't set variable with type {'BITMAP' if kind == 'UBIGINT[]' else 'HLL'}")
    session.user_variables[name.lower()] = (value, "VARCHAR" if kind in ("JSON", '"NULL"') else kind)


def _characteristics(cursor: TokenCursor) -> None:
    """SET TRANSACTION ISOLATION LEVEL ...: accepted, there is one level."""
    cursor.rest()


def _value(session: Session, statement: Statement, tokens: list[Token]) -> object:
    if not tokens:
        raise AnalysisError("The value of a variable is missing")
    if len(tokens) == 1:
        token = tokens[0]
        if token.token_type == TokenType.DEFAULT:
            return None
        if token.token_type in (TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER):
            return token.text
        if token.text.isidentifier():
            return token.text
    if len(tokens) == 2 and tokens[0].text == "-":
        return f"-{tokens[1].text}"
    sql = session.translator().query([_SELECT, *tokens], statement.text)
    row = session.reader.execute(sql).fetchall()
    return row[0][0]


def kill(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """KILL [CONNECTION | QUERY] id."""
    kind = cursor.match_any("CONNECTION", "QUERY") or "CONNECTION"
    target = cursor.number()
    cursor.end()
    found = session.engine.sessions.find(target)
    if found is None:
        raise StarRocksError(f"Unknown thread id: {target}", ErrorKind.UNKNOWN_THREAD)
    other, disconnect = found
    other.interrupt()
    if kind == "CONNECTION":
        disconnect()
    return Done()


def sync(_session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """SYNC: there is one frontend, which has always seen everything."""
    cursor.end()
    return Done()


def set_config(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """ADMIN SET FRONTEND CONFIG ("key" = "value"); not kept over a restart, as on StarRocks."""
    for key, value in read_properties(cursor).items():
        if key not in session.engine.config:
            raise AnalysisError(f"Config '{key}' does not exist or is not mutable")
        session.engine.config[key] = value
    cursor.end()
    return Done()


def show_config(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """ADMIN SHOW FRONTEND CONFIG [LIKE pattern]."""
    pattern = cursor.string() if cursor.match("LIKE") else "%"
    cursor.end()
    rows = [[k, "[]", v, "string", "true", ""] for k, v in session.engine.config.items() if like(pattern, k)]
    return listed(["Key", "AliasNames", "Value", "Type", "IsMutable", "Comment"], rows)


def analyze(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """ANALYZE [FULL | SAMPLE] TABLE name: DuckDB keeps its own statistics, the answer has StarRocks' shape."""
    cursor.match_any("FULL", "SAMPLE")
    cursor.expect("TABLE")
    database, name = session.resolve(cursor.qualified())
    session.engine.catalog.table(database, name)
    cursor.rest()
    return listed(["Table", "Op", "Msg_type", "Msg_text"], [[f"{database}.{name}", "analyze", "status", "OK"]])
