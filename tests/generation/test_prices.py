"""What articles cost, a month's list against every day by itself."""

from datetime import date

import numpy as np
import pytest

from retail_platform.generation import GenerationSettings
from retail_platform.generation.assortment import assortment
from retail_platform.generation.exchange import RATE_UNIT, price_list_rate
from retail_platform.generation.prices import (
    month_of,
    price_ending,
    price_list,
    price_tags,
    product_state,
    shelf_state,
)


@pytest.mark.parametrize("product_count", [100, 3000])
def test_a_months_list_has_the_prices_every_day_has_by_itself(product_count: int):
    retailer = GenerationSettings(product_count=product_count, seed=3)
    shelf = assortment(retailer)
    slots = np.arange(shelf.slots)
    for day in range(date(2024, 1, 25).toordinal(), date(2024, 4, 3).toordinal()):
        listed, alone = shelf_state(retailer, day), product_state(retailer, slots, shelf.generation(slots, day), day)
        for name in ("price", "cost", "changed_on"):
            assert (getattr(listed, name) == getattr(alone, name)).all(), (date.fromordinal(day), name)
        prices = price_list(retailer, month_of(day))
        entry = prices.entry_of(slots, np.full(len(slots), day))
        dollars, yen = price_tags(retailer, ("USD", "JPY"), month_of(day))[:, entry]
        assert (dollars == alone.price).all()
        converted = alone.price * RATE_UNIT // price_list_rate(retailer, "JPY", day)
        assert (yen == price_ending(converted, shelf.nine, slots, yen=True)).all()
        assert (prices.slot[entry] == slots).all()


def test_a_month_begins_on_its_first_day_whatever_its_length():
    for day in (date(2024, 2, 1), date(2024, 2, 29), date(2023, 2, 28), date(2024, 12, 31)):
        assert month_of(day.toordinal()) == day.replace(day=1).toordinal()
