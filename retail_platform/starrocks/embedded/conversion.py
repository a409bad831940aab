"""From a value to a column: the conversion, and the words StarRocks uses when a value does not fit.

Both INSERT and Stream Load write through here. For every target column a :class:`Conversion` gives SQL for the stored
value and SQL for the complaint (NULL when there is none).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retail_platform.starrocks.embedded.engine import literal
from retail_platform.starrocks.embedded.model import Column
from retail_platform.starrocks.embedded.types import FLOATS, INTEGERS, StarRocksType

_WIDENING = {
    "BOOLEAN": {"TINYINT", "SMALLINT", "INT", "BIGINT", "LARGEINT"},
    "TINYINT": {"SMALLINT", "INT", "BIGINT", "LARGEINT", "FLOAT", "DOUBLE"},
    "SMALLINT": {"INT", "BIGINT", "LARGEINT", "FLOAT", "DOUBLE"},
    "INT": {"BIGINT", "LARGEINT", "DOUBLE"},
    "BIGINT": {"LARGEINT", "DOUBLE"},
    "FLOAT": {"DOUBLE"},
    "DATE": {"DATETIME"},
}


@dataclass(frozen=True)
class Conversion:
    """SQL of the stored value, and the complaints about it as WHEN branches (none: nothing can go wrong)."""

    value: str
    complaints: tuple[str, ...] = ()


def convert(column: Column, raw: str, source: StarRocksType, *, strict: bool, stored: str) -> Conversion:
    """How a raw SQL expression of some type becomes a value of a column.

    Strict: what does not fit is a complaint. Otherwise it silently becomes NULL, as in a non-strict load, and only
    NOT NULL complains. Complaints name the value as `stored`, so that it is converted once: DuckDB does not share
    common expressions with the branches of a CASE.
    """
    target = column.type
    complaints = []
    value = _converted(raw, source, target)
    if strict and _can_fail(source, target):
        complaints.append(f"WHEN {stored} IS NULL AND {raw} IS NOT NULL THEN {_misfit(column, raw)}")
    if target.is_string and target.length is not None and not _short_enough(source, target):
        text, value_before = _text(raw, source), value
        too_long = f"strlen({text}) > {target.length}"
        if strict:
            complaints.append(f"WHEN {too_long} THEN {_too_long(column, text)}")
        else:
            value = f"CASE WHEN {too_long} THEN NULL ELSE {value_before} END"
    if not column.nullable:
        complaints.append(f"WHEN {stored} IS NULL THEN {literal(_null_message(column))}")
    return Conversion(value, tuple(complaints))


def first_complaint(branches: Sequence[str]) -> str:
    """SQL of a row's first complaint, NULL for none."""
    return f"CASE {' '.join(branches)} END" if branches else "CAST(NULL AS VARCHAR)"


def _null_message(column: Column) -> str:
    return f"NULL value in non-nullable column '{column.name}'"


def _too_long(column: Column, text: str) -> str:
    return (
        f"'String ''' || {text} || '''(length=' || strlen({text}) || ') is too long. The max length of"
        f" ''{column.name}'' is {column.type.length}'"
    )


def _misfit(column: Column, raw: str) -> str:
    kind = {"DECIMAL": "Decimal"}.get(column.type.name, "Value")
    shown = column.type.sql().upper()
    return f"'{kind} ''' || CAST({raw} AS VARCHAR) || ''' is out of range. The type of ''{column.name}'' is {shown}'"


def _text(raw: str, source: StarRocksType) -> str:
    return raw if source.is_string else f"json_text({raw})" if source.name == "JSON" else f"sr_text({raw})"


def _same(source: StarRocksType, target: StarRocksType) -> bool:
    if source.name == "DECIMAL" and target.name == "DECIMAL":
        return source.duckdb() == target.duckdb()
    if source.is_nested or target.is_nested:
        return source.duckdb() == target.duckdb()
    return source.name == target.name or (source.is_string and target.is_string)


def _converted(raw: str, source: StarRocksType, target: StarRocksType) -> str:
    if source.name == "NULL_TYPE":
        return f"CAST(NULL AS {target.duckdb()})"
    if _same(source, target):
        return raw
    if target.name == "DECIMAL":
        cleaned = f"({raw}->>'$')" if source.name == "JSON" else f"number_text({raw})" if source.is_string else raw
        return f"TRY_CAST({cleaned} AS {target.duckdb()})"
    if target.is_nested:
        inner = f"CAST({raw} AS JSON)" if source.is_string else raw
        return f"TRY_CAST({inner} AS {target.duckdb()})"
    if target.name == "JSON":
        return f"sr_parse_json({raw})" if source.is_string else f"to_json({raw})"
    macro = {"CHAR": "varchar"}.get(target.name, target.name.lower())
    return f"sr_cast_{macro}({_scalar(raw, target) if source.name == 'JSON' else raw})"


def _scalar(raw: str, target: StarRocksType) -> str:
    """What is in a JSON value, see :mod:`rewrites.casts`."""
    if target.name in FLOATS:
        return f"json_flat({raw})"
    return f"json_cut({raw})" if target.name in (*INTEGERS, "BOOLEAN") else f"json_text({raw})"


def _can_fail(source: StarRocksType, target: StarRocksType) -> bool:
    if source.name == "NULL_TYPE" or _same(source, target):
        return False
    if target.is_string:
        return False
    return target.name not in _WIDENING.get(source.name, set())


def _short_enough(source: StarRocksType, target: StarRocksType) -> bool:
    widths = {
        "NULL_TYPE": 0,
        "TINYINT": 4,
        "SMALLINT": 6,
        "INT": 11,
        "BIGINT": 20,
        "LARGEINT": 40,
        "BOOLEAN": 1,
        "DATE": 10,
        "DATETIME": 26,
    }
    width = widths.get(source.name)
    return width is not None and target.length is not None and width <= target.length


def default_value(column: Column, now: str) -> str | None:
    """SQL of a column's default; None when it has none."""
    if column.default_kind == "function":
        if column.default == "CURRENT_TIMESTAMP":
            return f"CAST({literal(now)} AS {column.type.duckdb()})"
        return "CAST(uuid() AS VARCHAR)"
    if column.default is not None:
        return f"CAST({literal(column.default)} AS {column.type.duckdb()})"
    return f"CAST(NULL AS {column.type.duckdb()})" if column.nullable else None
