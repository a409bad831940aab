"""Is the data credible? Twenty statistics of a period, each beside the band in which real retailers lie.

Works on any frames that follow the contracts, generated or landed. The bands come from public data sets (UCI Online
Retail, dunnhumby, CDNOW) and, where real retailers differ by kind, depend on the profile. How each figure is computed
is left to :mod:`retail_platform.generation.statistics`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from retail_platform.generation import statistics
from retail_platform.generation.settings import ProfileName


class Band(NamedTuple):
    """Accepted values, both ends included."""

    low: float
    high: float


_ANY = float("inf")
_COMMON: dict[str, Band] = {
    "product rank-frequency slope": Band(0.6, 1.1),
    "product Gini": Band(0.5, 0.75),
    "top 20 % products' share of lines": Band(0.55, 0.8),
    "orders per customer, variance / mean": Band(5.0, _ANY),
    "customer-order Gini": Band(0.45, 0.7),
    "top 20 % customers' share of revenue": Band(0.5, 0.8),
    "inter-purchase coefficient of variation": Band(1.1, 2.2),
    "weekday maximum / minimum": Band(1.2, 2.0),
    "weekly autocorrelation of daily orders": Band(0.3, 0.8),
    "daily orders, variance / mean": Band(3.0, _ANY),
    "basket size, variance / mean": Band(1.5, _ANY),
    "pair lift, median": Band(1.5, _ANY),
    "pair lift, 99th percentile": Band(4.0, _ANY),
    "order value, standard deviation of logarithm": Band(0.7, 1.3),
    "order value, skewness of logarithm": Band(-0.9, 0.5),
    "order value, deviation from Benford": Band(0.0, 0.03),
    "products with more than one price": Band(0.5, 1.0),
}
_BY_PROFILE: dict[ProfileName, dict[str, Band]] = {
    "grocery": {
        "repeat customers": Band(0.9, 1.0),
        "month-1 retention": Band(0.5, 0.9),
        "prices ending in 9": Band(0.4, 1.0),
        "lines returned": Band(0.0, 0.03),
    },
    "online": {
        "repeat customers": Band(0.4, 0.7),
        "month-1 retention": Band(0.12, 0.4),
        "prices ending in 9": Band(0.4, 1.0),
        "lines returned": Band(0.03, 0.2),
    },
    "marketplace": {
        "repeat customers": Band(0.03, 0.1),
        "month-1 retention": Band(0.0, 0.08),
        "prices ending in 9": Band(0.2, 1.0),
        "lines returned": Band(0.01, 0.15),
        # nearly everyone buys once: concentration among customers says nothing here
        "orders per customer, variance / mean": Band(0.0, _ANY),
        "customer-order Gini": Band(0.0, 0.3),
        "top 20 % customers' share of revenue": Band(0.4, 0.8),
    },
}


@dataclass(frozen=True)
class Trade:
    """What was sold in a period.

    Attributes:
        orders: ``order_id``, ``customer_id``, ``day`` and ``value`` in US dollars; one row per order placed.
        lines: ``order_id``, ``product_id``; one row per line sold.
        prices: ``product_id``, ``unit_price``; one row per list price seen.
        returned_lines: Lines of which something came back.
    """

    orders: pl.DataFrame
    lines: pl.DataFrame
    prices: pl.DataFrame
    returned_lines: int


def bands(profile: ProfileName) -> dict[str, Band]:
    """Accept bands by statistic."""
    return _COMMON | _BY_PROFILE[profile]


def collect(days: Iterable[tuple[date, Mapping[str, pl.DataFrame]]]) -> Trade:
    """What was sold on some days, from their frames; keeps only what the statistics need."""
    orders, lines, prices, returned = [], [], [], 0
    for day, frames in days:
        rates = frames["exchange_rates"].select("currency", rate=pl.col("usd_rate").cast(pl.Float64))
        placed = frames["orders"].filter(pl.col("ordered_at").dt.date() == day).join(rates, on="currency")
        value = pl.col("total_amount").cast(pl.Float64) * pl.col("rate")
        orders.append(placed.select("order_id", "customer_id", day=pl.lit(day), value=value))
        items = frames["order_items"]
        returned += items.filter(pl.col("returned_quantity") > 0).height
        lines.append(items.select("order_id", "product_id").join(placed.select("order_id"), on="order_id", how="semi"))
        prices.append(frames["products"].select("product_id", "unit_price"))
    return Trade(pl.concat(orders), pl.concat(lines), pl.concat(prices).unique(), returned)


def measure(trade: Trade) -> dict[str, float]:
    """The statistics of a period, by name; it should be a year, so that seasons and rare customers show."""
    return {**_of_products(trade), **_of_customers(trade), **_of_days(trade), **_of_orders(trade)}


def report(trade: Trade, profile: ProfileName) -> pl.DataFrame:
    """One row per statistic: ``statistic``, ``value``, ``low``, ``high``, ``accepted``."""
    found, accepted = measure(trade), bands(profile)
    rows = [
        (name, found[name], band.low, band.high, band.low <= found[name] <= band.high)
        for name, band in accepted.items()
    ]
    return pl.DataFrame(rows, schema=["statistic", "value", "low", "high", "accepted"], orient="row")


def _of_products(trade: Trade) -> dict[str, float]:
    counts = trade.lines.group_by("product_id").len()["len"].to_numpy().astype(np.int64)
    prices = trade.prices.join(trade.lines.select("product_id").unique(), on="product_id", how="semi")
    per_product = prices.group_by("product_id").len()
    lifts = statistics.pair_lifts(trade.lines["order_id"], trade.lines["product_id"])
    cents = (prices["unit_price"].cast(pl.Float64) * 100).round(0).cast(pl.Int64)
    return {
        "product rank-frequency slope": statistics.rank_frequency_slope(counts),
        "product Gini": statistics.gini(counts),
        "top 20 % products' share of lines": statistics.top_share(counts),
        "pair lift, median": float(np.median(lifts)) if len(lifts) else 0.0,
        "pair lift, 99th percentile": float(np.quantile(lifts, 0.99)) if len(lifts) else 0.0,
        "products with more than one price": per_product.filter(pl.col("len") > 1).height / per_product.height,
        "prices ending in 9": cents.filter(cents % 10 == 9).len() / len(cents),
        "lines returned": trade.returned_lines / trade.lines.height,
    }


def _of_customers(trade: Trade) -> dict[str, float]:
    known = trade.orders.drop_nulls("customer_id")
    customers = known.group_by("customer_id").agg(orders=pl.len(), revenue=pl.col("value").sum())
    orders = customers["orders"].to_numpy().astype(np.int64)
    return {
        "repeat customers": float((orders > 1).mean()),
        "orders per customer, variance / mean": statistics.dispersion(orders),
        "customer-order Gini": statistics.gini(orders),
        "top 20 % customers' share of revenue": statistics.top_share(customers["revenue"].to_numpy()),
        "inter-purchase coefficient of variation": statistics.inter_purchase_variation(
            known["customer_id"], known["day"]
        ),
        "month-1 retention": statistics.month_retention(known["customer_id"], known["day"]),
    }


def _of_days(trade: Trade) -> dict[str, float]:
    daily = trade.orders.group_by("day").len().sort("day")
    counts = daily["len"].to_numpy().astype(np.int64)
    return {
        "weekday maximum / minimum": statistics.weekday_ratio(daily["day"], daily["len"]),
        "weekly autocorrelation of daily orders": statistics.weekly_autocorrelation(counts),
        "daily orders, variance / mean": statistics.dispersion(counts),
    }


def _of_orders(trade: Trade) -> dict[str, float]:
    sizes = trade.lines.unique().group_by("order_id").len()["len"].to_numpy().astype(np.int64)
    values = trade.orders.filter(pl.col("value") > 0)["value"].to_numpy()
    logs = np.log(values)
    return {
        "basket size, variance / mean": statistics.dispersion(sizes),
        "order value, standard deviation of logarithm": float(logs.std()),
        "order value, skewness of logarithm": statistics.skewness(logs),
        "order value, deviation from Benford": statistics.benford_deviation(values),
    }
