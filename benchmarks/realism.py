"""Statistics of real retailers, of other generators and of ours, by the same code: `python -m benchmarks.realism`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from benchmarks.measure import show
from benchmarks.others import Unavailable, dsdgen, jafgen
from retail_platform.generation import GenerationSettings, generate_days
from retail_platform.generation.realism import Trade, bands, collect, measure
from retail_platform.generation.settings import ProfileName

FIRST, DAYS = date(2024, 1, 1), 366
ORDERS = 1_000
SEEDS = (42, 7, 1)
PROFILES: tuple[ProfileName, ...] = ("online", "grocery")


def run() -> None:
    """Print one table: statistic, bands, our profiles and seeds, other generators."""
    found = {f"{profile} {seed}": measure(ours(profile, seed)) for profile in PROFILES for seed in SEEDS}
    others: dict[str, Callable[[Path], Trade]] = {"jafgen 2 years": jaffles, "TPC-DS sf 1": tpcds}
    for name, make in others.items():
        with tempfile.TemporaryDirectory() as directory:
            try:
                found[name] = measure(make(Path(directory)))
            except Unavailable as reason:
                print(f"{name} is not in the table: {reason}")
    accepted = {profile: bands(profile) for profile in PROFILES}
    rows = []
    for statistic, band in accepted["online"].items():
        other = accepted["grocery"][statistic]
        shown = f"{band.low:g}-{band.high:g}" + ("" if other == band else f", grocery {other.low:g}-{other.high:g}")
        rows.append((statistic, shown, *(f"{values[statistic]:.3g}" for values in found.values())))
    inside = [
        sum(b.low <= values[s] <= b.high for s, b in accepted["grocery" if "grocery" in name else "online"].items())
        for name, values in found.items()
    ]
    rows.append(("within the bands", "", *(f"{count} of {len(rows)}" for count in inside)))
    show(f"Realism: {DAYS} days, {ORDERS:,} orders a day", ("statistic", "band", *found), rows)


def ours(profile: ProfileName, seed: int) -> Trade:
    """A simulated year."""
    settings = GenerationSettings(profile=profile, seed=seed, orders_per_day=ORDERS)
    return collect(generate_days(settings, FIRST, FIRST + timedelta(days=DAYS - 1)))


def jaffles(directory: Path) -> Trade:
    """Two years of jafgen's cafés."""
    files = jafgen(2, directory)
    orders = pl.read_csv(files / "raw_orders.csv").select(
        pl.col("id").cast(pl.String).alias("order_id"),
        pl.col("customer").cast(pl.String).alias("customer_id"),
        pl.col("ordered_at").str.slice(0, 10).str.to_date().alias("day"),
        (pl.col("order_total") / 100).alias("value"),
    )
    lines = pl.read_csv(files / "raw_items.csv").select(
        pl.col("order_id").cast(pl.String), pl.col("sku").alias("product_id")
    )
    prices = pl.read_csv(files / "raw_products.csv").select(pl.col("sku").alias("product_id"), pl.col("price") / 100)
    return Trade(orders, lines, prices.rename({"price": "unit_price"}), 0)


def tpcds(directory: Path) -> Trade:
    """Five years of TPC-DS' shops: `store_sales`, `store_returns`."""
    dsdgen(1, directory, "store_sales", "store_returns", "date_dim")
    dates = pl.read_parquet(directory / "date_dim.parquet", columns=["d_date_sk", "d_date"])
    sales = pl.read_parquet(directory / "store_sales.parquet").drop_nulls("ss_sold_date_sk")
    sales = sales.join(dates, left_on="ss_sold_date_sk", right_on="d_date_sk")
    orders = sales.group_by(order_id=pl.col("ss_ticket_number").cast(pl.String)).agg(
        customer_id=pl.col("ss_customer_sk").drop_nulls().first().cast(pl.String),
        day=pl.col("d_date").first(),
        value=pl.col("ss_net_paid").cast(pl.Float64).sum(),
    )
    lines = sales.select(
        order_id=pl.col("ss_ticket_number").cast(pl.String), product_id=pl.col("ss_item_sk").cast(pl.String)
    )
    prices = sales.select(
        product_id=pl.col("ss_item_sk").cast(pl.String), unit_price=pl.col("ss_list_price").cast(pl.Float64)
    ).drop_nulls()
    returned = pl.scan_parquet(directory / "store_returns.parquet").select(pl.len()).collect().item()
    return Trade(orders, lines, prices.unique(), int(returned))


if __name__ == "__main__":
    run()
