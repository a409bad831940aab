"""Placing orders: who buys, where, through which channel and when.

Everything here is a function of (day, number of the order within the day), vectorised over orders of many days at once.
What is bought is left to :mod:`retail_platform.generation.baskets`, what happens later to ``lifecycle``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from retail_platform.generation import calendar
from retail_platform.generation.customers import choose_customers
from retail_platform.generation.profiles import PROFILES
from retail_platform.generation.randomness import I64, U64, bits, day_keys, draw, lane_at, mix, stream
from retail_platform.generation.settings import GenerationSettings
from retail_platform.generation.stores import PICK_BITS, pick_table, store_network
from retail_platform.generation.timeline import Timeline

FIRST_ORDER_MS = 2000
_CUSTOMER = np.uint64(0x2545F4914F6CDD1D)


@dataclass(frozen=True)
class Orders:
    """Some orders by where they stand: ``t`` is the day's column of the timeline, ``number`` counts from 0."""

    t: I64
    number: I64
    segment: I64

    def __len__(self) -> int:
        return len(self.t)

    def __getitem__(self, index: slice | npt.NDArray[np.bool_] | I64) -> Orders:
        return Orders(self.t[index], self.number[index], self.segment[index])


def order_words(settings: GenerationSettings, line: Timeline, orders: Orders) -> U64:
    """The random word each order's basket, mission and store come from."""
    return draw(day_keys(stream(settings.seed, "order"), orders.t + line.origin), orders.number)


def placed_ms(settings: GenerationSettings, line: Timeline, orders: Orders) -> I64:
    """Moment of each order in milliseconds after midnight UTC; rises with the number within a segment."""
    position = orders.number - line.first_number[orders.segment, orders.t]
    count = line.orders[orders.segment, orders.t]
    jitter = lane_at(day_keys(stream(settings.seed, "moment"), orders.t + line.origin), orders.number)
    quantile = (((position << 16) | jitter) << 16) // count  # of 2**32
    step, part = quantile >> 20, quantile & 0xFFFFF
    curves = calendar.day_curves().reshape(-1)
    entry = line.curve[orders.segment, orders.t] * (calendar.TABLE_STEPS + 1) + step
    start = curves[entry].astype(np.int64)
    moment: I64 = np.maximum(start + (((curves[entry + 1] - start) * part) >> 20), FIRST_ORDER_MS)
    return moment


def customers_of(settings: GenerationSettings, line: Timeline, orders: Orders, words: U64) -> I64:
    """Account number of each order's buyer, 0 for a guest."""
    return choose_customers(settings, line, orders.t, orders.number, orders.segment, mix(words ^ _CUSTOMER))


def stores_of(settings: GenerationSettings, line: Timeline, orders: Orders, words: U64) -> I64:
    """Index of each order's store in the network."""
    network = store_network(settings)
    country = line.segment_country[orders.segment]
    stores = np.array(network.online, dtype=np.int64)[country]
    till = np.flatnonzero(orders.segment < line.till_segments)
    if len(till):
        pick, at = bits(words[till], 40, PICK_BITS), orders.t[till] * len(line.countries) + country[till]
        # the orders of a day and country stand together
        starts = np.flatnonzero(np.diff(at, prepend=-1)).tolist()
        for start, end in zip(starts, [*starts[1:], len(till)], strict=True):
            t, index = divmod(int(at[start]), len(line.countries))
            stores[till[start:end]] = pick_table(settings, index, t + line.origin)[pick[start:end]]
    return stores


def channels_of(settings: GenerationSettings, line: Timeline, orders: Orders, words: U64) -> I64:
    """Index of each order's channel in ``CHANNELS``: store, web or app; the app gains share year by year."""
    years = (orders.t + line.origin - settings.opening_day.toordinal()) // 365
    app_share = np.clip(96 + 8 * years, 64, 180)
    online = 1 + (bits(mix(words + _CUSTOMER), 0, 8) < app_share)
    return np.where(orders.segment < line.till_segments, 0, online)


def sells_at_tills(settings: GenerationSettings) -> bool:
    """Whether the profile has shops at all."""
    return PROFILES[settings.profile].store_share > 0
