"""Promotions: when they run, what they take off, and how much demand they move.

Every category has a recurring promotion, two coupons are valid on everything, and each year has a Black Friday sale.
The schedule is a closed form of the day, so whether a promotion runs needs no history. Which order uses one is
decided in :mod:`retail_platform.generation.offers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from retail_platform.generation.calendar import thanksgiving
from retail_platform.generation.profiles import PROFILES
from retail_platform.generation.randomness import F64, I64, draw, scale, stream
from retail_platform.generation.settings import GenerationSettings

COUPONS = 2
ANNOUNCED_DAYS = 14
EXTENSION_DAYS = 4
RATES = np.array([500, 1000, 1000, 1500, 1500, 2000, 2000, 2500, 3000, 4000], dtype=np.int64)  # in 1/10000
_ORIGIN = date(1985, 1, 1).toordinal()
_PERIOD = 84
SALE_BASE = 900_000
_SALE_RATE = 2000


@dataclass(frozen=True)
class Promotion:
    """A promotion in its final state; days are ordinals.

    Attributes:
        number: Digits of its id.
        category: Index of the category, or None for everything.
        rate: Discount in ten thousandths.
        starts_on: First day.
        planned_end: Last day as announced.
        ends_on: Last day in the end; later than planned if it was extended the day before the planned end.
    """

    number: int
    category: int | None
    rate: int
    starts_on: int
    planned_end: int
    ends_on: int

    @property
    def announced_on(self) -> int:
        """The day it was created."""
        return self.starts_on - ANNOUNCED_DAYS

    @property
    def extended_on(self) -> int | None:
        """The day it was prolonged, if it was."""
        return self.planned_end - 1 if self.ends_on != self.planned_end else None


def _series_count(settings: GenerationSettings) -> int:
    return len(PROFILES[settings.profile].categories) + COUPONS


@lru_cache(maxsize=65536)
def _occurrence(settings: GenerationSettings, series: int, cycle: int) -> Promotion:
    """The promotion a series has in its cycle of twelve weeks."""
    word = draw(stream(settings.seed, "promotion", series), [cycle])
    length = int(scale(word, 0, 8, 10)[0]) + 4
    start = _ORIGIN + cycle * _PERIOD + int(scale(word, 8, 16, _PERIOD - length - EXTENSION_DAYS)[0])
    extended = EXTENSION_DAYS if int(scale(word, 24, 8, 5)[0]) == 0 else 0
    categories = _series_count(settings) - COUPONS
    end = start + length - 1
    return Promotion(
        number=cycle * _series_count(settings) + series + 1,
        category=series if series < categories else None,
        rate=int(RATES[scale(word, 32, 16, len(RATES))][0]),
        starts_on=start,
        planned_end=end,
        ends_on=end + extended,
    )


def _sale(year: int) -> Promotion:
    friday = thanksgiving(year).toordinal() + 1
    return Promotion(SALE_BASE + year, None, _SALE_RATE, friday - 4, friday + 3, friday + 3)


@lru_cache(maxsize=4096)
def promotions_near(settings: GenerationSettings, day: int) -> tuple[Promotion, ...]:
    """Promotions announced on or before the day and not over more than a cycle ago, by number."""
    cycle = (day - _ORIGIN) // _PERIOD
    found = [_occurrence(settings, s, c) for s in range(_series_count(settings)) for c in range(cycle - 1, cycle + 2)]
    found += [_sale(year) for year in (date.fromordinal(day).year - 1, date.fromordinal(day).year)]
    return tuple(sorted((p for p in found if p.announced_on <= day), key=lambda p: p.number))


@lru_cache(maxsize=4096)
def running(settings: GenerationSettings, day: int) -> tuple[Promotion, ...]:
    """Promotions valid on the day, by number."""
    return tuple(p for p in promotions_near(settings, day) if p.starts_on <= day <= p.ends_on)


def promotion_lift(settings: GenerationSettings, days: I64) -> F64:
    """What promotions do to all demand: a lift while they run, a dip when pantries are full afterwards."""
    factors = np.ones(len(days))
    first, last = int(days[0]), int(days[-1])
    per_category = 1.0 / (_series_count(settings) - COUPONS)
    for series in range(_series_count(settings)):
        for cycle in range((first - _ORIGIN) // _PERIOD - 1, (last - _ORIGIN) // _PERIOD + 1):
            promotion = _occurrence(settings, series, cycle)
            weight = 0.25 if promotion.category is None else per_category
            lift = weight * (0.1 + promotion.rate / 10_000 * 1.6)
            low, high = promotion.starts_on - first, promotion.ends_on - first + 1
            factors[max(low, 0) : max(high, 0)] *= 1.0 + lift
            factors[max(high, 0) : max(high + 7, 0)] *= 1.0 - 0.3 * lift
    return factors
