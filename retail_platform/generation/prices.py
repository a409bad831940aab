"""What articles cost on a day: list price and cost in dollars, price tags in every currency.

Prices are reviewed every few weeks, each slot of the shelf on its own calendar; not every review changes one. What is
on the shelf at all is known to :mod:`retail_platform.generation.assortment`. A day's orders need the prices of the
weeks before, so a month's are worked out together: of the few that change in it, and of all on its first day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from retail_platform.generation.assortment import assortment
from retail_platform.generation.categories import Category
from retail_platform.generation.exchange import RATE_UNIT, price_list_rate
from retail_platform.generation.randomness import I64, bits, draw, lognormal_table, scale, stream
from retail_platform.generation.settings import GenerationSettings

_LOOK_BACK = 4  # reviews; the price changes at the latest at every fourth
_YEARLY_INFLATION = 25  # in thousandths
_SPREAD_BITS = 12
_LONGEST_MONTH = 31


@dataclass(frozen=True)
class ProductState:
    """Prices of some products on a day: list price and cost in US cents, and the day of the last change."""

    price: I64
    cost: I64
    changed_on: I64


def product_state(settings: GenerationSettings, slot: I64, generation: I64, day: int | I64) -> ProductState:
    """The state at the end of ``day``, or of each its own, of the given holders of slots, launched on or before it.

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


@dataclass(frozen=True)
class PriceList:
    """The prices of a month: of the whole shelf on its first day, and those that are new on a later one.

    Attributes:
        first: Ordinal of the month's first day.
        entry: Which price is in force at the end of each day, shape (days, slots).
        slot: Whose price it is, shape (entries,), as are those of ``state``.
        state: The prices.
    """

    first: int
    entry: npt.NDArray[np.int32]
    slot: I64
    state: ProductState

    def entry_of(self, slot: I64, day: I64) -> npt.NDArray[np.int32]:
        """The entries of some slots, each on its own day (ordinal) of the month."""
        found: npt.NDArray[np.int32] = self.entry.reshape(-1)[(day - self.first) * self.entry.shape[1] + slot]
        return found


@lru_cache(maxsize=1 << 12)
def month_of(day: int) -> int:
    """Ordinal of the first day of a day's month."""
    return date.fromordinal(day).replace(day=1).toordinal()


@lru_cache(maxsize=4)
def shelf_state(settings: GenerationSettings, day: int) -> ProductState:
    """The state at the end of the day of what is on sale on it, by slot."""
    prices = price_list(settings, month_of(day))
    entry, state = prices.entry[day - prices.first], prices.state
    return ProductState(state.price[entry], state.cost[entry], state.changed_on[entry])


@lru_cache(maxsize=16)
def price_list(settings: GenerationSettings, first: int) -> PriceList:
    """The prices of the month that begins on ``first`` (ordinal)."""
    shelf = assortment(settings)
    slots, after = np.arange(shelf.slots), month_of(first + _LONGEST_MONTH)
    # A review comes back after more than a month and a new holder after more than a year: one of each at most.
    review = first + -(first + shelf.phase) % shelf.review
    launch = shelf.launched_on(slots, shelf.generation(slots, first - 1) + 1)
    reviewed, launched = ((days > first) & (days < after) for days in (review, launch))
    day = np.concatenate([np.full(shelf.slots, first), review[reviewed], launch[launched]])
    slot = np.concatenate([slots, slots[reviewed], slots[launched]])
    by_day = np.argsort(day, kind="stable")
    day, slot = day[by_day], slot[by_day]
    entry = np.empty((after - first, shelf.slots), dtype=np.int32)
    ends = np.searchsorted(day, np.arange(first, after), side="right").tolist()
    for row, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        entry[row] = entry[row - 1]
        entry[row, slot[start:end]] = np.arange(start, end)
    return PriceList(first, entry, slot, product_state(settings, slot, shelf.generation(slot, day), day))


@lru_cache(maxsize=16)
def price_tags(settings: GenerationSettings, currencies: tuple[str, ...], first: int) -> npt.NDArray[np.int32]:
    """Price tags of a month in hundredths: list price, converted, with the usual ending.

    Returns:
        Shape (currencies, entries); entries are those of the month's :func:`price_list`.
    """
    prices, nine = price_list(settings, first), assortment(settings).nine
    tags = []
    for currency in currencies:
        if currency == "USD":
            tags.append(prices.state.price)
            continue
        converted = prices.state.price * RATE_UNIT // price_list_rate(settings, currency, first)
        tags.append(price_ending(converted, nine[prices.slot], prices.slot, yen=currency == "JPY"))
    return np.stack(tags).astype(np.int32)


@lru_cache(maxsize=8)
def _base_prices(categories: tuple[Category, ...]) -> I64:
    """Quantiles of the prices in each category, one category after the other."""
    tables = [
        category.median_price * lognormal_table(1 << _SPREAD_BITS, category.spread) >> 16 for category in categories
    ]
    return np.concatenate(tables)


def _list_price(settings: GenerationSettings, slot: I64, number: I64, effective: I64, since: I64) -> I64:
    shelf = assortment(settings)
    word = draw(stream(settings.seed, "base-price"), number)
    base = _base_prices(shelf.categories)[(shelf.category[slot] << _SPREAD_BITS) + bits(word, 0, _SPREAD_BITS)]
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
