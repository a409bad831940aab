"""Making a day land: take its rows, hold them against the contracts, write, publish.

Dagster-free, so that the command line and the tests land days exactly as the asset does. A day whose configuration
didn't change is only extended; anything else is landed anew, and the manifest switches over in one step.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Protocol

from retail_platform.contracts import CONTRACTS
from retail_platform.generation import GenerationSettings, days_together, generate_day_chunks
from retail_platform.generation.day import Frames
from retail_platform.generation.mess import MessSettings
from retail_platform.ingestion.delivery import Delivery, deliver
from retail_platform.ingestion.late import arrived, hand_over
from retail_platform.ingestion.unit import FeedOutcome, UnitBuilder
from retail_platform.landing import DayManifest, LandedUnit, LandingZone
from retail_platform.landing.layout import end_of_day, unit_name

Progress = Callable[[str], None]
# Rows made, checked and handed to the writers at a time; it decides where files end, so it is part of a day's identity.
PIECE_ROWS = 400_000


@dataclass(frozen=True)
class Landed:
    """A day as it lies in the landing zone.

    Attributes:
        manifest: The day's manifest.
        outcomes: Feed → what the contract said of the rows landed just now; empty if everything was there already.
    """

    manifest: DayManifest
    outcomes: dict[str, FeedOutcome] = field(default_factory=dict)

    @property
    def unchanged(self) -> bool:
        """Whether the day lay there already, as asked for."""
        return not self.outcomes


class Source(Protocol):
    """Where a day's rows come from."""

    def fingerprint(self, day: date) -> str:
        """Digest of everything that decides what the day's rows are."""

    def deliveries(self, day: date, as_of: datetime, since: datetime | None) -> Iterator[Delivery]:
        """The day's rows as they reach us, piece by piece."""


@dataclass
class Simulation:
    """Rows of a simulated retailer.

    Attributes:
        settings: What kind of retailer trades, how much, with which seed.
        mess: How carelessly its systems send.
        until: The last day that will be asked for, if it is known: small days are then made several at a time.
    """

    settings: GenerationSettings
    mess: MessSettings = field(default_factory=MessSettings)
    until: date | None = None
    _ready: dict[date, Iterable[Frames]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def fingerprint(self, day: date) -> str:  # noqa: ARG002 - the same for every day
        """Digest of everything that decides what a day's rows are."""
        return _fingerprint(self.settings, self.mess)

    def deliveries(self, day: date, as_of: datetime, since: datetime | None) -> Iterator[Delivery]:
        """A day's rows as they reach us, piece by piece."""
        chunks: Iterable[Frames]
        if self.until is None or since is not None or as_of < end_of_day(day):
            chunks = generate_day_chunks(self.settings, day, as_of=as_of, since=since, max_rows=PIECE_ROWS)
        else:
            chunks = self._whole(day, max(day, self.until))
        return (deliver(frames, self.mess, day) for frames in chunks)

    def _whole(self, day: date, until: date) -> Iterable[Frames]:
        """The chunks of a whole day, which was made with those before it, or else is now with those after it."""
        if day not in self._ready:
            self._ready = days_together(self.settings, day, until, max_rows=PIECE_ROWS)
        return self._ready.pop(day)


@lru_cache(maxsize=64)
def _fingerprint(settings: GenerationSettings, mess: MessSettings) -> str:
    contracts = json.dumps([c.fingerprint for c in CONTRACTS])
    text = f"{settings.fingerprint()}\n{mess.model_dump_json()}\n{PIECE_ROWS}\n{contracts}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def land_day(zone: LandingZone, source: Source, day: date, as_of: datetime, progress: Progress) -> Landed:
    """Land a day, or what happened of it since it last landed.

    Args:
        zone: Where to.
        source: Where the rows come from.
        day: The day.
        as_of: The moment (UTC) up to which the day is told; midnight after it for a closed day.
        progress: Told about each step in words.

    Raises:
        ContractError: A contract refuses the batch; the day is as it was before.
        LandingZoneError: The zone can't be read or written; the day is as it was before.
    """
    fingerprint = source.fingerprint(day)
    current = zone.manifest(day)
    if current and current.config_hash != fingerprint:
        progress(f"{day}: landed with other settings, landing it anew")
        current = None
    if current and current.as_of >= as_of:
        progress(f"{day}: landed already")
        # A run that was killed right after publishing hadn't handed over yet.
        hand_over(zone, day)
        return Landed(current)
    # A closed day is told whole once more: it replaces its slices and heals whatever they missed.
    extend = current if as_of < end_of_day(day) else None
    builder = UnitBuilder(zone, day, unit_name(day, as_of))
    pieces = source.deliveries(day, as_of, extend.as_of if extend else None)
    written = builder.build(pieces, as_of)
    manifest = publish_day(zone, day, fingerprint, extend, (written.unit, *written.in_transit))
    progress(f"{day}: landed {sum(o.rows for o in written.outcomes.values()):,} rows")
    return Landed(manifest, written.outcomes)


def publish_day(
    zone: LandingZone, day: date, fingerprint: str, extend: DayManifest | None, units: tuple[LandedUnit, ...]
) -> DayManifest:
    """Make units the day's truth, behind those it has if it is only extended."""
    came = [unit for unit in units if unit.arrives_on is None or arrived(zone, unit.arrives_on)]
    manifest = DayManifest(
        day=day,
        config_hash=fingerprint,
        units=(*(extend.units if extend else ()), *came),
        in_transit=(*(extend.in_transit if extend else ()), *(unit for unit in units if unit not in came)),
        released=extend.released if extend else (),
    )
    zone.publish(manifest)
    hand_over(zone, day)
    return manifest
