"""Number arrays to Polars columns, fast: ids, money, moments, picks from small tables.

Shared by everything that assembles a frame; knows nothing of retail beyond the contracts' types.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from retail_platform.contracts import contract_for
from retail_platform.generation.calendar import DAY_MS
from retail_platform.generation.randomness import I64

EPOCH_ORDINAL = 719_163  # 1970-01-01
_DIGITS = 4
_NARROW = 4096
_MONEY = pl.Decimal(14, 2)
_MONEY_BITS = 16
_MONEY_LOW = 1 << _MONEY_BITS
_FOUR_DIGITS = np.array([b"%04d" % i for i in range(10_000)]).view(np.uint32)


def digits(numbers: I64, width: int) -> npt.NDArray[np.uint8]:
    """The numbers as zero-padded ASCII digits, shape (len(numbers), width)."""
    groups = -(-width // _DIGITS)
    text = np.empty((len(numbers), groups), dtype=_FOUR_DIGITS.dtype)
    rest = numbers.astype(np.uint32)  # ids have nine digits at most
    for group in range(groups - 1, 0, -1):
        above = rest // np.uint32(10_000)
        text[:, group] = _FOUR_DIGITS[rest - above * np.uint32(10_000)]
        rest = above
    text[:, 0] = _FOUR_DIGITS[rest]
    return text.view(np.uint8)[:, groups * _DIGITS - width :]


def rising(numbers: I64) -> I64:
    """The numbers, which are above 0, sorted and each once; for few of them sooner than by numpy's hash table."""
    ordered = np.sort(numbers.astype(np.int32))  # ids have nine digits at most; 64 bits take twice as long
    return ordered[np.diff(ordered, prepend=0) > 0].astype(np.int64)


def distinct(numbers: npt.NDArray[np.integer]) -> tuple[I64, I64]:
    """The distinct values of at least one integer, rising, and each element's position among them."""
    low, high = int(numbers.min()), int(numbers.max())
    if high - low > 4 * len(numbers) + _NARROW:
        values, position = np.unique(numbers, return_inverse=True)
        return values.astype(np.int64), position
    # a narrow range needs no sorting
    offset = (numbers - low).astype(np.int64)
    present = np.bincount(offset) > 0
    return np.flatnonzero(present) + low, (np.cumsum(present) - 1)[offset]


def slices(ends: I64) -> list[slice]:
    """The stretches that end at some rising places, from the first row on."""
    places = [0, *ends.tolist()]
    return [slice(start, end) for start, end in itertools.pairwise(places)]


def text_column(parts: Sequence[bytes | npt.NDArray[np.uint8]], count: int) -> pl.Series:
    """ASCII text of one width from constant and per-row parts."""
    width = sum(len(part) if isinstance(part, bytes) else part.shape[1] for part in parts)
    matrix = np.empty((count, width), dtype=np.uint8)
    start = 0
    for part in parts:
        size = len(part) if isinstance(part, bytes) else part.shape[1]
        matrix[:, start : start + size] = np.frombuffer(part, dtype=np.uint8) if isinstance(part, bytes) else part
        start += size
    # through lists of bytes, because of an array of fixed-width strings Polars would make a Python object for each
    return pl.Series(matrix, dtype=pl.Array(pl.UInt8, width)).cast(pl.List(pl.UInt8)).cast(pl.Binary).cast(pl.String)


def id_column(prefix: str, numbers: I64, width: int) -> pl.Series:
    """Ids such as ``C000000017``; a number of 0 or less gives null."""
    column = text_column([prefix.encode(), digits(np.maximum(numbers, 0), width)], len(numbers))
    missing = numbers <= 0
    if missing.any():
        return column.zip_with(pl.Series(~missing), pl.Series([None], dtype=pl.String))
    return column


def money(cents: npt.NDArray[np.integer]) -> pl.Series:
    """Hundredths as decimals with two places.

    Looked up: Polars multiplies and divides 128-bit integers for every decimal it makes, which took a sixth of the
    time of a day. Two tables are enough for what a line or an order costs.
    """
    if not len(cents) or int(cents.min()) < 0 or int(cents.max()) >= _MONEY_LOW << _MONEY_BITS:
        return (pl.Series(cents, dtype=pl.Int64).cast(pl.Decimal(16, 2)) / 100).cast(_MONEY)
    low, high = _money_tables()
    column = pick(low, cents & (_MONEY_LOW - 1))
    above = cents >> _MONEY_BITS
    return (column + pick(high, above)).cast(_MONEY) if above.any() else column


@lru_cache(maxsize=1)
def _money_tables() -> tuple[pl.Series, pl.Series]:
    """The decimals of 0, 1, 2, ... hundredths, and those of the multiples of their count."""
    numbers = np.arange(_MONEY_LOW, dtype=np.int64)
    low, high = ((pl.Series(n).cast(pl.Decimal(16, 2)) / 100).cast(_MONEY) for n in (numbers, numbers << _MONEY_BITS))
    return low, high


def moments(day: int | I64, milliseconds: I64) -> pl.Series:
    """UTC timestamps from ordinals and milliseconds after midnight."""
    since_epoch = (np.asarray(day, dtype=np.int64) - EPOCH_ORDINAL) * DAY_MS + milliseconds
    return pl.Series(since_epoch * 1000, dtype=pl.Int64).cast(pl.Datetime("us"))


def dates(days: I64) -> pl.Series:
    """Dates from ordinals; an ordinal of 0 gives null."""
    column = pl.Series((days - EPOCH_ORDINAL).astype(np.int32), dtype=pl.Int32).cast(pl.Date)
    return column.zip_with(pl.Series(days > 0), pl.Series([None], dtype=pl.Date))


def pick(table: pl.Series, index: npt.NDArray[np.integer]) -> pl.Series:
    """Rows of a small table."""
    # indexing is gather() without a query, which would cost a small column more than the rows do
    return table[pl.Series(index.astype(np.uint32))]


def pick_text(table: Sequence[str | None], index: npt.NDArray[np.integer]) -> pl.Series:
    """Words of a small table."""
    return pick(_words(tuple(table)), index)


@lru_cache(maxsize=64)
def _words(table: tuple[str | None, ...]) -> pl.Series:
    return pl.Series(table, dtype=pl.String)


def frame(feed: str, data: Mapping[str, pl.Series]) -> pl.DataFrame:
    """A feed's columns in contract order; their types must be the contract's already."""
    return pl.DataFrame([data[name].alias(name) for name in contract_for(feed).column_names])


@lru_cache(maxsize=64)
def empty(feed: str) -> pl.DataFrame:
    """A feed without rows."""
    return pl.DataFrame(schema=contract_for(feed).polars_schema)
