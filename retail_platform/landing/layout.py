"""Where things are in the landing zone.

``<root>/<feed>/dt=YYYY-MM-DD/<unit>-<part>.jsonl`` holds rows, ``<root>/_manifests/dt=YYYY-MM-DD.json`` says which of
those files make up the day, ``<root>/_rejected/`` holds rows that broke their contract. Names beginning with ``_`` or
``.`` are never data.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

MANIFESTS = "_manifests"
REJECTED = "_rejected"
SUFFIX = ".jsonl"


def day_directory(feed: str, day: date) -> str:
    """Directory of a feed's day, relative to the root."""
    return f"{feed}/dt={day.isoformat()}"


def part_path(feed: str, day: date, unit: str, part: int) -> str:
    """Path of one part of a landed unit, relative to the root."""
    return f"{day_directory(feed, day)}/{unit}-{part:05d}{SUFFIX}"


def rejected_path(day: date, unit: str) -> str:
    """Path of the rows a day's contracts held back, relative to the root."""
    return f"{REJECTED}/dt={day.isoformat()}/{unit}{SUFFIX}"


def manifest_path(day: date) -> str:
    """Path of a day's manifest, relative to the root."""
    return f"{MANIFESTS}/dt={day.isoformat()}.json"


def end_of_day(day: date) -> datetime:
    """The moment a day is complete: midnight after it, UTC, without a zone."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time())


def unit_name(day: date, as_of: datetime) -> str:
    """Name of a unit: ``day`` for a whole day, ``slice-HHMMSS`` for a part of it."""
    return "day" if as_of >= end_of_day(day) else f"slice-{as_of:%H%M%S}"
