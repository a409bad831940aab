"""The three kinds of retailer in figures.

Everything in which a supermarket chain, an online shop and a marketplace differ stands in one :class:`Profile` each:
where they sell, how customers come and go, what a basket holds. The figures are tuned against measured retail data;
see :mod:`retail_platform.generation.realism` for the bands.
"""

from __future__ import annotations

from dataclasses import dataclass

from retail_platform.generation.settings import ProfileName

MONTHS = 12


@dataclass(frozen=True)
class Country:
    """A market: its currency, its usual offset from UTC in hours and the daylight-saving rule it follows."""

    code: str
    currency: str
    utc_offset: int
    summer_time: str | None
    locale: str


COUNTRIES: tuple[Country, ...] = (
    Country("US", "USD", -6, "US", "en"),
    Country("CA", "CAD", -5, "US", "en-ca"),
    Country("GB", "GBP", 0, "EU", "en-gb"),
    Country("DE", "EUR", 1, "EU", "de"),
    Country("FR", "EUR", 1, "EU", "fr"),
    Country("MX", "MXN", -6, None, "es-mx"),
    Country("JP", "JPY", 9, None, "ja"),
)


@dataclass(frozen=True)
class Profile:
    """A kind of retailer.

    Attributes:
        countries: Share of the orders by country code.
        store_share: Share of the orders taken at a till.
        new_share: Share of the orders with which a customer opens an account.
        guest_share: Share of the other till orders without a customer.
        rate_shape: Shape of the gamma distribution of buying rates; smaller is more unequal.
        lifetime_days: Mean days from sign-up until a customer stops buying.
        basket_mean: Mean lines of an ordinary basket.
        basket_dispersion: Dispersion of the negative binomial behind it; smaller is more skewed.
        wholesale_share: Share of web and app orders that are a trader's, many times as large.
        focus: Weight of the mission's own products against all others; the source of affinity.
        popularity: Exponent and shift of the Zipf-Mandelbrot law of product popularity.
        weekday: Demand Monday to Sunday at tills and online.
        season: Demand by month.
        holiday_strength: Multiplies the pull of holidays and sales events.
        shock: Standard deviation of the day shock.
        return_share: Share of delivered orders whose buyer considers a return, at tills and online.
        nine_share: Share of products priced with an ending in 9, in 256ths.
        categories: Names of the categories on sale.
    """

    countries: dict[str, float]
    store_share: float
    new_share: float
    guest_share: float
    rate_shape: float
    lifetime_days: int
    basket_mean: float
    basket_dispersion: float
    wholesale_share: float
    focus: float
    popularity: tuple[float, float]
    weekday: tuple[tuple[float, ...], tuple[float, ...]]
    season: tuple[float, ...]
    holiday_strength: float
    shock: float
    return_share: tuple[float, float]
    nine_share: int
    categories: tuple[str, ...]


_GROCERY = Profile(
    countries={"US": 0.66, "CA": 0.16, "GB": 0.18},
    store_share=0.86,
    new_share=0.006,
    guest_share=0.28,
    rate_shape=1.0,
    lifetime_days=900,
    basket_mean=8.5,
    basket_dispersion=0.8,
    wholesale_share=0.02,
    focus=22.0,
    popularity=(0.85, 18.0),
    weekday=((0.93, 0.90, 0.92, 0.97, 1.12, 1.22, 0.94), (1.05, 1.0, 0.98, 1.0, 1.02, 0.93, 1.02)),
    season=(0.96, 0.95, 0.97, 0.98, 1.0, 1.0, 1.01, 0.99, 0.97, 0.99, 1.04, 1.14),
    holiday_strength=0.45,
    shock=0.045,
    return_share=(0.03, 0.06),
    nine_share=190,
    categories=(
        "Bakery", "Beverages", "Dairy", "Frozen", "Household",
        "Meat and Fish", "Pantry", "Personal Care", "Produce", "Snacks",
    ),
)  # fmt: skip

_ONLINE = Profile(
    countries={"US": 0.46, "GB": 0.18, "DE": 0.14, "FR": 0.08, "CA": 0.08, "JP": 0.06},
    store_share=0.10,
    new_share=0.21,
    guest_share=0.35,
    rate_shape=0.5,
    lifetime_days=320,
    basket_mean=3.1,
    basket_dispersion=0.72,
    wholesale_share=0.008,
    focus=24.0,
    popularity=(0.85, 15.0),
    weekday=((0.92, 0.90, 0.93, 0.97, 1.10, 1.28, 0.90), (1.16, 1.13, 1.08, 1.05, 0.92, 0.72, 0.94)),
    season=(0.90, 0.88, 0.93, 0.94, 0.97, 0.95, 0.94, 0.95, 0.99, 1.05, 1.24, 1.26),
    holiday_strength=1.0,
    shock=0.04,
    return_share=(0.22, 0.38),
    nine_share=170,
    categories=(
        "Apparel", "Beauty", "Books", "Electronics", "Footwear", "Garden",
        "Home", "Kitchen", "Office", "Sports", "Tools", "Toys",
    ),
)  # fmt: skip

_MARKETPLACE = Profile(
    countries={"US": 0.34, "MX": 0.22, "DE": 0.14, "GB": 0.10, "JP": 0.10, "CA": 0.05, "FR": 0.05},
    store_share=0.0,
    new_share=0.93,
    guest_share=0.0,
    rate_shape=0.05,
    lifetime_days=90,
    basket_mean=1.9,
    basket_dispersion=0.4,
    wholesale_share=0.003,
    focus=8.0,
    popularity=(0.9, 20.0),
    weekday=((1.0,) * 7, (1.17, 1.13, 1.08, 1.04, 0.92, 0.74, 0.92)),
    season=(0.93, 0.92, 0.96, 0.97, 1.0, 0.96, 0.97, 0.98, 0.97, 1.0, 1.20, 1.14),
    holiday_strength=1.1,
    shock=0.045,
    return_share=(0.0, 0.22),
    nine_share=128,
    categories=(
        "Apparel", "Beauty", "Books", "Electronics", "Footwear", "Garden",
        "Home", "Kitchen", "Office", "Sports", "Tools", "Toys",
    ),
)  # fmt: skip

PROFILES: dict[ProfileName, Profile] = {"grocery": _GROCERY, "online": _ONLINE, "marketplace": _MARKETPLACE}
