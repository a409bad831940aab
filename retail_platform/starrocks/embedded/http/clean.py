"""The straight way of clean rows: every value is cast once, and one question says whether any row needs a second look.

Where this gives a value it is the one that :mod:`retail_platform.starrocks.embedded.conversion` gives; where that one
would complain, put NULL or take a special path, the question is answered with yes and the caller takes the long way.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retail_platform.starrocks.embedded import writing
from retail_platform.starrocks.embedded.conversion import convert, first_complaint
from retail_platform.starrocks.embedded.engine import WriteUnit, quote
from retail_platform.starrocks.embedded.http.plan import Plan
from retail_platform.starrocks.embedded.model import Column
from retail_platform.starrocks.embedded.types import STRING, StarRocksType

_WHOLE = {"TINYINT", "SMALLINT", "INT", "BIGINT", "LARGEINT"}
# What DuckDB's readers read as a cast would. The one for CSV takes 1_000 and a date with half a time behind it; the one
# for JSON has doubles for numbers, and rounds them differently. See test_clean_loads.
_READ_AS_THEY_ARE: dict[str, set[str]] = {"csv": set(), "json": {"DATE", "DATETIME"}}
# A day that the reader may have made of a word (epoch, infinity) or of a year before our time.
_SUSPECT = "({0} = DATE '1970-01-01' OR {0} NOT BETWEEN DATE '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999')"
# Where the macros of the conversion look twice at a text.
_PLAIN = dict.fromkeys(_WHOLE, "is_whole") | {"DATE": "is_time", "DATETIME": "is_time", "DECIMAL": "is_number"}


@dataclass(frozen=True)
class _Value:
    """SQL of a column's value, and of the conditions under which it may be wrong."""

    sql: str
    doubts: tuple[str, ...]


def insertion(unit: WriteUnit, plan: Plan, body: Path) -> str:
    """SQL that inserts a body's rows; it fails where a row isn't clean.

    Raises:
        BadBody: The body as a whole is unreadable.
    """
    relation = plan.relation(body, lines=True, fields=_fields(plan))
    kinds = plan.kinds(unit, relation)
    values = [_value(plan, column, f"r.{quote(name)}", kinds[name.lower()]) for column, name in plan.targets]
    items = [f"{value.sql} AS {quote(column.name)}" for value, (column, _) in zip(values, plan.targets, strict=True)]
    doubts = " OR ".join(doubt for value in values for doubt in value.doubts) or "FALSE"
    listed = writing.columns_sql(plan.table.columns)
    return (
        f"INSERT INTO data.{plan.table.storage} ({listed}) SELECT {listed} FROM"
        f" (SELECT {', '.join([*items, *plan.defaults(unit)])} FROM ({relation}) AS r"
        f" WHERE CASE WHEN {doubts} THEN CAST(error('not clean') AS BOOLEAN) ELSE TRUE END)"
    )


def _fields(plan: Plan) -> dict[str, StarRocksType]:
    """The body's fields, in their column's type where the reader can be trusted with it."""
    options = plan.options
    if options.jsonpaths or options.json_root or options.trim_space:
        return plan.fields
    readable = _READ_AS_THEY_ARE[options.format]
    computed = " ".join(column.expression or "" for column in plan.computed).lower()
    fields = dict(plan.fields)
    for column, name in plan.targets:
        if fields.get(name) == STRING and column.type.name in readable and name.lower() not in computed:
            fields[name] = column.type
    return fields


def _value(plan: Plan, column: Column, raw: str, kind: StarRocksType) -> _Value:
    missing = () if column.nullable else (f"{raw} IS NULL",)
    target = column.type
    if kind.is_string and target.is_string:
        long = () if target.length is None else (f"strlen({raw}) > {target.length}",)
        return _Value(raw, (*long, *missing))
    if kind.duckdb() == target.duckdb() and not kind.is_string and not kind.is_nested and kind.name != "JSON":
        suspect = (_SUSPECT.format(raw),) if target.name in ("DATE", "DATETIME") else ()
        return _Value(raw, (*suspect, *missing))
    if kind.is_string and target.name in _PLAIN:
        return _Value(f"CAST({raw} AS {target.duckdb()})", (f"NOT {_PLAIN[target.name]}({raw})", *missing))
    value = convert(column, raw, kind, strict=plan.options.strict, stored="").value
    complaints = convert(column, raw, kind, strict=plan.options.strict, stored=f"({value})").complaints
    return _Value(value, (f"{first_complaint(complaints)} IS NOT NULL",) if complaints else ())
