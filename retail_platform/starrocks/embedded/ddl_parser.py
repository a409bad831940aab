"""Reads CREATE TABLE and CREATE MATERIALIZED VIEW: StarRocks' grammar, clause by clause and in StarRocks' order.

Yields a :class:`TableDraft`; :mod:`ddl_rules` decides whether StarRocks would accept it and fills in the defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot.tokenizer_core import Token, TokenType

from retail_platform.starrocks.embedded.errors import Unsupported
from retail_platform.starrocks.embedded.lexer import TokenCursor
from retail_platform.starrocks.embedded.model import Column
from retail_platform.starrocks.embedded.partition_parser import PartitionDraft, parse_partition_by
from retail_platform.starrocks.embedded.type_parser import parse_type

AGGREGATES = ("SUM", "MIN", "MAX", "REPLACE", "REPLACE_IF_NOT_NULL")
_UNSUPPORTED_AGGREGATES = ("HLL_UNION", "BITMAP_UNION", "PERCENTILE_UNION", "AGG_STATE_UNION")
_RESERVED_WORDS = """
    ADD ALL ALTER ANALYZE AND ARRAY AS ASC BETWEEN BIGINT BITMAP BOTH BY CASE CHAR CHARACTER CHECK COLLATE
    COLUMN COMPACTION CONVERT CREATE CROSS CUBE CURRENT_DATE CURRENT_ROLE CURRENT_TIME CURRENT_TIMESTAMP
    CURRENT_USER DATABASE DATABASES DECIMAL DECIMALV2 DECIMAL32 DECIMAL64 DECIMAL128 DEFAULT DEFERRED DELETE
    DENSE_RANK DESC DESCRIBE DISTINCT DOUBLE DROP DUAL ELSE EXCEPT EXISTS EXPLAIN FALSE FIRST_VALUE FLOAT FOR
    FORCE FROM FULL FUNCTION GRANT GROUP GROUPING GROUPING_ID GROUPS HAVING HLL HOST IF IGNORE IMMEDIATE IN
    INDEX INFILE INNER INSERT INT INTEGER INTERSECT INTO IS JOIN JSON KEY KEYS KILL LAG LARGEINT LAST_VALUE
    LATERAL LEAD LEFT LIKE LIMIT LOAD LOCALTIME LOCALTIMESTAMP MAXVALUE MINUS MOD NOT NTILE NULL ON OR ORDER
    OUTER OUTFILE OVER PARTITION PERCENTILE PRIMARY PROCEDURE QUALIFY RANGE RANK READ REGEXP RELEASE RENAME
    REPLACE REVOKE RIGHT RLIKE ROW ROWS ROW_NUMBER SCHEMA SCHEMAS SELECT SET SET_VAR SHOW SMALLINT SYSTEM
    TABLE TERMINATED TEXT THEN TINYINT TO TRUE UNION UNIQUE UNSIGNED UPDATE USE USING VALUES VARCHAR WHEN
    WHERE WITH
"""
RESERVED = frozenset(_RESERVED_WORDS.split())


@dataclass
class TableDraft:
    """A CREATE TABLE as written."""

    name: list[str] = field(default_factory=list)
    if_not_exists: bool = False
    columns: list[Column] = field(default_factory=list)
    column_names: list[str] = field(default_factory=list)  # CREATE TABLE t (a, b) AS SELECT
    engine: str = "OLAP"
    model: str | None = None
    keys: list[str] = field(default_factory=list)
    comment: str = ""
    partition: PartitionDraft | None = None
    distribution: str | None = None
    distribution_columns: list[str] = field(default_factory=list)
    buckets: int | None = None
    order_by: list[str] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    query: list[Token] | None = None
    like: list[str] | None = None


def checked_name(cursor: TokenCursor) -> str:
    """A name for a new object: reserved words only in backticks."""
    token = cursor.peek()
    if token is not None and token.token_type != TokenType.IDENTIFIER and token.text.upper() in RESERVED:
        raise cursor.refuse("a legal identifier")
    return cursor.identifier("a legal identifier")


def parse_create_table(cursor: TokenCursor) -> TableDraft:
    """Read everything after CREATE TABLE."""
    draft = TableDraft(if_not_exists=cursor.match("IF", "NOT", "EXISTS"))
    draft.name = cursor.qualified()
    if cursor.match("LIKE"):
        draft.like = cursor.qualified()
        parse_properties(cursor, draft)
        cursor.end()
        return draft
    if cursor.at("("):
        _parse_body(cursor, draft)
    parse_clauses(cursor, draft)
    if cursor.match("AS"):
        draft.query = cursor.rest()
    elif draft.column_names or not draft.columns:
        raise cursor.refuse("AS")
    cursor.end()
    return draft


def _parse_body(cursor: TokenCursor, draft: TableDraft) -> None:
    cursor.expect("(")
    bare = cursor.word(1) in (",", ")") and not cursor.at("INDEX")
    while True:
        if cursor.match("INDEX"):
            _skip_index(cursor)
        elif bare:
            draft.column_names.append(checked_name(cursor))
        elif cursor.word() in ("PRIMARY", "UNIQUE", "CONSTRAINT", "FOREIGN", "CHECK", "KEY"):
            raise cursor.refuse("a legal identifier")  # keys stand after the closing parenthesis
        else:
            draft.columns.append(parse_column(cursor))
        if not cursor.match(","):
            break
    cursor.expect(")")


def _skip_index(cursor: TokenCursor) -> None:
    cursor.identifier()
    cursor.names()
    if cursor.match("USING"):
        cursor.identifier()
        if cursor.at("("):
            cursor.parenthesised()
    if cursor.match("COMMENT"):
        cursor.string()


def parse_column(cursor: TokenCursor) -> Column:
    """Read one column definition."""
    name = checked_name(cursor)
    kind = parse_type(cursor)
    values: dict[str, object] = {}
    if cursor.word() in _UNSUPPORTED_AGGREGATES:
        raise Unsupported(f"aggregate {cursor.word()}")
    if word := cursor.match_any(*AGGREGATES):
        values["aggregate"] = word
    explicit_null: bool | None = None
    while not cursor.done and cursor.word() not in (",", ")", "FIRST", "AFTER", "TO", "FROM", "PROPERTIES"):
        if cursor.match("NOT", "NULL"):
            explicit_null = False
        elif cursor.match("NULL"):
            explicit_null = True
        elif cursor.match("AUTO_INCREMENT"):
            values["auto_increment"] = True
        elif cursor.match("DEFAULT"):
            values["default"], values["default_kind"] = _parse_default(cursor)
        elif cursor.match("COMMENT"):
            values["comment"] = cursor.string()
        elif cursor.match("KEY"):
            raise Unsupported("the column attribute KEY")
        elif cursor.match("AS"):
            values["generated"] = _parse_generated(cursor)
        else:
            raise cursor.refuse("',', ')'")
    return Column(name=name, type_sql=kind.sql(), nullable=explicit_null is not False, **values)  # type: ignore[arg-type]


def explicitly_nullable(cursor: TokenCursor, name: str) -> bool:
    """Whether the statement says `NULL` (not `NOT NULL`) for a column; PRIMARY KEY refuses it, silence is fine."""
    tokens = cursor.tokens
    for index, token in enumerate(tokens):
        if token.text.lower() == name.lower() and index + 1 < len(tokens):
            depth = 0
            for back, other in enumerate(tokens[index + 1 :], index + 1):
                depth += {"(": 1, ")": -1}.get(other.text, 0)
                if depth < 0 or (depth == 0 and other.text == ","):
                    break
                if other.token_type == TokenType.NULL:
                    return tokens[back - 1].text.upper() not in ("NOT", "DEFAULT")
            return False
    return False


def _parse_default(cursor: TokenCursor) -> tuple[str | None, str]:
    token = cursor.peek()
    if token is not None and token.token_type == TokenType.STRING:
        return cursor.string(), "literal"
    if cursor.match("NULL"):
        return None, "literal"
    if cursor.match("CURRENT_TIMESTAMP"):
        if cursor.at("("):
            cursor.parenthesised()
        return "CURRENT_TIMESTAMP", "function"
    if cursor.at("("):
        inner = cursor.text_of(cursor.parenthesised()).lower().replace(" ", "")
        if inner in ("uuid()", "uuid_numeric()"):
            return inner, "function"
    raise cursor.refuse("a string, NULL, CURRENT_TIMESTAMP, (uuid())")


def _parse_generated(cursor: TokenCursor) -> str:
    start, depth = cursor.position, 0
    while not cursor.done:
        text = cursor.word()
        if depth == 0 and text in (",", ")", "COMMENT", "FIRST", "AFTER"):
            break
        depth += {"(": 1, ")": -1}.get(text, 0)
        cursor.next()
    return cursor.text_of(cursor.tokens[start : cursor.position])


def parse_clauses(cursor: TokenCursor, draft: TableDraft) -> None:
    """Read the clauses between the column list and the query, in the one order StarRocks allows."""
    if cursor.match("ENGINE"):
        cursor.match("=")
        draft.engine = cursor.identifier().upper()
    if word := cursor.match_any("DUPLICATE", "PRIMARY", "UNIQUE", "AGGREGATE"):
        cursor.expect("KEY")
        draft.model, draft.keys = word, cursor.names()
    if cursor.match("COMMENT"):
        draft.comment = cursor.string()
    if cursor.match("PARTITION", "BY"):
        draft.partition = parse_partition_by(cursor)
    _parse_distribution(cursor, draft)
    if cursor.match("ROLLUP"):
        raise Unsupported("ROLLUP")
    if cursor.match("ORDER", "BY"):
        draft.order_by = cursor.names()
    parse_properties(cursor, draft)


def _parse_distribution(cursor: TokenCursor, draft: TableDraft) -> None:
    if not cursor.match("DISTRIBUTED", "BY"):
        return
    if cursor.match("HASH"):
        draft.distribution, draft.distribution_columns = "HASH", cursor.names()
    else:
        cursor.expect("RANDOM")
        draft.distribution = "RANDOM"
    if cursor.match("BUCKETS"):
        draft.buckets = cursor.number()


def parse_properties(cursor: TokenCursor, draft: TableDraft) -> None:
    """Read PROPERTIES ("key" = "value", ...); an empty list is a syntax error."""
    if not cursor.match("PROPERTIES"):
        return
    draft.properties.update(read_properties(cursor))


def read_properties(cursor: TokenCursor) -> dict[str, str]:
    """Read the parenthesised part of PROPERTIES."""
    found: dict[str, str] = {}
    cursor.expect("(")
    while True:
        token = cursor.next()
        if token.token_type not in (TokenType.STRING, TokenType.VAR, TokenType.IDENTIFIER):
            cursor.position -= 1
            raise cursor.refuse("a property name")
        cursor.expect("=")
        found[token.text] = cursor.next().text
        if not cursor.match(","):
            break
    cursor.expect(")")
    return found
