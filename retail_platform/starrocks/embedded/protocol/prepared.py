"""Prepared statements: where the placeholders are, and parameters as SQL literals.

StarRocks' own protocol binds values on the server; here a value becomes a literal in the place of its question mark,
written so that no value can end its literal.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from mysql_mimic.types import ColumnType, read_str_len, read_uint_1, read_uint_2, read_uint_4, read_uint_len
from sqlglot.tokenizer_core import TokenType

from retail_platform.starrocks.embedded.errors import ErrorKind, StarRocksError
from retail_platform.starrocks.embedded.lexer import split_statements

_STRINGS = {
    ColumnType.VARCHAR, ColumnType.VAR_STRING, ColumnType.STRING, ColumnType.BLOB, ColumnType.TINY_BLOB,
    ColumnType.MEDIUM_BLOB, ColumnType.LONG_BLOB, ColumnType.JSON, ColumnType.ENUM, ColumnType.SET,
}  # fmt: skip
_NUMBERS = {
    ColumnType.TINY: ("<b", "<B"),
    ColumnType.BOOL: ("<b", "<B"),
    ColumnType.SHORT: ("<h", "<H"),
    ColumnType.YEAR: ("<h", "<H"),
    ColumnType.LONG: ("<i", "<I"),
    ColumnType.INT24: ("<i", "<I"),
    ColumnType.LONGLONG: ("<q", "<Q"),
    ColumnType.FLOAT: ("<f", "<f"),
    ColumnType.DOUBLE: ("<d", "<d"),
}


@dataclass
class Prepared:
    """One prepared statement of a connection."""

    id: int
    sql: str
    places: list[int]
    types: list[tuple[ColumnType, bool]] = field(default_factory=list)
    long_data: dict[int, bytearray] = field(default_factory=dict)

    @classmethod
    def parse(cls, id_: int, sql: str) -> Prepared:
        """Find the placeholders of a statement."""
        places = [
            token.start
            for statement in split_statements(sql)
            for token in statement.tokens
            if token.token_type == TokenType.PLACEHOLDER
        ]
        return cls(id=id_, sql=sql, places=places)

    def bound(self, literals: list[str]) -> str:
        """The statement with literals in the placeholders' places."""
        pieces, end = [], 0
        for place, literal in zip(self.places, literals, strict=True):
            pieces += [self.sql[end:place], literal]
            end = place + 1
        return "".join([*pieces, self.sql[end:]])


def read_execute(data: bytes, find: Callable[[int], Prepared], *, with_attributes: bool) -> tuple[Prepared, str]:
    """The statement and the bound SQL of a COM_STMT_EXECUTE packet."""
    reader = io.BytesIO(data)
    statement = find(read_uint_4(reader))
    flags = read_uint_1(reader)
    read_uint_4(reader)
    count = len(statement.places)
    if with_attributes and (count or flags & 0x08):
        count = read_uint_len(reader)
    if not count:
        return statement, statement.sql
    nulls = reader.read((count + 7) // 8)
    if read_uint_1(reader):
        statement.types = []
        for _ in range(count):
            kind, unsigned = ColumnType(read_uint_1(reader)), bool(read_uint_1(reader) & 0x80)
            if with_attributes:
                read_str_len(reader)
            statement.types.append((kind, unsigned))
    literals = []
    for index, (kind, unsigned) in enumerate(statement.types):
        if nulls[index // 8] & (1 << index % 8):
            literals.append("NULL")
        elif index in statement.long_data:
            literals.append(quoted(bytes(statement.long_data[index]).decode()))
        else:
            literals.append(_literal(reader, kind, unsigned=unsigned))
    statement.long_data = {}
    return statement, statement.bound(literals[: len(statement.places)])


def quoted(text: str) -> str:
    """A string literal of StarRocks SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _literal(reader: io.BytesIO, kind: ColumnType, *, unsigned: bool) -> str:
    if kind in _STRINGS:
        return quoted(read_str_len(reader).decode())
    if kind in (ColumnType.DECIMAL, ColumnType.NEWDECIMAL):
        text = read_str_len(reader).decode()
        return text if text.replace(".", "", 1).lstrip("-").isdigit() else quoted(text)
    if kind in _NUMBERS:
        pattern = _NUMBERS[kind][unsigned]
        (value,) = struct.unpack(pattern, reader.read(struct.calcsize(pattern)))
        return repr(value)
    if kind in (ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIMESTAMP):
        return _moment(reader, kind)
    if kind == ColumnType.TIME:
        return _time(reader)
    if kind == ColumnType.NULL:
        return "NULL"
    raise StarRocksError(f"Unsupported parameter type: {kind.name}", ErrorKind.PREPARED_UNSUPPORTED)


def _moment(reader: io.BytesIO, kind: ColumnType) -> str:
    length = read_uint_1(reader)
    year = month = day = hour = minute = second = micro = 0
    if length >= 4:
        year, month, day = read_uint_2(reader), read_uint_1(reader), read_uint_1(reader)
    if length >= 7:
        hour, minute, second = read_uint_1(reader), read_uint_1(reader), read_uint_1(reader)
    if length >= 11:
        micro = read_uint_4(reader)
    text = f"{year:04}-{month:02}-{day:02}"
    if kind != ColumnType.DATE:
        text += f" {hour:02}:{minute:02}:{second:02}" + (f".{micro:06}" if micro else "")
    return f"'{text}'"


def _time(reader: io.BytesIO) -> str:
    length = read_uint_1(reader)
    if not length:
        return "'00:00:00'"
    negative, days = read_uint_1(reader), read_uint_4(reader)
    hour, minute, second = read_uint_1(reader), read_uint_1(reader), read_uint_1(reader)
    micro = read_uint_4(reader) if length >= 12 else 0
    text = f"{'-' if negative else ''}{days * 24 + hour:02}:{minute:02}:{second:02}" + (f".{micro:06}" if micro else "")
    return f"'{text}'"
