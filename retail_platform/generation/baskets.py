"""What is bought: missions, lines, quantities, prices, discounts and returns.

A basket belongs to a mission, which prefers its own products, so they turn up together. Amounts are integers,
hundredths of the order's currency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from retail_platform.generation.assortment import MISSION_BITS, Assortment, assortment
from retail_platform.generation.columns import distinct
from retail_platform.generation.offers import Offers, choose_offers, offers_of
from retail_platform.generation.placing import Orders
from retail_platform.generation.prices import month_of, price_list, price_tags
from retail_platform.generation.randomness import I64, U64, bits, choice_table, draw, mix, scale
from retail_platform.generation.settings import GenerationSettings
from retail_platform.generation.sizes import basket_sizes, wholesale_orders
from retail_platform.generation.timeline import Timeline

_QUANTITY = choice_table([0, 0, 60, 20, 10, 5, 3, 1, 1], 256)
_MISSION = np.uint64(0xD6E8FEB86659FD93)

# fee and the order value from which shipping is free, in hundredths
_SHIPPING = {
    "USD": (399, 3900),
    "CAD": (499, 4900),
    "GBP": (299, 3000),
    "EUR": (295, 3500),
    "MXN": (6900, 59900),
    "JPY": (38000, 498000),
}


@dataclass(frozen=True)
class Baskets:
    """The lines of some orders, order by order; order arrays have one element per order, line arrays one per line.

    Attributes:
        order: Position of each line's order.
        line_number: From 1.
        slot: Shelf slot of the product.
        quantity, unit_price, discount, amount: Of the line.
        returned: Units that would come back if a return were considered.
        first_line: Position of each order's first line, with the total number of lines at the end.
        promotion: Number of the promotion used by each order, 0 for none.
        order_discount, shipping, total: Of the order.
    """

    order: I64
    line_number: I64
    slot: I64
    quantity: I64
    unit_price: I64
    discount: I64
    amount: I64
    returned: I64
    first_line: I64
    promotion: I64
    order_discount: I64
    shipping: I64
    total: I64


@dataclass(frozen=True)
class _Setting:
    """What the lines of a basket depend on beside the product: arrays with one element per order."""

    shelf: Assortment
    row: I64  # of the order's day among the days
    days: I64  # ordinals
    currency: I64
    currencies: tuple[str, ...]
    words: U64
    more_words: U64
    wholesale: npt.NDArray[np.bool_]

    @property
    def yen(self) -> npt.NDArray[np.bool_]:
        """Whether the order's currency has no hundredths."""
        return np.array([name == "JPY" for name in self.currencies])[self.currency]


def fill_baskets(
    settings: GenerationSettings, line: Timeline, orders: Orders, words: U64, return_class: npt.NDArray[np.int8]
) -> Baskets:
    """The baskets of some orders.

    Args:
        settings: The retailer.
        line: Its timeline.
        orders: The orders, at least one; quickest if those of a month stand together.
        words: Their words from ``order_words``.
        return_class: How late a return of each is considered, see ``lifecycle.Paths``.
    """
    setting = _setting(settings, line, orders, words)
    offers, offer, lines = _fill(settings, setting, return_class)
    order, slot, quantity, starts = lines.order, lines.slot, lines.quantity, lines.first_line[:-1]
    price = _unit_prices(settings, setting, lines)
    discount = _line_discounts(setting, offers, offer, order, slot, quantity * price)
    amount = quantity * price - discount
    subtotal, saved = np.add.reduceat(amount, starts), np.add.reduceat(discount, starts)
    order_discount = _order_discounts(setting, offers, offer, subtotal)
    shipping = _shipping(line, orders, setting, subtotal - order_discount)
    return Baskets(
        order, lines.number, slot, quantity, price, discount, amount,
        returned=lines.returned,
        first_line=lines.first_line,
        promotion=np.where(saved + order_discount > 0, offers.numbers[offer], 0),
        order_discount=order_discount, shipping=shipping, total=subtotal - order_discount + shipping,
    )  # fmt: skip


def came_back(
    settings: GenerationSettings, line: Timeline, orders: Orders, words: U64, return_class: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether something of each order comes back if a return is considered, and whether everything does.

    Arguments are those of :func:`fill_baskets`; what things cost is not looked up.
    """
    lines = _fill(settings, _setting(settings, line, orders, words), return_class)[2]
    starts = lines.first_line[:-1]
    some = np.logical_or.reduceat(lines.returned > 0, starts)
    return some, np.logical_and.reduceat(lines.returned == lines.quantity, starts)


@dataclass(frozen=True)
class _Lines:
    """What lies in some baskets, as in :class:`Baskets`."""

    order: I64
    number: I64
    slot: I64
    quantity: I64
    returned: I64
    first_line: I64


def _fill(
    settings: GenerationSettings, setting: _Setting, return_class: npt.NDArray[np.int8]
) -> tuple[Offers, I64, _Lines]:
    """The offers, which of them each order uses, and the lines."""
    shelf, words = setting.shelf, setting.words
    offers = offers_of(settings, setting.days, len(shelf.categories))
    mission = shelf.mission_pick[bits(words, 16, 8)].astype(np.int64)
    mission, offer = choose_offers(offers, setting.row, mission, words, setting.more_words)
    size = basket_sizes(settings, words, setting.wholesale)
    first_line = np.concatenate([[0], np.cumsum(size)])
    order = np.repeat(np.arange(len(words)), size)
    number = np.arange(first_line[-1]) - np.repeat(first_line[:-1], size)
    slot, line_words = _products(setting, mission, order, number), draw(words[order], number + 1)
    quantity = _quantities(setting, order, slot, line_words)
    returned = _returns(shelf, line_words, slot, quantity, return_class[order])
    return offers, offer, _Lines(order, number + 1, slot, quantity, returned, first_line)


def _setting(settings: GenerationSettings, line: Timeline, orders: Orders, words: U64) -> _Setting:
    columns, row = distinct(orders.t)
    currencies = tuple(dict.fromkeys(country.currency for country in line.countries))
    of_country = np.array([currencies.index(country.currency) for country in line.countries])
    currency = of_country[line.segment_country[orders.segment]]
    days = columns + line.origin
    wholesale = wholesale_orders(settings, line, orders, words)
    return _Setting(assortment(settings), row, days, currency, currencies, words, mix(words ^ _MISSION), wholesale)


def _products(setting: _Setting, mission: I64, order: I64, number: I64) -> I64:
    """Slots of the lines: a basket walks through its mission's table in strides, so a product rarely comes twice."""
    start = bits(setting.more_words, 0, MISSION_BITS)
    stride = (bits(setting.more_words, MISSION_BITS, 12) + 4096) | 1
    place = (start[order] + number * stride[order]) & ((1 << MISSION_BITS) - 1)
    return setting.shelf.missions.reshape(-1)[(mission << MISSION_BITS)[order] + place].astype(np.int64)


def _unit_prices(settings: GenerationSettings, setting: _Setting, lines: _Lines) -> I64:
    """Price tags of the lines' days and currencies."""
    prices = np.empty(len(lines.order), dtype=np.int64)
    months = np.array([month_of(day) for day in setting.days.tolist()])[setting.row]
    begins = np.flatnonzero(np.diff(months, prepend=0))  # where the orders of another month begin
    starts = lines.first_line[begins].tolist()
    for first, start, end in zip(months[begins].tolist(), starts, [*starts[1:], len(prices)], strict=True):
        order, slot = lines.order[start:end], lines.slot[start:end]
        entry = price_list(settings, first).entry_of(slot, setting.days[setting.row[order]])
        prices[start:end] = price_tags(settings, setting.currencies, first)[setting.currency[order], entry]
    return prices


def _quantities(setting: _Setting, order: I64, slot: I64, line_words: U64) -> I64:
    bulk = np.array([category.bulk for category in setting.shelf.categories])[setting.shelf.category]
    several = bits(line_words, 0, 16) * 100 >> 16 < bulk[slot]
    quantity = np.where(several, _QUANTITY[bits(line_words, 16, 8)], 1).astype(np.int64)
    large = np.flatnonzero(setting.wholesale[order])
    quantity[large] *= 2 + scale(line_words[large], 24, 8, 11)
    return quantity


def _line_discounts(setting: _Setting, offers: Offers, offer: I64, order: I64, slot: I64, gross: I64) -> I64:
    discount = np.zeros(len(order), dtype=np.int64)
    category = offers.categories[offer]
    rows = np.flatnonzero((category >= 0)[order])
    rows = rows[category[order[rows]] == setting.shelf.category[slot[rows]]]
    saved = gross[rows] * offers.rates[offer[order[rows]]] // 10_000
    discount[rows] = saved - np.where(setting.yen[order[rows]], saved % 100, 0)
    return discount


def _order_discounts(setting: _Setting, offers: Offers, offer: I64, subtotal: I64) -> I64:
    saved = np.where(offers.categories[offer] < 0, subtotal * offers.rates[offer] // 10_000, 0)
    return np.asarray(saved - np.where(setting.yen, saved % 100, 0), dtype=np.int64)


def _shipping(line: Timeline, orders: Orders, setting: _Setting, value: I64) -> I64:
    fee, free_from = np.array([_SHIPPING[name] for name in setting.currencies])[setting.currency].T
    return np.where((orders.segment < line.till_segments) | (value >= free_from), 0, fee)


def _returns(shelf: Assortment, line_words: U64, slot: I64, quantity: I64, return_class: npt.NDArray[np.int8]) -> I64:
    percent = np.array([category.returns for category in shelf.categories])
    some = scale(line_words, 32, 16, 100) < percent[shelf.category[slot], return_class]
    units = np.where(bits(line_words, 48, 4) < 12, quantity, 1 + scale(line_words, 48, 16, quantity))
    return np.where(some, units, 0)
