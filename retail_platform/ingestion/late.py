"""Late rows: they belong to one day and come on another.

They lie in the landing zone with the day they belong to, as units that are in transit. When the day on which they come
lands, they are handed over: from then on they are part of their own day, which is loaded again with them. What the raw
tables hold thus depends on which days have landed, never on the order in which they did.
"""

from __future__ import annotations

from datetime import date, timedelta

from retail_platform.generation.mess import MAX_DELAY_DAYS
from retail_platform.landing import DayManifest, LandingZone


def arrived(zone: LandingZone, day: date) -> bool:
    """Whether what comes on a day has come: some of the day has landed."""
    return zone.manifest(day) is not None


def hand_over(zone: LandingZone, arriving: date) -> None:
    """Make the rows that come on a day part of the days they belong to; those handed over before stay so."""
    for manifest in _earlier(zone, arriving):
        due = [unit for unit in manifest.in_transit if unit.arrives_on == arriving]
        if due:
            rest = tuple(unit for unit in manifest.in_transit if unit not in due)
            zone.publish(manifest.model_copy(update={"units": (*manifest.units, *due), "in_transit": rest}))


def days_to_load(zone: LandingZone, day: date) -> list[DayManifest]:
    """The manifests that landing a day may have changed: those of days whose late rows came on it, and its own."""
    others = [m for m in _earlier(zone, day) if any(unit.arrives_on == day for unit in m.units)]
    own = zone.manifest(day)
    return [*others, own] if own else others


def _earlier(zone: LandingZone, day: date) -> list[DayManifest]:
    days = [day - timedelta(days=delay) for delay in range(MAX_DELAY_DAYS, 0, -1)]
    return [manifest for earlier in days if (manifest := zone.manifest(earlier))]
