"""How many lines a basket has.

Most are a shopper's, negative binomial; a few are a trader's, with many lines. What lies in them is left to
:mod:`retail_platform.generation.baskets`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from retail_platform.generation.placing import Orders
from retail_platform.generation.profiles import PROFILES
from retail_platform.generation.randomness import I64, U64, bits, choice_table, lognormal_table, mix, negative_binomial
from retail_platform.generation.settings import GenerationSettings
from retail_platform.generation.timeline import Timeline

LONGEST_BASKET = 240


@lru_cache(maxsize=8)
def _sizes(settings: GenerationSettings) -> npt.NDArray[np.int32]:
    profile = PROFILES[settings.profile]
    weights = negative_binomial(profile.basket_mean - 1.0, profile.basket_dispersion, 60)
    return choice_table(weights, 1 << 16) + 1


@lru_cache(maxsize=1)
def _wholesale_factor() -> I64:
    return lognormal_table(256, 0.55) * 5


def basket_sizes(settings: GenerationSettings, words: U64, wholesale: npt.NDArray[np.bool_]) -> I64:
    """Lines of each order, at least 1."""
    size = _sizes(settings)[bits(words, 0, 16)].astype(np.int64)
    if wholesale.any():
        grown = (size[wholesale] + 2) * _wholesale_factor()[bits(mix(words[wholesale]), 0, 8)] >> 16
        size[wholesale] = np.minimum(grown + 1, LONGEST_BASKET)
    return size


def wholesale_orders(settings: GenerationSettings, line: Timeline, orders: Orders, words: U64) -> npt.NDArray[np.bool_]:
    """Which orders are a trader's: many lines and large quantities, sent for by web or app, never carried to a till."""
    share = int(PROFILES[settings.profile].wholesale_share * 4096)
    return (bits(words, 52, 12) < share) & (orders.segment >= line.till_segments)
