"""Daily exchange rates to the US dollar.

A mean-reverting walk over business days, written as a finite weighted sum of hashed noises: any day's rate can be had
without the day before. Weekends keep Friday's fixing.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np

from retail_platform.contracts.feeds import CURRENCIES
from retail_platform.generation.randomness import I64, bits, draw, stream
from retail_platform.generation.settings import GenerationSettings

RATE_UNIT = 100_000_000  # rates are integers with eight decimals

# central rate, and daily volatility in millionths
_CENTRAL = {
    "USD": (100_000_000, 0),
    "EUR": (108_500_000, 4300),
    "GBP": (126_800_000, 4900),
    "CAD": (73_600_000, 4000),
    "MXN": (5_620_000, 7200),
    "JPY": (672_000, 5600),
}
_MEMORY = 400
_WEIGHT_ONE = 1 << 20


def _weights() -> I64:
    weights, weight = [], _WEIGHT_ONE
    for _ in range(_MEMORY):
        weights.append(weight)
        weight = weight * 990 // 1000
    return np.array(weights, dtype=np.int64)


_WEIGHTS = _weights()


def business_day(day: int) -> int:
    """How many business days lie between ordinal 1, a Monday, and the day; a weekend counts as its Friday."""
    weeks, weekday = divmod(day - 1, 7)
    return weeks * 5 + min(weekday, 4)


def usd_rate(settings: GenerationSettings, currency: str, day: int) -> int:
    """US dollars for one unit of the currency on a day (ordinal), in units of 1e-8."""
    return _usd_rates(settings, business_day(day))[currency]


@lru_cache(maxsize=4096)
def _usd_rates(settings: GenerationSettings, at: int) -> dict[str, int]:
    """The rates of all currencies on a business day."""
    keys = np.array([[stream(settings.seed, "fx", CURRENCIES.index(currency))] for currency in _CENTRAL])
    words = draw(keys, at - np.arange(_MEMORY))
    # the sum of four uniform 16-bit numbers: near normal, standard deviation 37837
    noise = sum(bits(words, low, 16) for low in (0, 16, 32, 48)) - 4 * 32767
    rates = {}
    for (currency, (central, volatility)), total in zip(_CENTRAL.items(), noise @ _WEIGHTS, strict=True):
        walk = int(total) / (_WEIGHT_ONE * 37837) * volatility / 1e6
        rates[currency] = round(central * (1.0 + walk + 0.5 * walk * walk))
    return rates


def price_list_rate(settings: GenerationSettings, currency: str, day: int) -> int:
    """The rate local prices are calculated with: that of the first of the month, so that prices don't twitch daily."""
    return usd_rate(settings, currency, date.fromordinal(day).replace(day=1).toordinal())
