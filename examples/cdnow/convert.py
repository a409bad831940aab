"""CDNOW's purchases → landing files: real retail data, brought into the shape of the contracts.

The source is the master file of the CDNOW study: every purchase, in 1997 and the first half of 1998, of everybody who
bought from the online music shop for the first time in the first quarter of 1997. It comes inside the Python package
Lifetimes: `pip download --no-deps lifetimes==0.11.3`. What the file doesn't tell is filled with constants, named below;
`docs/real-data.md` says what that means for the marts.

    python examples/cdnow/convert.py lifetimes.whl .local/landing
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

MEMBER = "lifetimes/datasets/CDNOW_master.txt"
YEARS_LATER = 28
"""The calendar repeats after 28 years: month, day, weekday and leap years stay, and the days are partitions."""

FIRST_DAY = date(1997 + YEARS_LATER, 1, 1)
STORE, ARTICLE = "S0001", "P000001"
UNTOLD = "not told"
_LINE = r"^\s*(\d+)\s+(\d{8})\s+(\d+)\s+(\d+\.\d\d)\s*$"


class SourceError(ValueError):
    """The source isn't what it is said to be."""


@dataclass(frozen=True)
class Totals:
    """What the source itself adds up to."""

    purchases: int
    customers: int
    units: int
    revenue: Decimal


def read_source(path: Path) -> pl.DataFrame:
    """The purchases, in the file's order.

    Args:
        path: The package as pip downloads it, or the text file in it.

    Returns:
        Columns customer (Int64), bought_on (Date, as in the source), units (Int64), amount (Decimal, US dollars).

    Raises:
        SourceError: There is no such file, or a line of it isn't a purchase; the message names it.
    """
    try:
        text = zipfile.Path(path, MEMBER).read_text("ascii") if zipfile.is_zipfile(path) else path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{path} can't be read as the package Lifetimes or as its CDNOW_master.txt: {error}"
        ) from error
    lines = pl.DataFrame({"line": text.splitlines()[1:]})
    names = ("customer", "day", "units", "amount")
    parts = lines.select(pl.col("line").str.extract(_LINE, n).alias(name) for n, name in enumerate(names, start=1))
    bad = parts.with_row_index().filter(pl.col("amount").is_null())
    if bad.height or not parts.height:
        number = int(bad["index"][0]) if bad.height else 0
        raise SourceError(f"{path}: line {number + 2} isn't `customer yyyymmdd units dollars`")
    return parts.select(
        pl.col("customer").cast(pl.Int64),
        pl.col("day").str.to_date("%Y%m%d").alias("bought_on"),
        pl.col("units").cast(pl.Int64),
        pl.col("amount").str.to_decimal(scale=2).cast(pl.Decimal(14, 2)),
    )


def totals(purchases: pl.DataFrame) -> Totals:
    """The source's own control totals."""
    return Totals(
        purchases.height,
        purchases["customer"].n_unique(),
        int(purchases["units"].sum()),
        Decimal(str(purchases["amount"].sum())),
    )


def feeds(purchases: pl.DataFrame) -> Iterator[tuple[date, Mapping[str, pl.DataFrame]]]:
    """Day → feed → its rows, oldest day first.

    A purchase becomes an order with one line. The source has prices of purchases, not of discs: the unit price is the
    amount over the units, rounded up to the cent, and the line's discount takes back what that was too much.
    """
    told = (
        purchases.with_columns(dt=pl.col("bought_on").dt.offset_by(f"{YEARS_LATER}y"))
        .with_columns(number=pl.int_range(1, pl.len() + 1).over("dt"), at=pl.col("dt").cast(pl.Datetime("us")))
        .with_columns(
            order_id=pl.format("O{}-{}", pl.col("dt").dt.strftime("%Y%m%d"), _padded("number", 7)),
            customer_id=pl.format("C{}", _padded("customer", 9)),
            signed_up_at=pl.col("at").min().over("customer"),
            cents=(pl.col("amount") * 100).cast(pl.Int64),
        )
        .with_columns(unit_cents=-(-pl.col("cents") // pl.col("units")))
        .with_columns(discount_cents=pl.col("unit_cents") * pl.col("units") - pl.col("cents"))
    )
    for rows in told.sort("dt", maintain_order=True).partition_by("dt", maintain_order=True):
        frames = {"orders": _orders(rows), "order_items": _items(rows), "customers": _customers(rows)}
        yield rows["dt"][0], {**frames, **_reference(rows)}


def write_day(root: Path, day: date, frames: Mapping[str, pl.DataFrame]) -> None:
    """Put a day's files where the landing zone expects them: each feed in the format it suits."""
    for feed, frame in frames.items():
        target = root / feed / f"dt={day}"
        target.mkdir(parents=True, exist_ok=True)
        if feed == "order_items":
            frame.write_parquet(target / "cdnow.parquet")
        elif feed == "customers":
            frame.write_ndjson(target / "cdnow.jsonl")
        else:
            frame.write_csv(target / "cdnow.csv")


def _padded(column: str, width: int) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.zfill(width)


def _dollars(cents: str) -> pl.Expr:
    return (pl.col(cents).cast(pl.Decimal(16, 0)) / pl.lit(Decimal("100.00"))).cast(pl.Decimal(14, 2))


def _orders(rows: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(Decimal("0.00"))
    return rows.select(
        "order_id",
        "customer_id",
        store_id=pl.lit(STORE),
        channel=pl.lit("web"),
        status=pl.lit("delivered"),
        currency=pl.lit("USD"),
        promotion_id=pl.lit(None, pl.String),
        discount_amount=nothing,
        shipping_amount=nothing,
        total_amount="amount",
        ordered_at="at",
        updated_at="at",
    )


def _items(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "order_id",
        line_number=pl.lit(1, pl.Int32),
        product_id=pl.lit(ARTICLE),
        quantity=pl.col("units").cast(pl.Int32),
        unit_price=_dollars("unit_cents"),
        discount_amount=_dollars("discount_cents"),
        line_amount="amount",
        returned_quantity=pl.lit(0, pl.Int32),
        updated_at="at",
    )


def _customers(rows: pl.DataFrame) -> pl.DataFrame:
    """The day's buyers; nothing is known of them but their number and, from it, when they first bought."""
    return rows.unique("customer_id", maintain_order=True).select(
        "customer_id",
        first_name=pl.lit(UNTOLD),
        last_name=pl.lit(UNTOLD),
        email=pl.format("{}@cdnow.invalid", pl.col("customer_id").str.to_lowercase()),
        phone=pl.lit(None, pl.String),
        street=pl.lit(UNTOLD),
        city=pl.lit(UNTOLD),
        region=pl.lit(None, pl.String),
        postal_code=pl.lit(UNTOLD),
        country=pl.lit("US"),
        tier=pl.lit("basic"),
        marketing_opt_in=pl.lit(False),
        status=pl.lit("active"),
        signed_up_at="signed_up_at",
        updated_at="signed_up_at",
    )


def _reference(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The shop, its one article and the dollar, the same every day; the list price is the average."""
    opened = FIRST_DAY
    common = {"updated_at": f"{opened} 00:00:00"}
    store = {"store_id": STORE, "name": "CDNOW", "store_type": "online", "city": UNTOLD, "region": None,
             "country": "US", "currency": "USD", "opened_on": opened, "closed_on": None, **common}  # fmt: skip
    article = {"product_id": ARTICLE, "sku": "DISC-001-A", "name": "Compact disc", "brand": UNTOLD, "category": "music",
               "subcategory": "cd", "unit_price": "14.89", "unit_cost": "0.00", "status": "active",
               "launched_on": opened, **common}  # fmt: skip
    rate = {"currency": "USD", "usd_rate": "1", "updated_at": f"{rows['dt'][0]} 00:00:00"}
    return {
        "stores": pl.DataFrame([store]),
        "products": pl.DataFrame([article]),
        "exchange_rates": pl.DataFrame([rate]),
    }


def main(source: str, root: str) -> None:
    """Convert everything and print the source's totals."""
    purchases = read_source(Path(source))
    days = []
    for day, frames in feeds(purchases):
        write_day(Path(root), day, frames)
        days.append(day)
    found = totals(purchases)
    sys.stdout.write(
        f"{found.purchases:,} purchases of {found.customers:,} customers, {found.units:,} discs, "
        f"{found.revenue:,} US dollars\n{len(days)} days, {days[0]} to {days[-1]}, in {root}\n"
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python examples/cdnow/convert.py PACKAGE_OR_TEXT_FILE LANDING_ROOT")
    try:
        main(sys.argv[1], sys.argv[2])
    except SourceError as error:
        sys.exit(f"Error: {error}")
