"""Which promotion an order uses, and whom a promotion draws into its category.

Between ``promotions`` (when they run) and ``baskets`` (what they cost).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from retail_platform.generation.promotions import SALE_BASE, running
from retail_platform.generation.randomness import I64, U64, bits, scale
from retail_platform.generation.settings import GenerationSettings

# shares of 256: of orders drawn into a promotion's category, of baskets there that use it, of others using a coupon
_DRAWN, _USES_PROMOTION, _USES_COUPON, _USES_SALE = 22, 218, 16, 110


@dataclass(frozen=True)
class Offers:
    """Promotions of several days. Offers are numbered by position in ``rates``; 0 is none.

    Attributes:
        by_category: Offer on a category, shape (days, categories).
        on_sale: Categories with an offer, the first ``on_sale_count`` of each row, shape (days, categories).
        on_sale_count: How many categories have one, by day.
        coupon: Offer on everything, by day.
        coupon_uptake: Share of orders using it, of 256, by day.
        rates: Discount of each offer in ten thousandths.
        numbers: Promotion number of each offer.
        categories: Category of each offer, -1 for everything.
    """

    by_category: I64
    on_sale: I64
    on_sale_count: I64
    coupon: I64
    coupon_uptake: I64
    rates: I64
    numbers: I64
    categories: I64


def offers_of(settings: GenerationSettings, days: I64, categories: int) -> Offers:
    """What is on offer on some days (ordinals)."""
    rates, numbers, targets = [0], [0], [-1]
    by_category, on_sale = np.zeros((2, len(days), categories), dtype=np.int64)
    count, coupon, uptake = np.zeros((3, len(days)), dtype=np.int64)
    for row, day in enumerate(days):
        for promotion in running(settings, int(day)):
            rates.append(promotion.rate)
            numbers.append(promotion.number)
            targets.append(-1 if promotion.category is None else promotion.category)
            if promotion.category is not None:
                by_category[row, promotion.category] = len(rates) - 1
                on_sale[row, count[row]] = promotion.category
                count[row] += 1
            else:  # the last one wins: the yearly sale has the highest number
                coupon[row] = len(rates) - 1
                uptake[row] = _USES_SALE if promotion.number > SALE_BASE else _USES_COUPON
    return Offers(by_category, on_sale, count, coupon, uptake, np.array(rates), np.array(numbers), np.array(targets))


def choose_offers(offers: Offers, row: I64, mission: I64, words: U64, more_words: U64) -> tuple[I64, I64]:
    """Mission and offer of each order; a promotion turns some orders towards its category.

    Args:
        offers: The offers of the orders' days.
        row: Position of each order's day among them.
        mission: Mission each order would have without promotions.
        words: A random word each; bits 24 to 39 are used.
        more_words: Another one; bits 32 to 47 are used.
    """
    count = offers.on_sale_count[row]
    drawn = (count > 0) & (bits(words, 24, 8) < _DRAWN)
    category = offers.on_sale[row, scale(words, 32, 8, np.maximum(count, 1))]
    mission = np.where(drawn, category * 2 + bits(words, 24, 1), mission)
    offer = offers.by_category[row, mission // 2]
    offer = np.where(bits(more_words, 32, 8) < _USES_PROMOTION, offer, 0)
    coupon = np.where(bits(more_words, 40, 8) < offers.coupon_uptake[row], offers.coupon[row], 0)
    return mission, np.where(offer > 0, offer, coupon)
