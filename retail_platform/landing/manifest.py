"""What a landed day consists of.

A day is a chain of units. A closed day is one unit; a day still trading is a slice for every tick. The manifest is
written last, for all feeds at once, so a day that was interrupted halfway is either the old one or the new one.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class LandedFile(BaseModel):
    """One file as it will be sent.

    Attributes:
        path: Relative to the landing zone's root.
        rows: Number of rows.
        bytes: Size.
        sha256: Digest of the content.
        amount: Sum of the feed's amount column, None where it has none.
        by_hour: Rows by the hour (UTC) of the change they report, 24 counts; empty where rows tell no moment.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    rows: int
    bytes: int
    sha256: str
    amount: Decimal | None = None
    by_hour: tuple[int, ...] = ()


class LandedUnit(BaseModel):
    """What one landing of the day brought, for every feed.

    Attributes:
        name: ``day``, ``slice-HHMMSS``, ``file``, ``late-YYYYMMDD-...`` or ``replay-...``.
        as_of: The moment (UTC) up to which the unit tells what happened; of late rows the end of the day they came on.
        files: Feed → its files, in the order they are to be loaded.
        rejected: The rows of every feed that broke their contract, if there were any.
        arrives_on: The later day on which the rows reach us; None if they came on their day.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    as_of: datetime
    files: dict[str, tuple[LandedFile, ...]]
    rejected: LandedFile | None = None
    arrives_on: date | None = None

    def content_hash(self, feed: str) -> str:
        """Digest of everything the unit holds for a feed.

        The unit's name is part of it: two slices may bring the same rows, and each is to be loaded in its turn.
        """
        digest = hashlib.sha256(self.name.encode())
        for file in self.files.get(feed, ()):
            digest.update(file.sha256.encode())
        return digest.hexdigest()


class DayManifest(BaseModel):
    """The day's chain of units, oldest first, all made with the same configuration.

    Attributes:
        day: The day.
        config_hash: Fingerprint of the configuration the rows were made with.
        units: The chain, as far as it has reached us.
        in_transit: Rows of the day that come on a later day which hasn't landed yet.
        released: Ids of rejected rows that were loaded after all, see ``retail-platform quarantine replay``.
    """

    model_config = ConfigDict(frozen=True)

    day: date
    config_hash: str
    units: tuple[LandedUnit, ...]
    in_transit: tuple[LandedUnit, ...] = ()
    released: tuple[str, ...] = ()

    @property
    def as_of(self) -> datetime:
        """How far the day is told (UTC)."""
        return max(unit.as_of for unit in self.units if unit.arrives_on is None)

    def all_paths(self) -> set[str]:
        """Every file the day needs, of rows, of rejected rows and of those still in transit."""
        paths: set[str] = set()
        for unit in (*self.units, *self.in_transit):
            paths |= {file.path for files in unit.files.values() for file in files}
            paths |= {unit.rejected.path} if unit.rejected else set()
        return paths

    def files(self, feed: str) -> list[LandedFile]:
        """Every file of a feed, in load order."""
        return [file for unit in self.units for file in unit.files.get(feed, ())]

    def by_hour(self, feed: str) -> tuple[int, ...]:
        """A feed's rows by the hour (UTC) of the change they report, 24 counts; empty if nothing is known of it."""
        known = [file.by_hour for file in self.files(feed)]
        if not all(known):  # a part of the day would look like all of it
            return ()
        return tuple(sum(counts) for counts in zip(*known, strict=True))

    def rows(self, feed: str) -> int:
        """Rows landed for a feed."""
        return sum(file.rows for file in self.files(feed))
