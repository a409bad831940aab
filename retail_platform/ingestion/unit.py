"""Landing one unit of a day: rows as they come → contract → files, piece by piece.

The rows are held against their contracts as they are made and written behind the maker's back, so neither a day of
ten million rows nor one of ten is ever in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from retail_platform.contracts import CONTRACTS, Contract
from retail_platform.contracts.enforce import Enforced, enforce
from retail_platform.contracts.ledger import LEDGER
from retail_platform.ingestion.delivery import Delivery
from retail_platform.landing import LandedFile, LandedUnit, LandingZone
from retail_platform.landing.encode import describe
from retail_platform.landing.layout import end_of_day, late_name, rejected_path
from retail_platform.landing.writer import UnitWriter

_SAMPLE_ROWS = 5
_BY_NAME: dict[str, Contract] = {contract.name: contract for contract in (*CONTRACTS, LEDGER)}


@dataclass
class FeedOutcome:
    """What a contract said of a feed's rows.

    Attributes:
        rows: Rows that may be loaded.
        held_back: Rows that may not.
        broken: Rule → rows that broke it.
        sample: The first few rows that may be loaded.
    """

    rows: int = 0
    held_back: int = 0
    broken: dict[str, int] = field(default_factory=dict)
    sample: pl.DataFrame | None = None

    def add(self, result: Enforced, came: int) -> None:
        """Count a piece of the feed."""
        self.rows += result.valid.height
        self.held_back += max(0, came - result.valid.height)
        for rule, count in result.broken.items():
            self.broken[rule] = self.broken.get(rule, 0) + count
        if self.sample is None and result.valid.height:
            self.sample = result.valid.head(_SAMPLE_ROWS)


@dataclass(frozen=True)
class WrittenUnits:
    """A unit as it lies in the landing zone, with what of it is still to come."""

    unit: LandedUnit
    in_transit: tuple[LandedUnit, ...]
    outcomes: dict[str, FeedOutcome]


class UnitBuilder:
    """Takes a unit's rows piece by piece."""

    def __init__(self, zone: LandingZone, day: date, name: str) -> None:
        self._zone, self._day, self._name = zone, day, name
        self._stack = ExitStack()
        self._writers: dict[date | None, tuple[str, UnitWriter]] = {}
        self._rejected: list[pl.DataFrame] = []
        self._told: set[str] = set()
        self._outcomes: dict[str, FeedOutcome] = {contract.name: FeedOutcome() for contract in CONTRACTS}

    def build(self, pieces: Iterable[Delivery], as_of: datetime) -> WrittenUnits:
        """Land every piece.

        Raises:
            ContractError: A contract refuses the batch; nothing is published.
            LandingZoneError: A file can't be written; nothing is published.
        """
        with self._stack:
            self._writer(None)
            for piece in pieces:
                self._take(piece.frames, None, piece.untyped)
                for arrival, frames in piece.late.items():
                    self._take(frames, arrival, piece.untyped)
                if piece.ledger is not None:
                    self._ledger(piece.ledger)
            units = [self._unit(arrival, as_of) for arrival in self._writers]
        return WrittenUnits(units[0], tuple(units[1:]), self._outcomes)

    def _writer(self, arrival: date | None) -> UnitWriter:
        if arrival not in self._writers:
            name = self._name if arrival is None else late_name(self._name, arrival)
            writer = self._stack.enter_context(UnitWriter(self._zone, self._day, name))
            self._writers[arrival] = (name, writer)
        return self._writers[arrival][1]

    def _take(self, frames: Mapping[str, pl.DataFrame], arrival: date | None, untyped: frozenset[str]) -> None:
        for feed, frame in frames.items():
            contract = _BY_NAME[feed]
            result = enforce(contract, frame, self._day, typed=feed not in untyped)
            self._writer(arrival).add(feed, result.valid, contract.amount)
            self._outcomes[feed].add(result, frame.height)
            if result.rejected.height:
                self._rejected.append(result.rejected.with_columns(feed=pl.lit(feed)))

    def _ledger(self, rows: pl.DataFrame) -> None:
        """The defects of a piece; those of a whole feed come with every piece of it."""
        fresh = rows.filter(pl.col("row_key").is_not_null() | ~pl.col("defect_id").is_in(list(self._told)))
        self._told |= set(fresh.filter(pl.col("row_key").is_null())["defect_id"])
        self._writer(None).add(LEDGER.name, fresh)

    def _unit(self, arrival: date | None, as_of: datetime) -> LandedUnit:
        name, writer = self._writers[arrival]
        return LandedUnit(
            name=name,
            as_of=as_of if arrival is None else end_of_day(arrival),
            files=writer.files(),
            rejected=self._write_rejected(name) if arrival is None else None,
            arrives_on=arrival,
        )

    def _write_rejected(self, name: str) -> LandedFile | None:
        """Land what the contracts held back, for quarantine; None if nothing was."""
        if not self._rejected:
            return None
        rows = pl.concat(self._rejected).unique(subset="rejected_id", keep="first", maintain_order=True)
        data = rows.write_ndjson().encode()
        written = self._zone.write_digested([data], lambda sha256: rejected_path(self._day, f"{name}-{sha256[:8]}"))
        return describe(written, rows, None)
