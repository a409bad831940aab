"""Reads a StarRocks type from SQL, with StarRocks' defaults and limits."""

from __future__ import annotations

from sqlglot.tokenizer_core import Token, TokenType

from retail_platform.starrocks.embedded.errors import AnalysisError, Unsupported
from retail_platform.starrocks.embedded.lexer import TokenCursor, split_statements
from retail_platform.starrocks.embedded.types import MAX_VARCHAR, STRING, STRING_LENGTH, StarRocksType

_SIMPLE = {
    "BOOLEAN": "BOOLEAN",
    "BOOL": "BOOLEAN",
    "TINYINT": "TINYINT",
    "SMALLINT": "SMALLINT",
    "INT": "INT",
    "INTEGER": "INT",
    "BIGINT": "BIGINT",
    "LARGEINT": "LARGEINT",
    "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE",
    "DATE": "DATE",
    "DATETIME": "DATETIME",
    "JSON": "JSON",
    "TIME": "TIME",
}
_DECIMALS = {"DECIMAL": 38, "DECIMALV2": 27, "DECIMAL32": 9, "DECIMAL64": 18, "DECIMAL128": 38, "NUMERIC": 38}
_UNSTORABLE = {"HLL", "BITMAP", "PERCENTILE", "VARIANT"}


def parse_type(cursor: TokenCursor) -> StarRocksType:
    """Read one type; refuses what StarRocks does not know."""
    word = cursor.word()
    if word in _SIMPLE:
        cursor.next()
        if word in ("TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "LARGEINT") and cursor.at("("):
            cursor.parenthesised()  # the display width of MySQL, without meaning in both systems
        return StarRocksType(_SIMPLE[word])
    if word in _DECIMALS:
        return _decimal(cursor)
    if word in ("VARCHAR", "CHAR", "CHARACTER", "STRING", "TEXT"):
        return _string(cursor)
    if word in ("VARBINARY", "BINARY"):
        cursor.next()
        return StarRocksType("VARBINARY", length=_length(cursor))
    if word in ("ARRAY", "MAP", "STRUCT"):
        return _nested(cursor)
    if word in _UNSTORABLE:
        raise Unsupported(f"type {word}")
    raise cursor.refuse("a legal type")


def parse_type_text(text: str) -> StarRocksType:
    """Read a type from text, such as the stored form of a column's type."""
    return parse_type(TokenCursor(split_statements(text)[0].tokens, text))


def _decimal(cursor: TokenCursor) -> StarRocksType:
    limit = _DECIMALS[cursor.next().text.upper()]
    precision, scale = 10, 0
    if cursor.match("("):
        precision = cursor.number()
        scale = cursor.number() if cursor.match(",") else 0
        cursor.expect(")")
    if not 1 <= precision <= limit:
        raise AnalysisError(f"DECIMAL's precision should range from 1 to {limit}")
    if scale > precision:
        raise AnalysisError(f"DECIMAL(P[,S]) type P must be greater than or equal to the value of S (P={precision})")
    return StarRocksType("DECIMAL", precision=precision, scale=scale)


def _length(cursor: TokenCursor) -> int | None:
    if not cursor.match("("):
        return None
    length = None if cursor.match("*") else cursor.number()
    cursor.expect(")")
    return length


def _string(cursor: TokenCursor) -> StarRocksType:
    word = cursor.next().text.upper()
    if word in ("STRING", "TEXT"):
        length = _length(cursor)
        return STRING if length is None else StarRocksType("VARCHAR", length=length)
    wildcard = cursor.at("(", "*")
    length = _length(cursor)
    if word == "VARCHAR":
        length = (MAX_VARCHAR if wildcard else 1) if length is None else length
        if not 1 <= length <= MAX_VARCHAR:
            raise AnalysisError(f"Varchar size must be <= {MAX_VARCHAR}: {length}")
        return StarRocksType("VARCHAR", length=length)
    length = 1 if length is None else length
    if not 1 <= length <= 255:
        raise AnalysisError(f"Char size must be <= 255: {length}")
    return StarRocksType("CHAR", length=length)


def _nested(cursor: TokenCursor) -> StarRocksType:
    kind = cursor.next().text.upper()
    cursor.expect("<")
    names: list[str] = []
    children: list[StarRocksType] = []
    while True:
        if kind == "STRUCT":
            names.append(cursor.identifier("a field name"))
            cursor.match(":")
        children.append(parse_type(cursor))
        if not cursor.match(","):
            break
    _close_angle(cursor)
    if len(children) != {"ARRAY": 1, "MAP": 2}.get(kind, len(children)):
        raise cursor.refuse("a legal type")
    return StarRocksType(kind, children=tuple(children), fields=tuple(names))


def _close_angle(cursor: TokenCursor) -> None:
    """`array<array<int>>` is read by the tokenizer with one `>>` at its end: give half of it back."""
    token = cursor.peek()
    if token is not None and token.text == ">>":
        half = Token(TokenType.GT, ">", token.line, token.col, token.start, token.end)
        cursor.tokens = [*cursor.tokens[: cursor.position], half, half, *cursor.tokens[cursor.position + 1 :]]
    cursor.expect(">")


def cast_length(kind: StarRocksType) -> int:
    """The length StarRocks gives a string type that was inferred."""
    return kind.length or STRING_LENGTH
