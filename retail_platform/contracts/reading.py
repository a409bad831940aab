"""Columns as they come → columns of the types a contract promises.

Files and careless senders bring numbers, dates and truth values as text. Each is read column by column; what can't be
read becomes null and is remembered, so that it is never mistaken for a value that was left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from retail_platform.contracts.model import ColumnSpec, Contract

_TRUTH = {"true": True, "t": True, "yes": True, "y": True, "1": True, "false": False, "f": False, "no": False,
          "n": False, "0": False}  # fmt: skip
# Places kept beyond those promised: enough to see that an amount has more of them than the contract allows.
_SPARE_PLACES = 6
_WIDEST = 38


@dataclass(frozen=True)
class Finding:
    """Something about a whole batch that isn't as promised.

    Attributes:
        column: The column it is about.
        rule: ``<column>|missing``, ``|extra`` or ``|type``.
        expected: The type promised, None for a column the contract doesn't know.
        found: The type that came, None for a column that didn't come.
    """

    column: str
    rule: str
    expected: str | None
    found: str | None


@dataclass(frozen=True)
class Reading:
    """A batch with the contract's columns and types.

    Attributes:
        frame: The columns of the contract, in its order, with its types.
        unreadable: Rule → which rows break it; only rules that some row breaks.
        findings: What differs about the columns themselves.
    """

    frame: pl.DataFrame
    unreadable: dict[str, pl.Series]
    findings: tuple[Finding, ...]


def read_columns(contract: Contract, frame: pl.DataFrame) -> Reading:
    """Bring a batch to the contract's columns and types.

    A value that isn't null but can't be read breaks ``<column>|dtype``; a mandatory column that didn't come breaks
    ``<column>|missing`` in every row, an optional one is empty.
    """
    if contract.is_shape_of(frame):
        return Reading(frame, {}, ())
    columns, unreadable, findings = [], {}, []
    for spec in contract.columns:
        if spec.name not in frame.columns:
            findings.append(Finding(spec.name, f"{spec.name}|missing", str(spec.dtype), None))
            columns.append(pl.repeat(None, frame.height, dtype=spec.dtype, eager=True).alias(spec.name))
            if not spec.nullable and frame.height:
                unreadable[f"{spec.name}|missing"] = pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
            continue
        came = frame.get_column(spec.name)
        column, broken = (came, None) if came.dtype == spec.dtype else _read(came, spec)
        columns.append(column.alias(spec.name))
        if broken is not None and broken.any():
            unreadable[f"{spec.name}|dtype"] = broken
        if came.dtype not in (spec.dtype, pl.Null):
            findings.append(Finding(spec.name, f"{spec.name}|type", str(spec.dtype), str(came.dtype)))
    promised = set(contract.column_names)
    for name in (n for n in frame.columns if n not in promised):
        findings.append(Finding(name, f"{name}|extra", None, str(frame.schema[name])))
    return Reading(pl.DataFrame(columns), unreadable, tuple(findings))


def _read(column: pl.Series, spec: ColumnSpec) -> tuple[pl.Series, pl.Series]:
    """A column in the promised type, and which of its values couldn't be read."""
    if column.dtype == pl.String:
        read = _from_text(column, spec.dtype)
    elif isinstance(spec.dtype, pl.Decimal):
        read = _from_text(column.cast(pl.String), spec.dtype)
    elif spec.dtype == pl.String or column.dtype.is_nested():
        read = column.cast(pl.String, strict=False) if not column.dtype.is_nested() else _nulls(column, spec.dtype)
    elif spec.dtype.is_integer() and column.dtype.is_float():
        # A fraction isn't a count; a whole number that came as a float is.
        read = pl.select(pl.when(column == column.round(0)).then(column.cast(spec.dtype, strict=False))).to_series()
    else:
        read = column.cast(spec.dtype, strict=False)
    return read, column.is_not_null() & read.is_null()


def _nulls(column: pl.Series, dtype: pl.DataType) -> pl.Series:
    return pl.repeat(None, column.len(), dtype=dtype, eager=True)


def _from_text(text: pl.Series, dtype: pl.DataType) -> pl.Series:
    if isinstance(dtype, pl.Decimal):
        return _decimal(text, dtype)
    if isinstance(dtype, pl.Datetime):
        return _moment(text, dtype)
    if dtype == pl.Date:
        return text.str.strip_chars().str.to_date("%Y-%m-%d", strict=False)
    if dtype == pl.Boolean:
        return text.str.strip_chars().str.to_lowercase().replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean)
    if dtype.is_integer():
        return text.str.strip_chars().str.to_integer(strict=False).cast(dtype, strict=False)
    return text.str.strip_chars().cast(dtype, strict=False)


def _decimal(text: pl.Series, dtype: pl.Decimal) -> pl.Series:
    """Exact or not at all: an amount with more places than promised isn't rounded behind the sender's back."""
    stripped = text.str.strip_chars()
    exact = stripped.cast(pl.Decimal(dtype.precision, dtype.scale), strict=False)
    finer = stripped.cast(pl.Decimal(_WIDEST, dtype.scale + _SPARE_PLACES), strict=False)
    return pl.select(pl.when(exact.cast(finer.dtype) == finer).then(exact)).to_series()


def _moment(text: pl.Series, dtype: pl.Datetime) -> pl.Series:
    """``YYYY-MM-DD HH:MM:SS[.f]``, or ISO 8601 with ``T``; with a zone it is converted to UTC, without it is UTC."""
    unit = dtype.time_unit
    read = text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit=unit)
    if (read.is_null() & text.is_not_null()).any():
        plain = text.str.strip_chars().str.replace(" ", "T", literal=True).str.replace(r"Z$", "")
        read = read.zip_with(
            read.is_not_null(), plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit=unit)
        )
        zoned = plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", strict=False, time_unit=unit).dt.replace_time_zone(None)
        read = read.zip_with(read.is_not_null(), zoned)
    return read
