"""The calendar of demand: seasons, moving holidays, time zones and the hours of a day.

Pure functions of dates. How many orders a day really gets is decided in :mod:`retail_platform.generation.timeline`.
Days are proleptic ordinals (``date.toordinal``), moments are milliseconds after midnight UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from retail_platform.generation.profiles import Country
from retail_platform.generation.randomness import F64, I64

DAY_MS = 86_400_000
TABLE_STEPS = 4096
_WESTERNMOST = 7
_EASTERNMOST = 10

_STORE_HOURS = (0, 0, 0, 0, 0, 0, 1, 9, 26, 44, 62, 80, 84, 72, 64, 66, 80, 98, 92, 66, 36, 10, 1, 0)
_STORE_WEEKEND = (0, 0, 0, 0, 0, 0, 0, 6, 24, 54, 82, 96, 94, 88, 86, 80, 70, 56, 40, 24, 12, 4, 0, 0)
_ONLINE_HOURS = (18, 10, 6, 4, 4, 6, 14, 28, 44, 56, 64, 68, 72, 66, 60, 58, 60, 64, 72, 86, 98, 96, 70, 38)
_ONLINE_WEEKEND = (24, 14, 8, 5, 4, 4, 8, 16, 32, 52, 68, 74, 72, 68, 64, 64, 66, 70, 78, 90, 98, 90, 64, 38)

# first day of the Lunar New Year, as the offset in days from 21 January
_LUNAR_FROM = 2015
_LUNAR = (29, 18, 7, 26, 15, 4, 22, 11, 1, 20, 8, 27, 16, 5, 23, 13, 2, 21, 10, 29, 18, 7, 25, 14, 3, 22)


def easter(year: int) -> date:
    """Easter Sunday by the Gregorian computus."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


def thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 21)


def lunar_new_year(year: int) -> date:
    """First day of the Lunar New Year; outside the tabulated years the date of nineteen years before or after."""
    return date(year, 1, 21) + timedelta(days=_LUNAR[(year - _LUNAR_FROM) % 19])


def _events(country: str, till: bool, year: int) -> Iterator[tuple[date, tuple[float, ...]]]:
    """First day and daily pull (0 = none, 1 = doubled) of each event of a year."""
    christmas, sunday, harvest = date(year, 12, 25), easter(year), thanksgiving(year)
    yield date(year, 1, 1), (-0.62 if till else -0.2, -0.1)
    yield (
        christmas - timedelta(days=14),
        (0.08, 0.1, 0.12, 0.16, 0.2, 0.24, 0.28, 0.32, 0.36, 0.4, 0.42, 0.4, 0.36, 0.1),
    )
    yield christmas, (-0.78, -0.3, -0.08) if till else (-0.55, -0.15, 0.05)
    yield date(year, 2, 11), (0.08, 0.14, 0.2, 0.1)
    black_friday = (0.5, 0.34, 0.15, 0.1) if till else (1.25, 0.65, 0.55, 1.05)
    share = {"US": 1.0, "CA": 0.8, "GB": 0.75, "DE": 0.6, "FR": 0.5, "MX": 0.7, "JP": 0.25}[country]
    yield harvest + timedelta(days=1), tuple(pull * share for pull in black_friday)
    if country == "US":
        yield harvest - timedelta(days=3), (0.12, 0.2, 0.3, -0.55 if till else 0.15)
        yield date(year, 7, 3), (0.14, -0.2)
    if country in {"US", "CA", "DE"}:  # Mother's Day, the second Sunday of May
        may = date(year, 5, 1)
        yield may + timedelta(days=(6 - may.weekday()) % 7 + 7 - 3), (0.08, 0.12, 0.16, -0.05)
    if country != "JP":
        yield sunday - timedelta(days=4), (0.1, 0.2, -0.12, 0.22, -0.5 if till else -0.12)
    if country in {"GB", "DE", "FR"}:
        yield sunday + timedelta(days=1), (-0.35 if till else -0.08,)
    if country == "DE":
        yield date(year, 10, 3), (-0.6 if till else -0.05,)
    if country == "MX":
        yield date(year, 11, 13), (0.2, 0.45, 0.6, 0.5)
    if country == "JP":
        yield date(year, 5, 3), (0.25, 0.2, 0.15)
        yield date(year, 1, 2), (0.4, 0.3)
    if not till:
        yield date(year, 11, 11), (0.3 if country == "JP" else 0.18,)
        yield lunar_new_year(year) - timedelta(days=6), (0.05, 0.06, 0.06, 0.05, 0.03, -0.02, -0.05)


def holiday_factors(country: str, till: bool, strength: float, first: int, count: int) -> F64:
    """Demand multipliers of ``count`` days from ordinal ``first`` on; 1 on a day like any other."""
    factors = np.ones(count)
    for year in range(date.fromordinal(first).year, date.fromordinal(first + count - 1).year + 1):
        for start, pulls in _events(country, till, year):
            for offset, pull in enumerate(pulls, start.toordinal() - first):
                if 0 <= offset < count:
                    # what shuts a shop shuts it whatever the profile; what attracts does so more or less
                    factors[offset] *= 1.0 + pull * (strength if pull > 0 else min(1.0, 0.4 + strength))
    return factors


def season_factors(months: tuple[float, ...], first: int, count: int) -> F64:
    """Annual season between month middles, interpolated by day of the year."""
    days = (np.arange(first, first + count) * 10_000) % 3_652_425  # the phase drifts less than a day in a lifetime
    anchors = np.array([months[-1], *months, months[0]])
    position = days / 3_652_425 * 12.0 + 0.5
    low = position.astype(np.int64)
    part = position - low
    return np.asarray((anchors[low] * (1.0 - part) + anchors[low + 1] * part), dtype=np.float64)


def utc_offsets(country: Country, first: int, count: int) -> I64:
    """The country's offset from UTC in hours on ``count`` days from ordinal ``first`` on, as at noon."""
    offsets = np.full(count, country.utc_offset, dtype=np.int64)
    for year in range(date.fromordinal(first).year, date.fromordinal(first + count - 1).year + 1):
        if country.summer_time == "US":  # second Sunday of March to first Sunday of November
            start, end = date(year, 3, 8), date(year, 11, 1)
            start += timedelta(days=(6 - start.weekday()) % 7)
            end += timedelta(days=(6 - end.weekday()) % 7)
        elif country.summer_time == "EU":  # last Sundays of March and October
            start, end = date(year, 3, 31), date(year, 10, 31)
            start -= timedelta(days=(start.weekday() + 1) % 7)
            end -= timedelta(days=(end.weekday() + 1) % 7)
        else:
            break
        offsets[max(start.toordinal() - first, 0) : max(end.toordinal() - first, 0)] += 1
    return offsets


def curve_index(offsets: I64, till: bool, first: int) -> I64:
    """Row of :func:`day_curves` for each day from ordinal ``first`` on, given the market's offsets from UTC."""
    weekend = (np.arange(first, first + len(offsets)) - 1) % 7 >= 5
    return ((offsets + _WESTERNMOST) * 2 + int(till)) * 2 + weekend


@lru_cache(maxsize=1)
def day_curves() -> npt.NDArray[np.int32]:
    """Quantiles of the moment of an order within the UTC day, one row per (offset, till or online, weekend).

    Each row has ``TABLE_STEPS + 1`` rising moments in milliseconds: the share k / TABLE_STEPS of a day's orders comes
    before entry k. Linear interpolation between entries gives the rest.
    """
    rows = [
        _curve(offset, hours)
        for offset in range(-_WESTERNMOST, _EASTERNMOST + 1)
        for hours in (_ONLINE_HOURS, _ONLINE_WEEKEND, _STORE_HOURS, _STORE_WEEKEND)
    ]
    return np.stack(rows).astype(np.int32)


def _curve(offset: int, hours: tuple[int, ...]) -> I64:
    local = [hours[h // 4] * (4 - h % 4) + hours[(h // 4 + 1) % 24] * (h % 4) for h in range(96)]
    weights = [local[(quarter + 4 * offset) % 96] for quarter in range(96)]
    edges = np.concatenate([[0], np.cumsum(np.array(weights, dtype=np.int64))])
    wanted = np.arange(TABLE_STEPS + 1, dtype=np.int64) * edges[-1]  # in units of 1 / TABLE_STEPS
    bucket = np.minimum(np.searchsorted(edges * TABLE_STEPS, wanted, side="right") - 1, 95)
    width = np.maximum(np.diff(edges)[bucket], 1) * TABLE_STEPS
    within = (wanted - edges[bucket] * TABLE_STEPS) * (DAY_MS // 96) // width
    return np.asarray(bucket * (DAY_MS // 96) + within, dtype=np.int64)
