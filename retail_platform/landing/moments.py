"""Moments → the text that JSON has of them, looked up.

Polars takes three times as long to write a moment as any other value, which made them a third of what encoding costs.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

_EPOCH, _LAST_DAY = date(1970, 1, 1), date(2100, 1, 1)
_DAY, _SECOND, _MILLISECOND = 86_400_000_000, 1_000_000, 1_000  # microseconds


def moments_as_text(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their moments as ``YYYY-MM-DD HH:MM:SS[.fff]``; a column with others than these stays as it is."""
    texts = [_text(column) for column in rows if column.dtype == pl.Datetime("us")]
    return rows.with_columns([text for text in texts if text is not None])


def _text(column: pl.Series) -> pl.Series | None:
    """None if they aren't whole milliseconds, or far away."""
    there = column.fill_null(_EPOCH) if column.null_count() else column
    moments: npt.NDArray[np.int64] = there.to_physical().to_numpy()
    days = moments // _DAY
    within = moments - days * _DAY
    seconds = within // _SECOND
    fractions = within - seconds * _SECOND
    milliseconds = fractions // _MILLISECOND
    if not len(days) or int(days.min()) < 0 or int(days.max()) >= (_LAST_DAY - _EPOCH).days:
        return None
    if (milliseconds * _MILLISECOND != fractions).any():
        return None
    pieces = [
        table[pl.Series(index.astype(np.uint32))].alias(name)
        for name, table, index in zip("dsf", _tables(), (days, seconds, milliseconds), strict=True)
    ]
    text = pl.DataFrame(pieces).select_seq(pl.concat_str(pl.all())).to_series().alias(column.name)
    return text.zip_with(column.is_not_null(), pl.Series([None], dtype=pl.String)) if column.null_count() else text


@lru_cache(maxsize=1)
def _tables() -> tuple[pl.Series, pl.Series, pl.Series]:
    """The days since 1970, the seconds of a day and the milliseconds of a second as text."""
    days = [f"{_EPOCH + timedelta(days=number)} " for number in range((_LAST_DAY - _EPOCH).days)]
    sixty = [f"{number:02}" for number in range(60)]
    times = [f"{hour}:{minute}:{second}" for hour in sixty[:24] for minute in sixty for second in sixty]
    fractions = ["", *(f".{number:03}" for number in range(1, 1_000))]
    return pl.Series(days), pl.Series(times), pl.Series(fractions)
