"""Control totals of single days at every station: landed files, audit, raw tables, marts.

*Feed totals*, by day of loading: rows and the exact sum of the amount column, landed = audited = raw. *Sales totals*,
by day of the order: orders, lines and revenue, each line once as it was last told, raw = ``fct_sales``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from pymysql.connections import Connection

from retail_platform.contracts import CONTRACTS, Contract
from retail_platform.landing import LandingZone
from retail_platform.landing.encode import control_total
from retail_platform.landing.manifest import DayManifest
from retail_platform.reconciliation import FeedTotals, SalesTotals, landed_frames
from retail_platform.settings import RetailSettings
from retail_platform.starrocks.connection import Row, query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE
from retail_platform.transformation.checks.consumed import Waiting, left_out

RECENT_DAYS = 14
NOTHING = FeedTotals(0, Decimal("0.00"))
NO_SALES = SalesTotals(0, 0, Decimal("0.00"))


@dataclass(frozen=True)
class FeedDay:
    """A feed's totals of one day at each station; None where the files are elsewhere or gone."""

    feed: str
    day: date
    landed: FeedTotals | None
    audited: FeedTotals
    raw: FeedTotals

    @property
    def agrees(self) -> bool:
        """Whether all stations that are known say the same."""
        return self.raw == self.audited and self.landed in (None, self.raw)


@dataclass(frozen=True)
class SalesDay:
    """Sales totals of the orders placed on one day."""

    day: date
    raw: SalesTotals
    mart: SalesTotals

    @property
    def agrees(self) -> bool:
        """Whether the mart has every line."""
        return self.raw == self.mart


def recent_days(connection: Connection[Any], settings: RetailSettings) -> list[date]:
    """The newest days, and the days loaded last, which may be old ones; oldest first."""
    audit = quote_table(settings.bronze, AUDIT_TABLE)
    rows = query(connection, f"SELECT dt, MAX(finished_at) AS at FROM {audit} WHERE status = 'loaded' GROUP BY dt")
    newest = sorted((row["dt"] for row in rows), reverse=True)[:RECENT_DAYS]
    last = [row["dt"] for row in sorted(rows, key=lambda row: row["at"], reverse=True)[:RECENT_DAYS]]
    return sorted({*newest, *last})


def feed_days(
    connection: Connection[Any], settings: RetailSettings, zone: LandingZone, days: Sequence[date]
) -> list[FeedDay]:
    """Totals of every feed on every one of the days."""
    if not days:
        return []
    raw = {(row["feed"], row["dt"]): _feed_totals(row) for row in query(connection, raw_feed_sql(settings, days))}
    found = []
    for day in days:
        manifest = zone.manifest(day)
        files = _audited_files(connection, settings, day)
        for contract in CONTRACTS:
            landed = _landed(zone, manifest, contract, None) if manifest else None
            # Without files only the audit itself can say what was loaded; with them, what the audited files hold.
            audited = _landed(zone, manifest, contract, files) if manifest else raw.get((contract.name, day), NOTHING)
            found.append(FeedDay(contract.name, day, landed, audited, raw.get((contract.name, day), NOTHING)))
    return found


def sales_days(
    connection: Connection[Any], settings: RetailSettings, days: Sequence[date], waits: Waiting
) -> list[SalesDay]:
    """Totals of the orders placed on the days that the mart has consumed, in the raw tables and in the mart."""
    if waits.everything:  # the mart may not even be there
        return [SalesDay(day, NO_SALES, NO_SALES) for day in sorted(days)]
    if not days:
        return []
    raw = {str(row["placed"]): _sales(row) for row in query(connection, raw_sales_sql(settings, days, waits))}
    mart = {f"{row['placed']:%Y%m%d}": _sales(row) for row in query(connection, mart_sales_sql(settings, days, waits))}
    return [
        SalesDay(day, raw.get(f"{day:%Y%m%d}", NO_SALES), mart.get(f"{day:%Y%m%d}", NO_SALES)) for day in sorted(days)
    ]


def raw_feed_sql(settings: RetailSettings, days: Sequence[date]) -> str:
    """Rows and amounts of every raw table on the days."""
    return " UNION ALL ".join(
        f"SELECT '{c.name}' AS feed, dt, COUNT(*) AS n, "
        + (f"COALESCE(SUM(CAST({c.amount} AS DECIMAL(38, 2))), 0)" if c.amount else "CAST(0 AS DECIMAL(38, 2))")
        + f" AS amount FROM {quote_table(settings.bronze, c.table)} WHERE dt IN ({_literals(days)}) GROUP BY dt"
        for c in CONTRACTS
    )


def raw_sales_sql(settings: RetailSettings, days: Sequence[date], waits: Waiting) -> str:
    """Every line of the orders placed on the days, as it was last told, of orders whose header is there."""
    items, orders = (quote_table(settings.bronze, f"raw_{name}") for name in ("order_items", "orders"))
    placed = f"dt >= '{min(days)}' AND order_id >= 'O{min(days):%Y%m%d}' AND order_id < 'O{_after(days):%Y%m%d}'"
    return (
        "SELECT SUBSTR(order_id, 2, 8) AS placed, COUNT(DISTINCT order_id) AS orders, COUNT(*) AS items, "
        "COALESCE(SUM(CAST(line_amount AS DECIMAL(38, 2))), 0) AS revenue FROM ("
        "SELECT order_id, line_amount, ROW_NUMBER() OVER (PARTITION BY order_id, line_number ORDER BY dt DESC) AS age "
        f"FROM {items} WHERE {placed} AND DATE_FORMAT(dt, '%Y%m%d') >= SUBSTR(order_id, 2, 8)) AS told "
        f"WHERE age = 1 AND order_id IN (SELECT order_id FROM {orders} WHERE {placed})"
        f"{left_out(settings, waits)} GROUP BY SUBSTR(order_id, 2, 8)"
    )


def mart_sales_sql(settings: RetailSettings, days: Sequence[date], waits: Waiting) -> str:
    """What fct_sales holds of the orders placed on the days."""
    return (
        "SELECT order_date AS placed, COUNT(DISTINCT order_id) AS orders, COUNT(*) AS items, "
        f"COALESCE(SUM(line_amount), 0) AS revenue FROM {quote_table(settings.gold, 'fct_sales')} "
        f"WHERE order_date >= '{min(days)}' AND order_date < '{_after(days)}'"
        f"{left_out(settings, waits)} GROUP BY order_date"
    )


def _audited_files(connection: Connection[Any], settings: RetailSettings, day: date) -> set[str]:
    audit = quote_table(settings.bronze, AUDIT_TABLE)
    sql = f"SELECT content_hash AS h FROM {audit} WHERE dt = '{day}' AND status = 'loaded'"
    return {str(row["h"]) for row in query(connection, sql)}


def _landed(zone: LandingZone, manifest: DayManifest, contract: Contract, digests: set[str] | None) -> FeedTotals:
    """What landed, all of it or the files with these digests.

    The manifest knows it if every row came once. A later slice tells rows of an earlier one again; then the files say.
    """
    files = [file for file in manifest.files(contract.name) if digests is None or file.sha256 in digests]
    if len(manifest.units) == 1:
        return FeedTotals(sum(f.rows for f in files), sum((f.amount or Decimal(0) for f in files), Decimal("0.00")))
    frames = [frame for _, frame in landed_frames(zone, contract, [manifest.day], digests)]
    if not frames:
        return NOTHING
    told = pl.concat(frames, how="diagonal").unique(subset=list(contract.key), keep="last", maintain_order=True)
    return FeedTotals(told.height, control_total(told, contract.amount) or Decimal("0.00"))


def _feed_totals(row: Row) -> FeedTotals:
    return FeedTotals(int(row["n"]), Decimal(str(row["amount"])).quantize(Decimal("0.01")))


def _sales(row: Row) -> SalesTotals:
    return SalesTotals(int(row["orders"]), int(row["items"]), Decimal(str(row["revenue"])).quantize(Decimal("0.01")))


def _literals(days: Sequence[date]) -> str:
    return ", ".join(f"'{day}'" for day in days)


def _after(days: Sequence[date]) -> date:
    return max(days) + timedelta(days=1)
