"""Messy delivery on demand: clean frames in, frames as a careless sender would send them out, and the truth about it.

A layer on top of the generator that leaves it untouched. Which row gets which defect is a hash of (seed, feed, key,
day), so slices and re-runs agree, and a row gets at most one defect. Every defect goes into a ledger, the ground
truth against which contracts and checks can be scored. Works on any frames with the contracts' columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from retail_platform.contracts import Contract, contract_for
from retail_platform.contracts.feeds import CURRENCIES
from retail_platform.generation.randomness import I64, U64, bits, choice_table, draw, mix, scale, stream

LATE, DUPLICATE, NULL, BROKEN_TYPE, UNKNOWN_KEY = ROW_KINDS = (
    "late",
    "duplicate",
    "null",
    "broken_type",
    "unknown_key",
)
DRIFT = "schema_drift"
MAX_DELAY_DAYS = 8
LEDGER_SCHEMA: dict[str, pl.DataType] = {
    "table": pl.String(),
    "key": pl.String(),
    "column": pl.String(),
    "kind": pl.String(),
    "dt": pl.Date(),
    "original_value": pl.String(),
    "delivered_value": pl.String(),
    "arrives_on": pl.Date(),
}

_DELAYS = choice_table([0, 60, 18, 10, 0, 7, 0, 0, 5], 256)  # days late, of 256
_GARBAGE = ("n/a", "#REF!", "unknown", "-", "see note")
_ADDED_COLUMN = "source_system"
# id of nobody: the pattern is right, the number was never given out
_NOBODY = {"customers": ("C99999", 4), "products": ("P999", 3), "stores": ("S99", 2), "promotions": ("PR999", 3)}

Generate = Callable[[date], Mapping[str, pl.DataFrame]]


def _rate(description: str) -> float:
    return Field(default=0.0, ge=0.0, le=1.0, description=description)


class MessSettings(BaseModel):
    """How careless the sender is; every rate is a share from 0 to 1 and 0 unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=42, ge=0, lt=2**63, description="Seed of the defects, independent of the retailer's.")
    late_rate: float = _rate("Rows that arrive one to eight days after their day.")
    duplicate_rate: float = _rate("Rows delivered twice.")
    null_rate: float = _rate("Rows with an empty mandatory column.")
    broken_type_rate: float = _rate("Rows with text where a number, a date or a truth value belongs.")
    unknown_key_rate: float = _rate(
        "Rows that point to something that doesn't exist; feeds without references have none."
    )
    drift_rate: float = _rate("Feeds that arrive on a day with a column more, or with a column's type changed to text.")

    @model_validator(mode="after")
    def _rates_leave_clean_rows(self) -> Self:
        total = sum(self.row_rates())
        if total > 1.0:
            raise ValueError(f"the rates of row defects add up to {total:g}; a row has one defect, so at most 1")
        return self

    def row_rates(self) -> tuple[float, ...]:
        """Rates in the order of ``ROW_KINDS``."""
        return (self.late_rate, self.duplicate_rate, self.null_rate, self.broken_type_rate, self.unknown_key_rate)


def apply_mess(
    frames: Mapping[str, pl.DataFrame], settings: MessSettings, day: date
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """What arrives on a day of that day's rows.

    Args:
        frames: The day's rows, or those of a slice of it, by feed.
        settings: The rates.
        day: The day they belong to.

    Returns:
        The frames and the ledger. Columns with broken values are text throughout, in the form a cast reads back; late
        rows are missing (see :func:`late_arrivals`); a drifted feed has a column more or one of another type. The
        ledger has ``LEDGER_SCHEMA`` and one row per defect.
    """
    delivered, ledger = {}, [pl.DataFrame(schema=LEDGER_SCHEMA)]
    for name, frame in frames.items():
        feed = _Feed(contract_for(name), frame, settings, day)
        delivered[name] = feed.deliver()
        ledger += feed.ledger
    return delivered, pl.concat(ledger)


def late_arrivals(
    generate: Generate, settings: MessSettings, arriving: date, first: date
) -> Iterator[tuple[date, str, pl.DataFrame]]:
    """Rows of earlier days that arrive on a day: (day they belong to, feed, rows), clean apart from being late.

    Args:
        generate: Gives the full frames of a day.
        settings: The rates the earlier days were delivered with.
        arriving: The day of arrival.
        first: The first day there is; nothing is older.
    """
    for delay in range(1, MAX_DELAY_DAYS + 1):
        day = arriving - timedelta(days=delay)
        if not settings.late_rate or day < first or delay not in _DELAYS:
            continue
        for name, frame in generate(day).items():
            rows = _Feed(contract_for(name), frame, settings, day).late(delay)
            if rows.height:
                yield day, name, rows


class _Feed:
    """One feed on one day on its way to the receiver."""

    def __init__(self, contract: Contract, frame: pl.DataFrame, settings: MessSettings, day: date) -> None:
        self.contract, self.frame, self.settings, self.day = contract, frame, settings, day
        self.ledger: list[pl.DataFrame] = []
        self.words = _row_words(contract, frame, stream(settings.seed, "mess", day.toordinal()))
        edges = np.floor(np.cumsum(np.array(settings.row_rates())) * 2.0**32).astype(np.int64)
        self.kind = np.searchsorted(edges, bits(self.words, 0, 32), side="right")
        self.delay = _DELAYS[bits(self.words, 56, 8)].astype(np.int64)
        self.keys = frame.select(
            pl.concat_str([pl.col(k).cast(pl.String) for k in contract.key], separator="|")
        ).to_series()

    def late(self, delay: int) -> pl.DataFrame:
        """Rows that arrive ``delay`` days late."""
        return self.frame.filter(pl.Series((self.kind == 0) & (self.delay == delay), dtype=pl.Boolean))

    def deliver(self) -> pl.DataFrame:
        """The rows as they arrive on their day; fills the ledger."""
        frame = self.frame
        for column, rows in self._pick(NULL, [c.name for c in self.contract.columns if not (c.nullable or c.is_key)]):
            frame = self._replace(frame, NULL, column, rows, None)
        texts = (pl.String, pl.Boolean)  # almost any text is a truth value to some reader
        typed = [c.name for c in self.contract.columns if not c.is_key and not isinstance(c.dtype, texts)]
        for column, rows in self._pick(BROKEN_TYPE, typed):
            garbage = pl.Series(_GARBAGE).gather(pl.Series(scale(self.words[rows], 8, 16, len(_GARBAGE))))
            frame = self._replace(
                frame.with_columns(pl.col(column).cast(pl.String)), BROKEN_TYPE, column, rows, garbage
            )
        targets = {
            c: t for c, (t, _) in self.contract.references.items() if t in _NOBODY and c not in self.contract.key
        }
        for column, rows in self._pick(UNKNOWN_KEY, list(targets)):
            filled = rows[self.frame[column].is_not_null().to_numpy()[rows]]
            prefix, width = _NOBODY[targets[column]]
            ids = [f"{prefix}{n:0{width}d}" for n in scale(self.words[filled], 8, 16, 10**width)]
            frame = self._replace(frame, UNKNOWN_KEY, column, filled, pl.Series(ids, dtype=pl.String))
        return self._drift(self._repeat_and_hold_back(frame))

    def _pick(self, kind: str, columns: list[str]) -> Iterator[tuple[str, npt.NDArray[np.intp]]]:
        """Each column with the rows in which a defect of the kind hits it."""
        rows = np.flatnonzero(self.kind == ROW_KINDS.index(kind))
        choice = scale(self.words[rows], 32, 16, len(columns))
        for position, column in enumerate(columns):
            hit = rows[choice == position]
            if len(hit):
                yield column, hit

    def _replace(
        self, frame: pl.DataFrame, kind: str, column: str, rows: npt.NDArray[np.intp], values: pl.Series | None
    ) -> pl.DataFrame:
        nothing = pl.repeat(None, len(rows), dtype=frame[column].dtype, eager=True)
        changed = frame[column].clone().scatter(rows, nothing if values is None else values)
        self._record(kind, rows, column, values)
        return frame.with_columns(changed.alias(column))

    def _repeat_and_hold_back(self, frame: pl.DataFrame) -> pl.DataFrame:
        late, twice = np.flatnonzero(self.kind == 0), np.flatnonzero(self.kind == 1)
        self._record(LATE, late, None, None, self.delay[late])
        self._record(DUPLICATE, twice, None, None)
        copies = np.ones(frame.height, dtype=np.int64)
        copies[late], copies[twice] = 0, 2
        return frame[np.repeat(np.arange(frame.height), copies)]

    def _drift(self, frame: pl.DataFrame) -> pl.DataFrame:
        word = draw(stream(self.settings.seed, f"drift {self.contract.name}"), [self.day.toordinal()])
        if int(bits(word, 0, 32)[0]) >= self.settings.drift_rate * 2.0**32:
            return frame
        amounts = [c.name for c in self.contract.columns if not c.is_key and isinstance(c.dtype, pl.Decimal)]
        if amounts and int(bits(word, 32, 1)[0]):
            column = amounts[int(scale(word, 40, 16, len(amounts))[0])]
            self._record_drift(column, str(self.contract.polars_schema[column]), "String")
            return frame.with_columns(pl.col(column).cast(pl.String))
        self._record_drift(_ADDED_COLUMN, None, "String")
        return frame.with_columns(pl.lit("legacy").alias(_ADDED_COLUMN))

    def _record_drift(self, column: str, original: str | None, delivered: str) -> None:
        row = (self.contract.name, None, column, DRIFT, self.day, original, delivered, None)
        self.ledger.append(pl.DataFrame([row], schema=LEDGER_SCHEMA, orient="row"))

    def _record(
        self,
        kind: str,
        rows: npt.NDArray[np.intp],
        column: str | None,
        values: pl.Series | None,
        delay: I64 | None = None,
    ) -> None:
        nothing = pl.repeat(None, len(rows), dtype=pl.String, eager=True)
        arrival = (
            None if delay is None else pl.Series([self.day + timedelta(days=int(d)) for d in delay], dtype=pl.Date)
        )
        entry = {
            "table": pl.repeat(self.contract.name, len(rows), dtype=pl.String, eager=True),
            "key": self.keys[rows],
            "column": pl.repeat(column, len(rows), dtype=pl.String, eager=True),
            "kind": pl.repeat(kind, len(rows), dtype=pl.String, eager=True),
            "dt": pl.repeat(self.day, len(rows), dtype=pl.Date, eager=True),
            "original_value": nothing if column is None else self.frame[column][rows].cast(pl.String),
            "delivered_value": nothing if values is None else values,
            "arrives_on": pl.repeat(None, len(rows), dtype=pl.Date, eager=True) if arrival is None else arrival,
        }
        self.ledger.append(pl.DataFrame([column_.alias(name) for name, column_ in entry.items()]))


def _row_words(contract: Contract, frame: pl.DataFrame, key: np.uint64) -> U64:
    """A random word per row from the digits of its key, so that it doesn't matter which slice the row came in."""
    words = np.full(frame.height, mix(np.array([key ^ stream(0, contract.name)]))[0], dtype=np.uint64)
    for name in contract.key:
        if name == "currency":
            number = frame[name].replace_strict(dict(zip(CURRENCIES, range(len(CURRENCIES)), strict=True)))
        else:
            number = frame[name].cast(pl.String).str.replace_all(r"\D", "").cast(pl.UInt64)
        words = draw(words, number.to_numpy())
    return words
