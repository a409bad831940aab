"""Where things are in the landing zone.

``<root>/<feed>/dt=YYYY-MM-DD/<unit>-<part>.jsonl`` holds rows, ``<root>/_manifests/dt=YYYY-MM-DD.json`` says which of
those files make up the day, ``<root>/_rejected/`` holds rows that broke their contract. Names beginning with ``_`` or
``.`` are never data.

What another system puts into a feed's day lies beside our files and is told from them by its name.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

MANIFESTS = "_manifests"
REJECTED = "_rejected"
SUFFIX = ".jsonl"


_OURS = re.compile(r"^(day|file|slice|late|replay)(-\d+)*-[0-9a-f]{8}(-\d{5})?\.jsonl$")


def is_ours(path: str) -> bool:
    """Whether a file is named as this platform names its files; any other belongs to whoever put it there."""
    return bool(_OURS.match(path.rsplit("/", 1)[-1]))


def day_directory(feed: str, day: date) -> str:
    """Directory of a feed's day, relative to the root."""
    return f"{feed}/dt={day.isoformat()}"


def part_path(feed: str, day: date, unit: str, part: int) -> str:
    """Path of one part of a landed unit, relative to the root."""
    return f"{day_directory(feed, day)}/{unit}-{part:05d}{SUFFIX}"


def rejected_directory(day: date) -> str:
    """Directory of the rows a day's contracts held back, relative to the root."""
    return f"{REJECTED}/dt={day.isoformat()}"


def rejected_path(day: date, unit: str) -> str:
    """Path of the rows a day's contracts held back, relative to the root."""
    return f"{rejected_directory(day)}/{unit}{SUFFIX}"


def manifest_path(day: date) -> str:
    """Path of a day's manifest, relative to the root."""
    return f"{MANIFESTS}/dt={day.isoformat()}.json"


def end_of_day(day: date) -> datetime:
    """The moment a day is complete: midnight after it, UTC, without a zone."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time())


def unit_name(day: date, as_of: datetime) -> str:
    """Name of a unit: ``day`` for a whole day, ``slice-HHMMSS`` for a part of it."""
    return "day" if as_of >= end_of_day(day) else f"slice-{as_of:%H%M%S}"


def late_name(unit: str, arrives_on: date) -> str:
    """Name of a unit's rows that arrive later: ``late-YYYYMMDD``, with the slice's moment if there is one."""
    _, _, moment = unit.partition("-")
    return f"late-{arrives_on:%Y%m%d}" + (f"-{moment}" if moment else "")
