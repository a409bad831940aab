"""The frames of orders and order lines.

Builds them for a piece of a selection, day by day, and reports which stores, products and promotions the rows refer to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from retail_platform.contracts.feeds import CHANNELS, ORDER_STATUSES
from retail_platform.generation.assortment import Assortment, assortment
from retail_platform.generation.baskets import Baskets, fill_baskets
from retail_platform.generation.columns import (
    digits,
    distinct,
    frame,
    id_column,
    moments,
    money,
    pick,
    pick_text,
    slices,
    text_column,
)
from retail_platform.generation.lifecycle import paths
from retail_platform.generation.placing import channels_of, order_words, stores_of
from retail_platform.generation.randomness import I64
from retail_platform.generation.selection import Selection, Window
from retail_platform.generation.settings import GenerationSettings
from retail_platform.generation.stores import store_network
from retail_platform.generation.timeline import Timeline


@dataclass(frozen=True)
class Documents:
    """A day's orders and lines, with the indices of stores, numbers of products and of promotions they refer to."""

    orders: pl.DataFrame
    order_items: pl.DataFrame
    stores: I64
    products: I64
    promotions: I64


def documents(settings: GenerationSettings, line: Timeline, window: Window, chosen: Selection) -> list[Documents]:
    """The frames of a piece of a selection, at least one order, for each day of the window."""
    orders = chosen.orders
    words = order_words(settings, line, orders)
    baskets = fill_baskets(settings, line, orders, words, paths(settings).return_class[chosen.path])
    stores = stores_of(settings, line, orders, words)
    order_id = _order_ids(line, chosen)
    currencies = [line.countries[segment.country].currency for segment in line.segments]
    order_frame = frame(
        "orders",
        {
            "order_id": order_id,
            "customer_id": id_column("C", chosen.customer.astype(np.int64), 9),
            "store_id": pick(_store_ids(settings), stores),
            "channel": pick_text(CHANNELS, channels_of(settings, line, orders, words)),
            "status": pick_text(ORDER_STATUSES, chosen.status),
            "currency": pick_text(currencies, chosen.segment),
            "promotion_id": _promotion_ids(baskets.promotion),
            "discount_amount": money(baskets.order_discount),
            "shipping_amount": money(baskets.shipping),
            "total_amount": money(baskets.total),
            "ordered_at": moments(orders.t + line.origin, chosen.placed.astype(np.int64)),
            "updated_at": moments(chosen.days(line), chosen.moment.astype(np.int64)),
        },
    )
    items, item_order, product = _lines(settings, line, chosen, baskets, order_id)
    ends = np.searchsorted(chosen.shown, np.array(window.shown), side="right")
    item_ends = np.searchsorted(item_order, ends)
    return [
        Documents(
            order_frame[rows],
            items[item_rows],
            stores=_referred(stores[rows]),
            products=_referred(product[item_rows]),
            promotions=_referred(baskets.promotion[rows]),
        )
        for rows, item_rows in zip(slices(ends), slices(item_ends), strict=True)
    ]


@lru_cache(maxsize=16)
def _store_ids(settings: GenerationSettings) -> pl.Series:
    """The id of each store by its index."""
    numbers = [history[0].number for history in store_network(settings).versions]
    return id_column("S", np.array(numbers), 4)


def _order_ids(line: Timeline, chosen: Selection) -> pl.Series:
    t = chosen.t.astype(np.int64)
    first = int(t.min()) if len(t) else 0
    stamps = np.array([_stamp(day) for day in range(first + line.origin, int(t.max()) + line.origin + 1)])
    number = digits(chosen.number.astype(np.int64) + 1, 7)
    return text_column([b"O", digits(stamps, 8)[t - first], b"-", number], len(t))


@lru_cache(maxsize=1 << 12)
def _stamp(day: int) -> int:
    """A day (ordinal) as the number YYYYMMDD."""
    return int(f"{date.fromordinal(day):%Y%m%d}")


def _referred(numbers: I64) -> I64:
    return distinct(numbers)[0] if len(numbers) else numbers


def _promotion_ids(numbers: I64) -> pl.Series:
    known, index = distinct(numbers)
    return pick(id_column("PR", known, 6), index)


def _lines(
    settings: GenerationSettings, line: Timeline, chosen: Selection, baskets: Baskets, order_id: pl.Series
) -> tuple[pl.DataFrame, I64, I64]:
    """Lines of orders placed in the window, and lines of older ones of which something came back in it.

    Returns:
        Their frame, the position of each line's order, and the number of its product.
    """
    came_back = np.where(chosen.returning[baskets.order], baskets.returned, 0)
    rows = np.flatnonzero(chosen.fresh[baskets.order] | (came_back > 0))
    order, slot = baskets.order[rows], baskets.slot[rows]
    sold_or_returned = np.where(chosen.fresh, chosen.placed, chosen.moment)[order]
    number = _product_numbers(assortment(settings), line, chosen.t[order], slot)
    sold = np.bincount(number) > 0 if len(rows) else np.zeros(0, dtype=np.bool_)
    known, place = np.flatnonzero(sold), (np.cumsum(sold) - 1)[number]
    items = frame(
        "order_items",
        {
            "order_id": pick(order_id, order),
            "line_number": pl.Series(baskets.line_number[rows].astype(np.int32)),
            "product_id": pick(id_column("P", known, 6), place),
            "quantity": pl.Series(baskets.quantity[rows].astype(np.int32)),
            "unit_price": money(baskets.unit_price[rows]),
            "discount_amount": money(baskets.discount[rows]),
            "line_amount": money(baskets.amount[rows]),
            "returned_quantity": pl.Series(came_back[rows].astype(np.int32)),
            "updated_at": moments(chosen.days(line)[order], sold_or_returned.astype(np.int64)),
        },
    )
    return items, order, number


def _product_numbers(shelf: Assortment, line: Timeline, t: npt.NDArray[np.int32], slot: I64) -> I64:
    """Number of the product in a slot on a day, for each line."""
    if not len(t):
        return np.zeros(0, dtype=np.int64)
    days, row = distinct(t)
    if len(days) * shelf.slots > len(t):
        return shelf.number(slot, shelf.generation(slot, t.astype(np.int64) + line.origin))
    # of more lines than that every (day, slot) is worked out once
    slots = np.arange(shelf.slots)
    numbers = [shelf.number(slots, shelf.generation(slots, int(day) + line.origin)) for day in days]
    found: I64 = np.concatenate(numbers)[row * shelf.slots + slot]
    return found
