"""Products: what is on sale on a day, at what list price, and how popular it is.

The shelf has a fixed number of *slots*; each is held by one product after another, so the assortment renews itself
while popularity, category and mission stay with the slot. Product ``generation * slots + slot + 1`` is the slot's
n-th holder. Prices are reviewed at intervals that differ by slot and keep their usual endings. Everything is a closed
form of (product, day); changes take effect at the reference moment of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from retail_platform.generation.categories import CATEGORIES, Category
from retail_platform.generation.exchange import RATE_UNIT, price_list_rate
from retail_platform.generation.profiles import PROFILES
from retail_platform.generation.randomness import I64, bits, choice_table, draw, lognormal_table, scale, stream
from retail_platform.generation.settings import GenerationSettings

MISSION_BITS = 14
MAX_PRODUCTS = 999_999
_PAST_DAYS = 2000  # how long before the opening the shelf numbering starts
_LOOK_BACK = 4  # reviews; the price changes at the latest at every fourth
_YEARLY_INFLATION = 25  # in thousandths


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
            ValueError: The day lies so far ahead that product numbers no longer fit in six digits.
        """
        numbers = np.asarray(generation * np.int64(self.slots) + slot + 1, dtype=np.int64)
        if numbers.size and int(numbers.max()) > MAX_PRODUCTS:
            raise ValueError("the day is too far after the opening: product numbers would exceed six digits")
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


@dataclass(frozen=True)
class ProductState:
    """Prices of some products on a day: list price and cost in US cents, and the day of the last change."""

    price: I64
    cost: I64
    changed_on: I64


def product_state(settings: GenerationSettings, slot: I64, generation: I64, day: int) -> ProductState:
    """The state at the end of ``day`` of the given holders of slots, launched on or before it.

    A product that has been discontinued keeps the last price it had.
    """
    shelf = assortment(settings)
    number = generation * np.int64(shelf.slots) + slot
    launched, replaced = shelf.launched_on(slot, generation), shelf.launched_on(slot, generation + 1)
    last_day = np.minimum(day, replaced - 1)
    review, phase = shelf.review[slot], shelf.phase[slot]
    visit = (last_day + phase) // review
    key = stream(settings.seed, "price")
    effective = np.full(len(slot), -1, dtype=np.int64)
    for back in range(_LOOK_BACK):
        candidate = visit - back
        reviewed = candidate * review - phase > launched
        changes = (scale(draw(key, number * 65536 + candidate), 0, 8, 100) < 62) | (candidate % _LOOK_BACK == 0)
        effective = np.where((effective < 0) & reviewed & changes, candidate, effective)
    changed_on = np.where(effective >= 0, effective * review - phase, launched)
    price = _list_price(settings, slot, number, effective, changed_on)
    cost_word = draw(stream(settings.seed, "cost"), number * 65536 + effective)
    share = np.array([category.cost_share for category in shelf.categories])[shelf.category[slot]]
    cost = np.maximum(price * (share * 10 - 60 + scale(cost_word, 0, 16, 120)) // 1000, 1)
    return ProductState(price, cost, np.where(replaced <= day, replaced, changed_on))


@lru_cache(maxsize=4)
def shelf_state(settings: GenerationSettings, day: int) -> ProductState:
    """The state at the end of the day of what is on sale on it, by slot."""
    shelf = assortment(settings)
    slots = np.arange(shelf.slots)
    return product_state(settings, slots, shelf.generation(slots, day), day)


@lru_cache(maxsize=64)
def _base_prices(category: Category) -> I64:
    return category.median_price * lognormal_table(1 << 12, category.spread) >> 16


def _list_price(settings: GenerationSettings, slot: I64, number: I64, effective: I64, since: I64) -> I64:
    shelf = assortment(settings)
    word = draw(stream(settings.seed, "base-price"), number)
    table = np.concatenate([_base_prices(category) for category in shelf.categories])
    base = table[shelf.category[slot] * 4096 + bits(word, 0, 12)]
    move = scale(draw(stream(settings.seed, "price-move"), number * 65536 + effective), 0, 16, 240) - 100
    move = np.where(effective >= 0, move, 0)
    inflation = (since - shelf.origin) * _YEARLY_INFLATION // 365
    return price_ending(base * (1000 + move) // 1000 * (1000 + inflation) // 1000, shelf.nine[slot], slot)


def price_ending(cents: I64, nine: npt.NDArray[np.bool_], slot: I64, *, yen: bool = False) -> I64:
    """Prices with their usual endings: x.99 for most slots, round or plain ones for others; at least 5 cents."""
    if yen:
        units = cents // 100
        small = np.where(nine, units // 10 * 10 + 9, (units + 5) // 10 * 10)
        large = np.where(nine, units // 100 * 100 + np.where(slot % 4 == 0, 89, 99), (units + 25) // 50 * 50)
        return np.maximum(np.where(units < 1000, small, large), 10) * 100
    small = np.where(nine, cents // 10 * 10 + 9, (cents + 2) // 5 * 5)
    middle = cents // 100 * 100 + np.where(slot % 5 == 0, 49, 99)
    middle = np.where(nine, middle, np.where(slot % 3 == 0, cents // 100 * 100 + 95, (cents + 12) // 25 * 25))
    large = np.where(nine, cents // 500 * 500 + 499, (cents + 250) // 500 * 500)
    return np.maximum(np.where(cents < 250, small, np.where(cents < 10_000, middle, large)), 5)


@lru_cache(maxsize=128)
def shelf_prices(settings: GenerationSettings, currencies: tuple[str, ...], day: int) -> npt.NDArray[np.int32]:
    """Price tags of a day in hundredths, shape (currencies, slots): list price, converted, with the usual ending."""
    shelf = assortment(settings)
    slots = np.arange(shelf.slots)
    state = shelf_state(settings, day)
    rows = []
    for currency in currencies:
        if currency == "USD":
            rows.append(state.price)
            continue
        converted = state.price * RATE_UNIT // price_list_rate(settings, currency, day)
        rows.append(price_ending(converted, shelf.nine, slots, yen=currency == "JPY"))
    return np.stack(rows).astype(np.int32)
