"""Revenue, units and orders computed from the landing files alone, in Polars and whole numbers.

Written from the definitions in docs/transformation.md, without a look at the models' SQL: what both get wrong in the
same way would have to be wrong in the text.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from retail_platform.contracts import contract_for
from retail_platform.landing import LandingZone

KNOWN_BEFORE = timedelta(days=90)
Figures = dict[tuple[date, str], dict[str, int]]
Row = dict[str, Any]


def landed(zone: LandingZone, feed: str, days: list[date]) -> pl.DataFrame:
    """Every row of a feed as text with its day; of a row told twice for a day, the later telling."""
    contract = contract_for(feed)
    frames = []
    for day in days:
        manifest = zone.manifest(day)
        assert manifest is not None
        for file in manifest.files(feed):
            rows = pl.read_ndjson(zone.read(file.path), schema=dict.fromkeys(contract.column_names, pl.String()))
            frames.append(rows.with_columns(pl.lit(day).alias("dt")))
    return pl.concat(frames).unique([*contract.key, "dt"], keep="last", maintain_order=True)


def newest(rows: pl.DataFrame, key: list[str]) -> list[Row]:
    """The row of the latest day of each key; rows from before the order was placed don't count."""
    placed = pl.col("order_id").str.slice(1, 8).str.to_date("%Y%m%d")
    kept = rows.with_columns(placed.alias("placed")).filter(pl.col("dt") >= pl.col("placed"))
    return kept.sort("dt").unique(key, keep="last", maintain_order=True).to_dicts()


def in_force(rows: pl.DataFrame, key: str, day: date, of: str) -> Row | None:
    """The entity's content on a day: the newest one told until then, or the first one if it was told soon after."""
    told = rows.filter(pl.col(key) == of).sort("dt")
    before = told.filter(pl.col("dt") <= day)
    if before.height:
        return before.row(-1, named=True)
    soon = told.filter(pl.col("dt") <= day + KNOWN_BEFORE)
    return soon.row(0, named=True) if soon.height else None


def cents(amount: str | None) -> int:
    """A decimal text as whole cents."""
    return int(Decimal(amount or "0") * 100)


def split(amount: int, weights: list[Fraction]) -> list[int]:
    """Cents split in proportion, the left-over ones to the largest remainders, earlier lines first."""
    total = sum(weights)
    exact = [amount * weight / total for weight in weights]
    parts = [share.__floor__() for share in exact]
    order = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in order[: amount - sum(parts)]:
        parts[n] += 1
    return parts


def half_up(number: Fraction) -> int:
    """Rounded to a whole number, halves up."""
    return (number + Fraction(1, 2)).__floor__()


def figures(zone: LandingZone, days: list[date]) -> tuple[Figures, Figures]:
    """Figures by (day of order, store) and by (day of order, category); amounts in cents, cancelled orders left out."""
    headers = newest(landed(zone, "orders", days), ["order_id"])
    lines = defaultdict[str, list[Row]](list)
    for line in newest(landed(zone, "order_items", days), ["order_id", "line_number"]):
        lines[line["order_id"]].append(line)
    products, rates = (landed(zone, feed, days) for feed in ("products", "exchange_rates"))
    by_store: Figures = defaultdict(lambda: defaultdict(int))
    by_category: Figures = defaultdict(lambda: defaultdict(int))
    for order in headers:
        bought = sorted(lines[order["order_id"]], key=lambda line: int(line["line_number"]))
        if order["status"] == "cancelled" or not bought:
            continue
        day, store = order["placed"], by_store[order["placed"], order["store_id"]]
        store["orders"] += 1
        rate = in_force(rates, "currency", day, order["currency"])
        for line, sold in zip(bought, _sold(order, bought, rate), strict=True):
            for name, value in sold.items():
                store[name] += value
            product = in_force(products, "product_id", day, line["product_id"])
            category = by_category[day, product["category"] if product else "unknown"]
            for name in ("units", "returned_units", "net_usd", "returned_usd"):
                category[name] += sold[name]
    return by_store, by_category


def _sold(order: Row, lines: list[Row], rate: Row | None) -> list[dict[str, int]]:
    """What each line of an order brought."""
    amounts = [cents(line["line_amount"]) for line in lines]
    weights = [Fraction(amount) for amount in amounts] if sum(amounts) else [Fraction(1)] * len(lines)
    discounts = split(cents(order["discount_amount"]), weights)
    net = [amount - discount for amount, discount in zip(amounts, discounts, strict=True)]
    usd = _dollars(net, Fraction(rate["usd_rate"]) if rate else Fraction(1) if order["currency"] == "USD" else None)
    sold = []
    for line, kept, dollars in zip(lines, net, usd, strict=True):
        quantity, returned = int(line["quantity"]), int(line["returned_quantity"] or 0)
        back = Fraction(returned, max(quantity, 1))
        sold.append(
            {
                "units": quantity,
                "returned_units": returned,
                "net": kept,
                "returned": half_up(kept * back),
                "net_usd": dollars,
                "returned_usd": half_up(dollars * back),
            }
        )
    return sold


def _dollars(net: list[int], rate: Fraction | None) -> list[int]:
    """An order's cents in US cents: converted once, then split; nothing without a rate."""
    if rate is None or not sum(net):
        return [0] * len(net)
    exact = [cent * rate for cent in net]
    parts = [share.__floor__() for share in exact]
    order = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in order[: half_up(sum(exact, Fraction(0))) - sum(parts)]:
        parts[n] += 1
    return parts


def in_marts(connection: Any, gold: str) -> tuple[Figures, Figures, Figures]:
    """The same figures from the marts: by store, by category, and by day alone (under the name "all")."""
    names = "SUM(units), SUM(returned_units), SUM(net_amount_usd) * 100, SUM(returned_amount_usd) * 100"
    by_store = _queried(
        connection,
        f"SELECT order_date, store_id, SUM(orders), {names}, SUM(net_amount) * 100, SUM(returned_amount) * 100 "
        f"FROM `{gold}`.fact_daily_sales GROUP BY order_date, store_id",
        ("orders", *_MEASURES, "net", "returned"),
    )
    by_category = _queried(
        connection,
        f"SELECT order_date, category, {names} FROM `{gold}`.agg_sales_by_category GROUP BY order_date, category",
        _MEASURES,
    )
    by_day = _queried(
        connection,
        f"SELECT order_date, 'all', SUM(orders), SUM(units), SUM(net_amount_usd) * 100, SUM(returned_amount_usd) * 100 "
        f"FROM `{gold}`.agg_daily_sales GROUP BY order_date",
        ("orders", "units", "net_usd", "returned_usd"),
    )
    return by_store, by_category, by_day


_MEASURES = ("units", "returned_units", "net_usd", "returned_usd")


def _queried(connection: Any, sql: str, names: tuple[str, ...]) -> Figures:
    """Figures of a query; groups in which nothing was sold are left out."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = [tuple(row.values()) if isinstance(row, dict) else row for row in cursor.fetchall()]
    found = {(row[0], row[1]): dict(zip(names, (int(value) for value in row[2:]), strict=True)) for row in rows}
    return {key: figures for key, figures in found.items() if any(figures.values())}


def assert_marts_equal_files(connection: Any, gold: str, zone: LandingZone, days: list[date]) -> Figures:
    """Compare every figure of every day, store and category, to the cent; the figures by store."""
    stores, categories = figures(zone, days)
    in_stores, in_categories, in_days = in_marts(connection, gold)
    assert in_stores == {key: dict(found) for key, found in stores.items()}
    assert in_categories == {key: dict(found) for key, found in categories.items() if any(found.values())}
    totals: Figures = defaultdict(lambda: defaultdict(int))
    for (day, _), found in stores.items():
        for name in ("orders", "units", "net_usd", "returned_usd"):
            totals[day, "all"][name] += found[name]
    assert in_days == {key: dict(found) for key, found in totals.items()}
    return stores
