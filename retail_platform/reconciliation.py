"""Control totals: the same sums, taken at every station a row passes.

Two measures. *Feed totals* are rows and the exact sum of the amount column, per feed: generated = landed = audited =
raw. *Sales totals* are orders, lines and revenue with every line counted once, as it was last told: generated = landed
= audited = raw = ``fct_sales``. A line whose order hasn't come, or is held back, is no sale yet, anywhere. Revenue
here sums amounts of every currency as they are: it is a control total, to be compared, not a business figure.

Dagster-free: checks, the demo and the tests take their sums from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from pymysql.connections import Connection

from retail_platform.contracts import Contract, contract_for
from retail_platform.landing import LandedFile, LandingZone
from retail_platform.landing.encode import control_total
from retail_platform.settings import RetailSettings
from retail_platform.starrocks.connection import query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE

ORDERS, ITEMS = contract_for("orders"), contract_for("order_items")


@dataclass(frozen=True)
class FeedTotals:
    """Rows and amount of one feed over some days."""

    rows: int
    amount: Decimal


@dataclass(frozen=True)
class SalesTotals:
    """Orders, order lines and revenue over some days, each line once."""

    orders: int
    items: int
    revenue: Decimal


def sales_of_frames(
    days: Iterable[tuple[date, pl.DataFrame]], orders: Iterable[pl.DataFrame] | None = None
) -> SalesTotals:
    """Sales totals of `order_items` frames; of a line told more than once the latest day counts.

    Args:
        days: Day and lines.
        orders: The order headers that came; None if none can be missing.
    """
    lines = [
        frame.select("order_id", "line_number", pl.col("line_amount").cast(pl.Decimal(38, 2)), pl.lit(day).alias("dt"))
        for day, frame in days
    ]
    if not lines:
        return SalesTotals(0, 0, Decimal("0.00"))
    latest = pl.concat(lines).sort("dt").unique(subset=["order_id", "line_number"], keep="last")
    if orders is not None:
        headers = pl.concat([pl.DataFrame(schema={"order_id": pl.String()}), *(o.select("order_id") for o in orders)])
        latest = latest.join(headers.unique(), on="order_id", how="semi")
    return SalesTotals(
        orders=latest.get_column("order_id").n_unique(),
        items=latest.height,
        revenue=control_total(latest, "line_amount") or Decimal("0.00"),
    )


def feed_totals_of_frames(contract: Contract, frames: Iterable[pl.DataFrame]) -> FeedTotals:
    """Feed totals of frames."""
    rows, amount = 0, Decimal("0.00")
    for frame in frames:
        rows += frame.height
        amount += control_total(frame, contract.amount) or Decimal(0)
    return FeedTotals(rows, amount)


def landed_frames(
    zone: LandingZone, contract: Contract, days: Sequence[date], digests: set[str] | None = None
) -> list[tuple[date, pl.DataFrame]]:
    """What landed for a feed, read back from the files: text, except for the amount.

    Args:
        zone: The landing zone.
        contract: The feed's contract.
        days: The days.
        digests: Only files with one of these SHA-256 digests; all if None.
    """
    frames = []
    for day in days:
        manifest = zone.manifest(day)
        for file in manifest.files(contract.name) if manifest else []:
            if digests is None or file.sha256 in digests:
                frame = landed_text(zone, contract, file)
                if contract.amount:  # nothing else needs its type for a total
                    frame = frame.with_columns(pl.col(contract.amount).str.to_decimal(scale=2))
                frames.append((day, frame))
    return frames


def landed_text(zone: LandingZone, contract: Contract, file: LandedFile) -> pl.DataFrame:
    """A landed file's rows, every column as text: JSON has no decimals, so amounts lie there as text, too."""
    return pl.read_ndjson(zone.read(file.path), schema=dict.fromkeys(contract.column_names, pl.String()))


def audited_digests(connection: Connection[Any], settings: RetailSettings, days: Sequence[date]) -> set[str]:
    """Digests of the files the audit says are in."""
    marks = ", ".join(["%s"] * len(days))
    table = quote_table(settings.bronze, AUDIT_TABLE)
    sql = f"SELECT content_hash FROM {table} WHERE status = 'loaded' AND dt IN ({marks})"
    return {str(row["content_hash"]) for row in query(connection, sql, list(days))}


def raw_feed_totals(
    connection: Connection[Any], settings: RetailSettings, contract: Contract, days: Sequence[date]
) -> FeedTotals:
    """Feed totals of a raw table."""
    marks = ", ".join(["%s"] * len(days))
    amount = f"COALESCE(SUM(CAST({contract.amount} AS DECIMAL(38, 2))), 0)" if contract.amount else "0"
    table = quote_table(settings.bronze, contract.table)
    sql = f"SELECT COUNT(*) AS n, {amount} AS amount FROM {table} WHERE dt IN ({marks})"
    row = query(connection, sql, list(days))[0]
    return FeedTotals(int(row["n"]), Decimal(str(row["amount"])).quantize(Decimal("0.01")))


def raw_sales(connection: Connection[Any], settings: RetailSettings, days: Sequence[date] | None = None) -> SalesTotals:
    """Sales totals of `raw_order_items`: of everything, or of what some of the days told, lines and orders."""
    items, orders = (quote_table(settings.bronze, contract.table) for contract in (ITEMS, ORDERS))
    sql = (
        "SELECT COUNT(DISTINCT order_id) AS orders, COUNT(*) AS items, "
        "COALESCE(SUM(CAST(line_amount AS DECIMAL(38, 2))), 0) AS revenue FROM ("
        "SELECT order_id, line_amount, ROW_NUMBER() OVER (PARTITION BY order_id, line_number ORDER BY dt DESC) AS age "
        f"FROM {items}{_where_day(days)}) AS told "
        f"WHERE age = 1 AND order_id IN (SELECT order_id FROM {orders}{_where_day(days)})"
    )
    return _sales(query(connection, sql, [*days, *days] if days else None)[0])


def mart_sales(
    connection: Connection[Any], settings: RetailSettings, days: Sequence[date] | None = None
) -> SalesTotals:
    """Sales totals of `fct_sales`: of everything, or of what some of the days told, lines and orders."""
    told = ""
    if days is not None:
        items, orders = (quote_table(settings.bronze, contract.table) for contract in (ITEMS, ORDERS))
        told = (
            f" AS s JOIN (SELECT DISTINCT order_id AS told_order, CAST(line_number AS INT) AS told_line FROM {items}"
            f"{_where_day(days)}) AS told ON s.order_id = told.told_order AND s.line_number = told.told_line "
            f"WHERE s.order_id IN (SELECT order_id FROM {orders}{_where_day(days)})"
        )
    sql = (
        "SELECT COUNT(DISTINCT order_id) AS orders, COUNT(*) AS items, COALESCE(SUM(line_amount), 0) AS revenue "
        f"FROM {quote_table(settings.gold, 'fct_sales')}{told}"
    )
    return _sales(query(connection, sql, [*days, *days] if days else None)[0])


def _where_day(days: Sequence[date] | None) -> str:
    return "" if days is None else f" WHERE dt IN ({', '.join(['%s'] * len(days))})"


def _sales(row: Mapping[str, Any]) -> SalesTotals:
    revenue = Decimal(str(row["revenue"])).quantize(Decimal("0.01"))
    return SalesTotals(int(row["orders"]), int(row["items"]), revenue)
