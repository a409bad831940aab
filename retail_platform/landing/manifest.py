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
    """

    model_config = ConfigDict(frozen=True)

    path: str
    rows: int
    bytes: int
    sha256: str
    amount: Decimal | None = None


class LandedUnit(BaseModel):
    """What one landing of the day brought, for every feed.

    Attributes:
        name: ``day`` or ``slice-HHMMSS``.
        as_of: The moment (UTC) up to which the unit tells what happened.
        files: Feed → its files, in the order they are to be loaded.
        rejected: The rows of every feed that broke their contract, if there were any.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    as_of: datetime
    files: dict[str, tuple[LandedFile, ...]]
    rejected: LandedFile | None = None

    def content_hash(self, feed: str) -> str:
        """Digest of everything the unit holds for a feed; equal content, equal digest."""
        digest = hashlib.sha256()
        for file in self.files.get(feed, ()):
            digest.update(file.sha256.encode())
        return digest.hexdigest()


class DayManifest(BaseModel):
    """The day's chain of units, oldest first, all made with the same configuration.

    Attributes:
        day: The day.
        config_hash: Fingerprint of the configuration the rows were made with.
        units: The chain.
    """

    model_config = ConfigDict(frozen=True)

    day: date
    config_hash: str
    units: tuple[LandedUnit, ...]

    @property
    def as_of(self) -> datetime:
        """How far the day is told (UTC)."""
        return self.units[-1].as_of

    def files(self, feed: str) -> list[LandedFile]:
        """Every file of a feed, in load order."""
        return [file for unit in self.units for file in unit.files.get(feed, ())]

    def rows(self, feed: str) -> int:
        """Rows landed for a feed."""
        return sum(file.rows for file in self.files(feed))
