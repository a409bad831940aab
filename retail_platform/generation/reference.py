"""The frames of stores, products, promotions and exchange rates on a day.

Each lists the entities that were created or changed on the day or that the day's orders refer to, as they are at the
end of the day. Reference data only changes at ``REFERENCE_MS`` after midnight, so a slice that begins later holds
nothing but what its own orders refer to.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

import numpy as np
import polars as pl

from retail_platform.contracts.feeds import CURRENCIES, PRODUCT_STATUSES, STORE_TYPES
from retail_platform.generation.assortment import assortment
from retail_platform.generation.columns import (
    dates,
    empty,
    frame,
    id_column,
    moments,
    money,
    pick,
    pick_text,
    rising,
    text_column,
)
from retail_platform.generation.columns import digits as digit_columns
from retail_platform.generation.exchange import usd_rate
from retail_platform.generation.pools import BRANDS, LINES, PLACES, pools
from retail_platform.generation.prices import ProductState, product_state, shelf_state
from retail_platform.generation.profiles import COUNTRIES, PROFILES
from retail_platform.generation.promotions import Promotion, promotions_near
from retail_platform.generation.randomness import I64, bits, draw, scale, stream
from retail_platform.generation.settings import GenerationSettings
from retail_platform.generation.stores import FIRST_SHOP, REFERENCE_MS, store_network

_HOLDERS = 4  # so many more are worked out at a time when a slot gets a new one


def exchange_rate_frame(settings: GenerationSettings, day: int) -> pl.DataFrame:
    """One row per currency."""
    names = sorted(CURRENCIES)
    rates = [Decimal(usd_rate(settings, name, day)).scaleb(-8) for name in names]
    at = moments(np.full(len(names), day), np.full(len(names), REFERENCE_MS))
    return frame(
        "exchange_rates",
        {"currency": pl.Series(names), "usd_rate": pl.Series(rates, dtype=pl.Decimal(18, 8)), "updated_at": at},
    )


def store_frame(settings: GenerationSettings, day: int, referred: I64, *, with_changes: bool) -> pl.DataFrame:
    """The stores with these indices and, on request, those changed on the day; all of them on the opening day."""
    network = store_network(settings)
    wanted = set(referred.tolist())
    if with_changes:
        opening = day == settings.opening_day.toordinal()
        wanted |= set(range(len(network.versions)) if opening else network.changed_on(day))
    rows = [row for store in sorted(wanted) if (row := network.at(store, day)) is not None]
    return _all_stores(settings)[np.array(rows)] if rows else empty("stores")


@lru_cache(maxsize=16)
def _all_stores(settings: GenerationSettings) -> pl.DataFrame:
    """Every version of every store, in the order of the network's ``all_versions``."""
    versions = store_network(settings).all_versions
    countries = [c for c in COUNTRIES if c.code in PROFILES[settings.profile].countries]
    market = [countries[version.country] for version in versions]
    place = np.array([COUNTRIES.index(c) * PLACES + v.city % PLACES for c, v in zip(market, versions, strict=True)])
    city, region = pick(pools().cities, place), pick(pools().regions, place)
    names = [
        f"{c.code} Online Store" if v.number < FIRST_SHOP else f"{name} {v.number - FIRST_SHOP + 1}"
        for c, v, name in zip(market, versions, city.to_list(), strict=True)
    ]
    changed = np.array([version.changed_on for version in versions])
    return frame(
        "stores",
        {
            "store_id": id_column("S", np.array([version.number for version in versions]), 4),
            "name": pl.Series(names),
            "store_type": pick_text(STORE_TYPES, np.array([STORE_TYPES.index(v.store_type) for v in versions])),
            "city": city,
            "region": region,
            "country": pl.Series([c.code for c in market]),
            "currency": pl.Series([c.currency for c in market]),
            "opened_on": dates(np.array([version.opened_on for version in versions])),
            "closed_on": dates(np.array([version.closed_on or 0 for version in versions])),
            "updated_at": moments(changed, np.full(len(changed), REFERENCE_MS)),
        },
    )


def promotion_frame(settings: GenerationSettings, day: int, referred: I64, *, with_changes: bool) -> pl.DataFrame:
    """The promotions with these numbers and, on request, those announced or extended on the day."""
    wanted = set(referred.tolist())
    found = [
        p
        for p in promotions_near(settings, day)
        if p.number in wanted or (with_changes and day in (p.announced_on, p.extended_on))
    ]
    if not found:
        return empty("promotions")
    rows = [_promotion(settings, p, prolonged=p.extended_on is not None and p.extended_on <= day) for p in found]
    together = rows[0].clone()
    for row in rows[1:]:
        together.extend(row)  # a fraction of what concat() takes for a few rows
    return together


@lru_cache(maxsize=1 << 12)
def _promotion(settings: GenerationSettings, promotion: Promotion, *, prolonged: bool) -> pl.DataFrame:
    """A promotion as announced or as prolonged; the same ones are shown day after day."""
    category = None if promotion.category is None else PROFILES[settings.profile].categories[promotion.category]
    updated, end = promotion.announced_on, promotion.planned_end
    if prolonged and promotion.extended_on is not None:
        updated, end = promotion.extended_on, promotion.ends_on
    return frame(
        "promotions",
        {
            "promotion_id": id_column("PR", np.array([promotion.number]), 6),
            "name": pl.Series([f"{category or 'Everything'} {promotion.rate / 100:g} % off"]),
            "category": pl.Series([category], dtype=pl.String),
            "discount_rate": pl.Series([Decimal(promotion.rate).scaleb(-4)], dtype=pl.Decimal(5, 4)),
            "starts_on": dates(np.array([promotion.starts_on])),
            "ends_on": dates(np.array([end])),
            "updated_at": moments(np.array([updated]), np.array([REFERENCE_MS])),
        },
    )


@lru_cache(maxsize=64)
def changed_products(settings: GenerationSettings, day: int) -> I64:
    """Numbers of the products launched, discontinued or priced anew on the day; the whole shelf on the opening day."""
    shelf = assortment(settings)
    changed = np.arange(shelf.slots)
    if day != settings.opening_day.toordinal():
        changed = np.flatnonzero(shelf_state(settings, day).changed_on == day)
    generation = shelf.generation(changed, day)
    numbers = shelf.number(changed, generation)
    if day == settings.opening_day.toordinal():
        return numbers
    launched = shelf.launched_on(changed, generation) == day
    return np.concatenate([numbers, shelf.number(changed[launched], generation[launched] - 1)])


def product_frame(settings: GenerationSettings, day: int, referred: I64, *, with_changes: bool) -> pl.DataFrame:
    """The products with these numbers and, on request, those changed on the day."""
    shelf = assortment(settings)
    number = rising(np.concatenate([referred, changed_products(settings, day)]) if with_changes else referred)
    if not len(number):
        return empty("products")
    generation, slot = np.divmod(number - 1, shelf.slots)
    gone = generation < shelf.generation(slot, day)
    state = _states(settings, slot, generation, np.flatnonzero(gone), day)
    held = int(generation[-1]) + 1
    article = _articles(settings, held + -held % _HOLDERS)[pl.Series((number - 1).astype(np.uint32))]
    return frame(
        "products",
        {
            **{column.name: column for column in article},
            "unit_price": money(state.price),
            "unit_cost": money(state.cost),
            "status": pick_text(PRODUCT_STATUSES, gone.astype(np.int64)),
            "updated_at": moments(state.changed_on, np.full(len(number), REFERENCE_MS)),
        },
    )


def _states(settings: GenerationSettings, slot: I64, generation: I64, gone: I64, day: int) -> ProductState:
    """The states of some products, of which those at ``gone`` are no longer on the shelf."""
    shelf = shelf_state(settings, day)
    price, cost, changed_on = shelf.price[slot], shelf.cost[slot], shelf.changed_on[slot]
    if len(gone):
        former = product_state(settings, slot[gone], generation[gone], day)
        price[gone], cost[gone], changed_on[gone] = former.price, former.cost, former.changed_on
    return ProductState(price, cost, changed_on)


@lru_cache(maxsize=4)
def _articles(settings: GenerationSettings, holders: int) -> pl.DataFrame:
    """What never changes about the first so many holders of every slot, by number from 1.

    Most products are shown day after day: their names are put together once per retailer.
    """
    shelf = assortment(settings)
    number = np.arange(1, holders * shelf.slots + 1)
    generation, slot = np.divmod(number - 1, shelf.slots)
    category, word = shelf.category[slot], draw(stream(settings.seed, "article"), number)
    subcategory = pick_text(
        [s for c in shelf.categories for s in c.subcategories], category * 4 + shelf.subcategory[slot]
    )
    brand, line = pick(pools().brands, scale(word, 0, 16, BRANDS)), pick_text(LINES, bits(word, 16, 5))
    codes = np.array([list(c.code.encode()) for c in shelf.categories], dtype=np.uint8)
    variant = (scale(word, 24, 8, 26) + ord("A")).astype(np.uint8).reshape(-1, 1)
    words = pl.DataFrame({"brand": brand, "line": line, "kind": subcategory})
    return pl.DataFrame(
        {
            "product_id": id_column("P", number, 6),
            "sku": text_column([codes[category], b"-", digit_columns(number, 6), b"-", variant], len(number)),
            "name": words.select(pl.concat_str("brand", "line", "kind", separator=" ")).to_series(),
            "brand": brand,
            "category": pick_text([c.name for c in shelf.categories], category),
            "subcategory": subcategory,
            "launched_on": dates(shelf.launched_on(slot, generation)),
        }
    )
