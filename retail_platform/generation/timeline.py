"""How many orders each market gets on each day, and how many of them bring a new customer.

A *segment* is a market and a way of selling: the tills of a country or its online store. Segments with tills come
first; each has a contiguous range of a day's order numbers and its own curve of the day. Accounts are numbered per
country in order of sign-up, so the running sum of new accounts says who existed when. The series start before the
opening day: the retailer is older than its data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import numpy as np

from retail_platform.generation import calendar
from retail_platform.generation.profiles import COUNTRIES, PROFILES, Country
from retail_platform.generation.promotions import promotion_lift
from retail_platform.generation.randomness import F64, I64, draw, normal, stream
from retail_platform.generation.settings import GenerationSettings

MAX_ORDERS = 9_000_000  # order numbers have seven digits
MAX_ACCOUNTS = 999_999_999  # account numbers have nine
LIFETIMES = 2.0  # no customer outlives this many mean lifetimes
_SHOCK_MEMORY = 24
_SHOCK_DECAY = 0.55


@dataclass(frozen=True)
class Segment:
    """The tills (``till``) or the online store of a country (an index into ``countries`` of the timeline)."""

    country: int
    till: bool
    share: float


@dataclass(frozen=True)
class Timeline:
    """Counts by day; column t belongs to the day with ordinal ``origin + t``.

    Attributes:
        origin: Ordinal of the first day.
        countries: The markets.
        segments: The segments, those with tills first.
        orders: Orders, shape (segments, days).
        first_number: Orders of the day in earlier segments, shape (segments + 1, days); the last row is the total.
        new: Orders that open an account, shape (segments, days).
        accounts: Accounts opened before the day, shape (countries, days + 1).
        account_base: Account number before a country's first account, shape (countries,).
        typical_new: Accounts opened on an ordinary day, by country, at least 1.
        curve: Row of the day curves, shape (segments, days).
    """

    origin: int
    countries: tuple[Country, ...]
    segments: tuple[Segment, ...]
    orders: I64
    first_number: I64
    new: I64
    accounts: I64
    account_base: I64
    typical_new: I64
    curve: I64

    @cached_property
    def till_segments(self) -> int:
        """How many of the segments are tills."""
        return sum(segment.till for segment in self.segments)

    @cached_property
    def segment_country(self) -> I64:
        """Country index of each segment."""
        return np.array([segment.country for segment in self.segments], dtype=np.int64)


def timeline(settings: GenerationSettings, day: date) -> Timeline:
    """The timeline from before the opening to the end of the year of ``day``."""
    return _timeline(settings, day.year)


def history_days(settings: GenerationSettings) -> int:
    """Days before the opening for which customers are remembered."""
    return int(PROFILES[settings.profile].lifetime_days * LIFETIMES * 1.25) + 60


def _segments(settings: GenerationSettings) -> tuple[tuple[Country, ...], tuple[Segment, ...]]:
    profile = PROFILES[settings.profile]
    countries = tuple(country for country in COUNTRIES if country.code in profile.countries)
    shares = [profile.countries[country.code] for country in countries]
    tills = [Segment(i, True, s * profile.store_share) for i, s in enumerate(shares) if profile.store_share]
    online = [Segment(i, False, s * (1.0 - profile.store_share)) for i, s in enumerate(shares)]
    return countries, (*tills, *online)


def _shock(settings: GenerationSettings, days: I64) -> F64:
    """A day's common shock: a first-order autoregression, cut after a few weeks so that no day needs the first one."""
    key = stream(settings.seed, "shock")
    noise = normal(key, np.arange(days[0] - _SHOCK_MEMORY, days[-1] + 1))
    total = np.zeros(len(days))
    weight = 1.0
    for back in range(_SHOCK_MEMORY):
        total += weight * noise[_SHOCK_MEMORY - back : len(noise) - back]
        weight *= _SHOCK_DECAY
    scaled = total * (PROFILES[settings.profile].shock * settings.demand_noise)
    return np.maximum(1.0 + scaled + 0.5 * scaled * scaled, 0.2)  # the exponential, near enough and exact to the bit


def _demand(settings: GenerationSettings, segment: Segment, country: Country, days: I64, common: F64) -> F64:
    """Expected orders of a segment by day."""
    profile = PROFILES[settings.profile]
    first, count = int(days[0]), len(days)
    week = np.array(profile.weekday[0 if segment.till else 1])
    level = settings.orders_per_day * segment.share * common * week[(days - 1) % 7]
    level *= calendar.season_factors(profile.season, first, count)
    level *= calendar.holiday_factors(country.code, segment.till, profile.holiday_strength, first, count)
    expected: F64 = np.minimum(level, MAX_ORDERS * segment.share)
    return expected


def _counts(
    settings: GenerationSettings, countries: tuple[Country, ...], segments: tuple[Segment, ...], days: I64
) -> I64:
    years = (days - settings.opening_day.toordinal()) / 365.0
    trend = np.maximum(1.0 + settings.annual_growth * years, 0.25)
    common = trend * _shock(settings, days) * promotion_lift(settings, days)
    rows = []
    for segment in segments:
        expected = _demand(settings, segment, countries[segment.country], days, common)
        noise = normal(stream(settings.seed, "count", segment.country, int(segment.till)), days)
        rows.append(np.maximum(np.floor(expected + noise * np.sqrt(expected) + 0.5), 0.0).astype(np.int64))
    return np.stack(rows)


@lru_cache(maxsize=16)
def _timeline(settings: GenerationSettings, year: int) -> Timeline:
    profile = PROFILES[settings.profile]
    countries, segments = _segments(settings)
    origin = settings.opening_day.toordinal() - history_days(settings)
    days = np.arange(origin, date(year, 12, 31).toordinal() + 1, dtype=np.int64)
    orders = _counts(settings, countries, segments, days)
    new = np.empty_like(orders)
    for row, segment in enumerate(segments):
        # a share of a small count is rarely a whole number: a hashed remainder keeps the long-run share exact
        remainder = draw(stream(settings.seed, "new", segment.country, int(segment.till)), days) >> np.uint64(48)
        share = int(profile.new_share * 65536)
        new[row] = np.minimum((orders[row] * share + remainder.astype(np.int64)) >> 16, orders[row])
    accounts = np.zeros((len(countries), len(days) + 1), dtype=np.int64)
    for row, segment in enumerate(segments):
        accounts[segment.country, 1:] += np.cumsum(new[row])
    first_number = np.concatenate([np.zeros((1, len(days)), dtype=np.int64), np.cumsum(orders, axis=0)])
    shares = np.array([profile.countries[country.code] for country in countries])
    bases = np.floor(np.concatenate([[0.0], np.cumsum(shares)[:-1]]) * MAX_ACCOUNTS).astype(np.int64)
    typical = np.floor(settings.orders_per_day * shares * profile.new_share + 0.5).astype(np.int64)
    offsets = [calendar.utc_offsets(country, origin, len(days)) for country in countries]
    curve = np.stack([calendar.curve_index(offsets[s.country], s.till, origin) for s in segments])
    return Timeline(
        origin, countries, segments, orders, first_number, new, accounts, bases, np.maximum(typical, 1), curve
    )
