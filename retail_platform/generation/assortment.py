"""Products: what is on sale on a day, and how popular it is.

The shelf has a fixed number of *slots*; each is held by one product after another, so the assortment renews itself
while popularity, category and mission stay with the slot. Product ``generation * slots + slot + 1`` is the slot's
n-th holder. Everything is a closed form of (product, day); changes take effect at the reference moment of the day. What
things cost is left to :mod:`retail_platform.generation.prices`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from retail_platform.generation.categories import CATEGORIES, Category
from retail_platform.generation.profiles import PROFILES
from retail_platform.generation.randomness import I64, bits, choice_table, draw, scale, stream
from retail_platform.generation.settings import GenerationSettings, NoSuchDayError

MISSION_BITS = 14
MAX_PRODUCTS = 999_999
_PAST_DAYS = 2000  # how long before the opening the shelf numbering starts


@dataclass(frozen=True)
class Assortment:
    """The shelf of a retailer; arrays have one element per slot unless said otherwise.

    Attributes:
        categories: The categories on sale.
        category: Category index.
        mission: Shopping mission the slot belongs to; missions 2c and 2c + 1 are those of category c.
        subcategory: Index among the category's four.
        missions: Slots to draw from, by mission, shape (missions, 1 << MISSION_BITS): a product's own mission sees it
            far more often than the others do.
        mission_pick: Mission indices in proportion to how often they are shopped for, 256 entries.
        life: Days a product stays on the shelf.
        phase: Shift of the slot's calendar in days.
        review: Days between price reviews.
        nine: Whether the slot's prices end in 9.
        origin: Ordinal from which generations are counted.
    """

    categories: tuple[Category, ...]
    category: I64
    mission: I64
    subcategory: I64
    missions: npt.NDArray[np.int32]
    mission_pick: npt.NDArray[np.int32]
    life: I64
    phase: I64
    review: I64
    nine: npt.NDArray[np.bool_]
    origin: int

    @property
    def slots(self) -> int:
        """Products on sale at any moment."""
        return len(self.category)

    def generation(self, slot: I64, day: int | I64) -> I64:
        """Which holder of the slot is on sale on the day (ordinal)."""
        return np.asarray((day - self.origin + self.phase[slot]) // self.life[slot], dtype=np.int64)

    def launched_on(self, slot: I64, generation: I64) -> I64:
        """First day (ordinal) of a holder; the next holder's first day is the one on which it is discontinued."""
        return np.asarray(self.origin - self.phase[slot] + generation * self.life[slot], dtype=np.int64)

    def number(self, slot: I64, generation: I64) -> I64:
        """Product number.

        Raises:
            NoSuchDayError: The day lies so far ahead that product numbers no longer fit in six digits.
        """
        numbers = np.asarray(generation * np.int64(self.slots) + slot + 1, dtype=np.int64)
        if numbers.size and int(numbers.max()) > MAX_PRODUCTS:
            raise NoSuchDayError("the day is too far after the opening: product numbers would exceed six digits")
        return numbers


@lru_cache(maxsize=16)
def assortment(settings: GenerationSettings) -> Assortment:
    """The shelf of a retailer."""
    profile = PROFILES[settings.profile]
    categories = tuple(CATEGORIES[name] for name in profile.categories)
    index = np.arange(settings.product_count)
    word = draw(stream(settings.seed, "slot"), index)
    mission = scale(word, 0, 16, 2 * len(categories))
    rank = np.argsort(np.argsort(draw(stream(settings.seed, "popularity"), index), kind="stable"), kind="stable")
    exponent, shift = profile.popularity
    weights = np.array([(position + shift) ** -exponent for position in range(len(index))])[rank]
    return Assortment(
        categories=categories,
        category=mission // 2,
        mission=mission,
        subcategory=mission % 2 * 2 + bits(word, 16, 1),
        missions=_mission_tables(settings, mission, weights, 2 * len(categories)),
        mission_pick=_mission_pick(settings, 2 * len(categories)),
        life=500 + scale(word, 17, 16, 1000),
        phase=scale(word, 33, 12, 1500),
        review=35 + scale(word, 45, 8, 90),
        nine=bits(word, 53, 8) < profile.nine_share,
        origin=settings.opening_day.toordinal() - _PAST_DAYS,
    )


def _mission_tables(
    settings: GenerationSettings, mission: I64, weights: npt.NDArray[np.float64], count: int
) -> npt.NDArray[np.int32]:
    size = 1 << MISSION_BITS
    tables = np.empty((count, size), dtype=np.int32)
    for row in range(count):
        # shuffled by mission: neighbours in a table are no relatives, and rare slots get their turn in some table
        order = np.argsort(draw(stream(settings.seed, "mission", row), np.arange(len(mission))), kind="stable")
        own = np.where(mission == row, PROFILES[settings.profile].focus, 1.0)
        tables[row] = order[choice_table((weights * own)[order], size)]
    return tables


def _mission_pick(settings: GenerationSettings, count: int) -> npt.NDArray[np.int32]:
    order = np.argsort(draw(stream(settings.seed, "mission-share"), np.arange(count)), kind="stable")
    return order[choice_table([1.0 / (6 + position) for position in range(count)], 256)].astype(np.int32)
