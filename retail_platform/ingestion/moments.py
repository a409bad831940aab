"""Days and moments of a run, checked before anything is generated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import dagster as dg

from retail_platform.landing.layout import end_of_day
from retail_platform.partitions import daily


def days_of(keys: Sequence[str]) -> list[date]:
    """Partition keys as days.

    Raises:
        dagster.Failure: A key isn't a partition; not retried.
    """
    days = []
    for key in keys:
        if not daily.has_partition_key(key):
            raise dg.Failure(
                f"there is no partition {key!r}: days run from {daily.get_first_partition_key()} to "
                f"{daily.get_last_partition_key()} (UTC). Choose one of them.",
                allow_retries=False,
            )
        days.append(date.fromisoformat(key))
    return days


def as_of_for(day: date, given: str, now: datetime | None = None) -> datetime:
    """The moment (UTC, without a zone) up to which a day is to be told.

    Args:
        day: The day.
        given: ISO 8601, or empty for as much of the day as is over.
        now: The current moment, for tests.

    Raises:
        dagster.Failure: `given` isn't a moment, or not one of that day.
    """
    start, end = datetime.combine(day, datetime.min.time()), end_of_day(day)
    if not given:
        current = (now or datetime.now(UTC)).replace(tzinfo=None, microsecond=0)
        return max(start, min(current, end))
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise dg.Failure(
            f"as_of={given!r} isn't a moment; write it as 2026-11-20T15:30:00 (UTC) or leave it empty.",
            allow_retries=False,
        ) from None
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    if not start < moment <= end:
        raise dg.Failure(
            f"as_of={given!r} lies outside {day}; choose a moment after {start} and up to {end} (UTC).",
            allow_retries=False,
        )
    return moment
