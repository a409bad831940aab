"""The straight way of clean rows: every value is cast once, and one question says whether any row needs a second look.

Where this gives a value it is the one that :mod:`retail_platform.starrocks.embedded.conversion` gives; where that one
would complain, put NULL or take a special path, the question is answered with yes and the caller takes the long way.
A question may be too strict (007 is a number), never too lax; it is asked about the value, which costs less than about
the text: see test_clean_loads.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retail_platform.starrocks.embedded import writing
from retail_platform.starrocks.embedded.conversion import convert, first_complaint
from retail_platform.starrocks.embedded.engine import WriteUnit, quote
from retail_platform.starrocks.embedded.http import source
from retail_platform.starrocks.embedded.http.plan import RAW, Plan
from retail_platform.starrocks.embedded.model import Column
from retail_platform.starrocks.embedded.types import FLOATS, INTEGERS, STRING, StarRocksType

_DOUBLE = StarRocksType("DOUBLE")
_MAX_EXACT = (1 << 53) - 1  # larger whole numbers may have become others as doubles
_DIGITS = 15  # a decimal number of so many digits survives as a double
# Calendar days that StarRocks has, but for the first thousand years: to DuckDB a year of two digits, which StarRocks
# doesn't take, is one of them. The reader of JSON makes the first of 1970 of the word epoch.
_NO_DAY = "{0} NOT BETWEEN DATE '1000-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999'"
_READ_NO_DAY = "{0} = DATE '1970-01-01' OR " + _NO_DAY


@dataclass(frozen=True)
class _Value:
    """SQL of a column's value, and of the conditions under which it may be wrong, in terms of the stored column."""

    sql: str
    doubts: tuple[str, ...]


def insertion(unit: WriteUnit, plan: Plan, body: Path, *, words: bool) -> str:
    """SQL that inserts a body's rows; it fails where a row isn't clean.

    With `words`, text columns take JSON's strings as the reader has them, which is quicker; true and false, which may
    be booleans, aren't clean then. In a body without booleans numbers are taken as the reader has them, too.

    Raises:
        BadBody: The body as a whole is unreadable.
    """
    typed = _read_by_type(plan)
    booleans = not (typed and words) or source.may_have_booleans(body)
    fields = _fields(plan, words=words, booleans=booleans) if typed else plan.fields
    relation = plan.relation(body, lines=True, fields=fields, quick=True)
    kinds = plan.kinds(unit, relation)
    items, doubts = [], list[str]()
    for index, (column, name) in enumerate(plan.targets):
        raw, stored = f"{RAW}{index}", quote(column.name)
        value = _value(plan, column, f"r.{quote(name)}", raw, kinds[name.lower()])
        items += [f"{value.sql} AS {stored}", f"r.{quote(name)} AS {raw}"]
        doubts += value.doubts if column.nullable else (*value.doubts, f"{stored} IS NULL")
        if booleans and column.type.is_string and plan.fields.get(name) == source.TEXT != fields[name]:
            doubts.append(f"{stored} IN ('true', 'false')")
    listed = [quote(column.name) for column in plan.table.columns if not column.generated]
    # The question is part of a column, not a WHERE: DuckDB would cast every value once more to answer that.
    first = f"CASE WHEN {' OR '.join(doubts) or 'FALSE'} THEN error('not clean') ELSE {listed[0]} END"
    return (
        f"INSERT INTO data.{plan.table.storage} ({writing.columns_sql(plan.table.columns)})"
        f" SELECT {', '.join([first, *listed[1:]])}"
        f" FROM (SELECT {', '.join([*items, *plan.defaults(unit)])} FROM ({relation}) AS r)"
    )


def _read_by_type(plan: Plan) -> bool:
    """Whether the reader can be trusted with the types of a body's fields.

    That of CSV can't be: it takes 1_000, and a date with half a time behind it.
    """
    options = plan.options
    return options.format == "json" and not (options.jsonpaths or options.json_root)


def _fields(plan: Plan, *, words: bool, booleans: bool) -> dict[str, StarRocksType]:
    """A JSON body's fields, in a type in which the reader can be trusted with them."""
    computed = " ".join(column.expression or "" for column in plan.computed).lower()
    fields = dict(plan.fields)
    for column, name in plan.targets:
        readable = STRING if words and column.type.is_string else _readable(column.type, booleans=booleans)
        if readable is not None and name in fields and name.lower() not in computed:
            fields[name] = readable
    return fields


def _readable(kind: StarRocksType, *, booleans: bool) -> StarRocksType | None:
    """The type in which the reader of JSON is trusted with a column's values; it would round whole numbers."""
    if kind.name in ("DATE", "DATETIME"):
        return kind
    if not booleans and kind.name in source.NUMBERS:
        return _DOUBLE
    if kind.name in INTEGERS:
        return STRING
    return _DOUBLE if kind.name == "DECIMAL" and (kind.precision or 0) <= _DIGITS else None


def _value(plan: Plan, column: Column, raw: str, kept: str, kind: StarRocksType) -> _Value:
    """How a raw expression, `kept` beside the value, becomes a column's value."""
    target, stored = column.type, quote(column.name)
    if kind.is_string and target.is_string:
        return _Value(raw, () if target.length is None else (f"strlen({stored}) > {target.length}",))
    if kind.name == target.name and kind.name in ("DATE", "DATETIME"):
        return _Value(raw, (_READ_NO_DAY.format(stored),))
    doubt = _doubt(target, stored, kept, kind)
    if doubt is not None:
        through = "DOUBLE" if target.name == "FLOAT" else target.duckdb()
        return _Value(f"CAST(CAST({raw} AS {through}) AS {target.duckdb()})", (doubt,))
    conversion = convert(column, raw, kind, strict=plan.options.strict, stored=stored)
    complaints = convert(column, kept, kind, strict=plan.options.strict, stored=stored).complaints
    return _Value(conversion.value, (f"{first_complaint(complaints)} IS NOT NULL",) if complaints else ())


def _doubt(target: StarRocksType, stored: str, kept: str, kind: StarRocksType) -> str | None:
    """When a plain cast may not be what the conversion makes of a value; None where that isn't known."""
    if kind == _DOUBLE and target.name == "DECIMAL":
        # Far enough from the middle of two values, a double and its text round to the same one.
        scaled = f"{kept} * 1e{target.scale}"
        return f"abs({scaled} - round({scaled})) > 0.25"
    if kind == _DOUBLE and target.name in INTEGERS:
        fraction = f"CAST({stored} AS DOUBLE) <> {kept}"
        return f"{fraction} OR abs({kept}) > {_MAX_EXACT}" if target.name == "BIGINT" else fraction
    if kind == _DOUBLE and target.name in FLOATS:
        return f"NOT isfinite({stored})"
    doubts = {
        **dict.fromkeys(INTEGERS, f"CAST({stored} AS VARCHAR) <> {kept}"),
        **dict.fromkeys(FLOATS, f"contains({kept}, '_') OR NOT isfinite({stored})"),
        **dict.fromkeys(("DATE", "DATETIME"), f"NOT {kept} BETWEEN '0' AND ':' OR {_NO_DAY.format(stored)}"),
        "DECIMAL": f"contains({kept}, '_')",
    }
    return doubts.get(target.name) if kind.is_string else None
