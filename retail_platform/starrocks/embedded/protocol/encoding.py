"""Values on the wire: how each StarRocks type is written in MySQL's text and binary rows."""

from __future__ import annotations

import base64
import datetime
import json
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from mysql_mimic.charset import CharacterSet
from mysql_mimic.packets import make_column_definition_41
from mysql_mimic.results import ResultColumn as WireColumn
from mysql_mimic.types import ColumnDefinition, ColumnType

from retail_platform.starrocks.embedded.results import ResultColumn

_NUMERIC = {
    ColumnType.TINY,
    ColumnType.SHORT,
    ColumnType.LONG,
    ColumnType.LONGLONG,
    ColumnType.FLOAT,
    ColumnType.DOUBLE,
    ColumnType.NEWDECIMAL,
    ColumnType.DATE,
    ColumnType.DATETIME,
    ColumnType.TIME,
}
_INTEGER_FORMATS = {"BOOLEAN": "<b", "TINYINT": "<b", "SMALLINT": "<h", "INT": "<i", "BIGINT": "<q"}
_LENGTHS = {"BOOLEAN": 1, "TINYINT": 4, "SMALLINT": 6, "INT": 11, "BIGINT": 20, "FLOAT": 12, "DOUBLE": 22, "DATE": 10}


def _decimal(_column: object, value: object) -> bytes:
    text = str(value)
    return (format(value, "f") if "E" in text else text).encode()


def _float(_column: object, value: object) -> bytes:
    text = repr(value)
    return text.removesuffix(".0").encode()


def _json(_column: object, value: object) -> bytes:
    """JSON as StarRocks prints it: keys in alphabetical order, a space after colons and commas."""
    return json.dumps(json.loads(str(value)), sort_keys=True, ensure_ascii=False, separators=(", ", ": ")).encode()


def _plain(value: object) -> object:  # noqa: PLR0911 - one line per type
    if isinstance(value, dict):
        if set(value) == {"key", "value"} and isinstance(value["key"], list):
            return {str(k): _plain(v) for k, v in zip(value["key"], value["value"], strict=True)}
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (datetime.date, datetime.datetime, datetime.time)):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, bool):
        return int(value)
    return value


def _nested(_column: object, value: object) -> bytes:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")).encode()


def _lenenc(encode: Callable[[object, object], bytes]) -> Callable[[object, object], bytes]:
    def binary(column: object, value: object) -> bytes:
        data = encode(column, value)
        if len(data) < 251:
            return bytes([len(data)]) + data
        if len(data) < 1 << 16:
            return b"\xfc" + struct.pack("<H", len(data)) + data
        if len(data) < 1 << 24:
            return b"\xfd" + struct.pack("<I", len(data))[:3] + data
        return b"\xfe" + struct.pack("<Q", len(data)) + data

    return binary


def _integer(pattern: str) -> Callable[[object, object], bytes]:
    packer = struct.Struct(pattern)
    return lambda _column, value: packer.pack(int(str(value)) if not isinstance(value, bool) else value)


def wire_column(column: ResultColumn) -> WireColumn:
    """The encoder of a result column."""
    name = column.type.name
    text: Any = None
    binary: Any = None
    if name == "DECIMAL":
        text, binary = _decimal, _lenenc(_decimal)
    elif name in ("FLOAT", "DOUBLE"):
        text = _float
    elif name == "JSON":
        text, binary = _json, _lenenc(_json)
    elif column.type.is_nested:
        text, binary = _nested, _lenenc(_nested)
    elif name in _INTEGER_FORMATS:
        binary = _integer(_INTEGER_FORMATS[name])
    return WireColumn(column.name, column.type.mysql(), text_encoder=text, binary_encoder=binary)


def definition(column: ResultColumn, *, listed: bool = False, default: str | None = None) -> bytes:
    """The column definition packet; with its default when it is listed for COM_FIELD_LIST."""
    kind = column.type.mysql()
    numeric = kind in _NUMERIC
    decimals = 0
    if column.type.name == "DECIMAL":
        decimals = column.type.scale or 0
    elif column.type.name in ("FLOAT", "DOUBLE"):
        decimals = 31
    length = _LENGTHS.get(column.type.name) or (column.type.length or column.type.precision or 255)
    packet: bytes = make_column_definition_41(
        server_charset=CharacterSet.utf8mb4,
        name=column.name,
        column_type=kind,
        character_set=CharacterSet.binary if numeric else CharacterSet.utf8,
        column_length=min(length, 2**31),
        flags=ColumnDefinition.BINARY_FLAG if numeric else ColumnDefinition(0),
        decimals=decimals,
        is_com_field_list=listed,
        default=default,
    )
    return packet
