"""The demo's last page: a table of tables, the top of the sales table, and control totals from end to end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from pymysql.connections import Connection
from rich.console import Console
from rich.table import Table

from retail_platform.cli.demo_delivery import Simulated, print_defects
from retail_platform.cli.inspect import LAYER_STYLES
from retail_platform.cli.runs import Platform
from retail_platform.contracts import CONTRACTS
from retail_platform.inspection import inspect_warehouse
from retail_platform.landing import LandingZone
from retail_platform.reconciliation import (
    ITEMS,
    ORDERS,
    FeedTotals,
    SalesTotals,
    audited_digests,
    feed_totals_of_frames,
    landed_frames,
    mart_sales,
    raw_feed_totals,
    raw_sales,
    sales_of_frames,
)
from retail_platform.settings import retail_settings, starrocks_settings
from retail_platform.starrocks.connection import query, quote_table

_TOP_ROWS = 5
SALES_COLUMNS = (
    "order_date",
    "store_id",
    "channel",
    "currency",
    "orders",
    "units",
    "net_amount",
    "returned_amount",
    "net_amount_usd",
)


@dataclass
class CheckCount:
    """How the last executions of a table's checks ended."""

    passed: int = 0
    warned: int = 0
    failed: int = 0
    never_run: int = 0


def checks_by_table(platform: Platform) -> dict[str, CheckCount]:
    """Table → how its checks stand, over both code locations."""
    settings = retail_settings()
    databases = {"raw": settings.bronze, "silver": settings.silver, "gold": settings.gold}
    keys = list(platform.context.create_request_context().asset_graph.asset_check_keys)
    latest = platform.instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    counts: dict[str, CheckCount] = {}
    for key in keys:
        layer, name = key.asset_key.path[0], key.asset_key.path[-1]
        table = f"{databases.get(layer, layer)}.{'raw_' if layer == 'raw' else ''}{name}"
        count = counts.setdefault(table, CheckCount())
        record = latest.get(key)
        # A check that was planned and skipped, behind one that blocks, has a record without a result.
        if record is None or record.status == AssetCheckExecutionRecordStatus.PLANNED:
            count.never_run += 1
        elif record.status == AssetCheckExecutionRecordStatus.SUCCEEDED:
            count.passed += 1
        elif getattr(record.evaluation, "severity", None) == dg.AssetCheckSeverity.WARN:
            count.warned += 1
        else:
            count.failed += 1
    return counts


def print_report(
    console: Console,
    connection: Connection[Any],
    simulated: Simulated,
    window: Sequence[date],
    checks: dict[str, CheckCount],
) -> bool:
    """Print everything; returns whether the control totals agree."""
    console.print()
    _print_tables(console, connection, checks)
    _print_sales(console, connection)
    sound = _print_totals(console, connection, simulated, window)
    print_defects(console, connection)
    return sound


def _print_tables(console: Console, connection: Connection[Any], checks: dict[str, CheckCount]) -> None:
    table = Table(title="Tables", title_justify="left", box=None, header_style="bold", pad_edge=False)
    table.add_column("table")
    table.add_column("rows", justify="right")
    table.add_column("newest day")
    table.add_column("checks")
    for name, report in inspect_warehouse(connection, retail_settings(), starrocks_settings()).tables.items():
        count = checks.get(name, CheckCount())
        label = f"[{LAYER_STYLES[report.layer]}]{name}[/]"
        table.add_row(label, f"{report.rows:,}", report.newest_partition or "", _status(count))
    console.print(table)


def _status(count: CheckCount) -> str:
    parts = (
        (count.passed, "green", "passed"),
        (count.warned, "yellow", "warn"),
        (count.failed, "red", "failed"),
        (count.never_run, "yellow", "not run"),
    )
    return ", ".join(f"[{style}]{number} {word}[/]" for number, style, word in parts if number)


def _print_sales(console: Console, connection: Connection[Any]) -> None:
    gold = retail_settings().gold
    rows = query(
        connection,
        f"SELECT * FROM {quote_table(gold, 'fact_daily_sales')} ORDER BY net_amount_usd DESC LIMIT {_TOP_ROWS}",
    )
    if not rows:
        return
    title = f"Best days of a store ({gold}.fact_daily_sales)"
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    shown = [name for name in SALES_COLUMNS if name in rows[0]]
    for name in shown:
        table.add_column(name, justify="right" if isinstance(rows[0][name], int | float | Decimal) else "left")
    for row in rows:
        table.add_row(*(str(row[name]) for name in shown))
    console.print()
    console.print(table)


def _print_totals(console: Console, connection: Connection[Any], simulated: Simulated, window: Sequence[date]) -> bool:
    """Rows and amounts of every feed, then orders, lines and revenue, at every station."""
    retail = retail_settings()
    zone = LandingZone(retail.landing_root)
    digests = audited_digests(connection, retail, window)
    accepted = simulated.accepted(zone, window)
    feeds: dict[str, tuple[FeedTotals, ...]] = {}
    for contract in CONTRACTS:
        landed = landed_frames(zone, contract, window)
        audited = landed_frames(zone, contract, window, digests)
        feeds[contract.name] = (
            feed_totals_of_frames(contract, (frames[contract.name] for frames in accepted.values())),
            feed_totals_of_frames(contract, (frame for _, frame in landed)),
            feed_totals_of_frames(contract, (frame for _, frame in audited)),
            raw_feed_totals(connection, retail, contract, window),
        )
    sales = {
        "generated": sales_of_frames(
            ((day, frames[ITEMS.name]) for day, frames in accepted.items()),
            (frames[ORDERS.name] for frames in accepted.values()),
        ),
        "landed": _landed_sales(zone, window),
        "audited": _landed_sales(zone, window, digests),
        "raw": raw_sales(connection, retail, window),
        "fct_sales": mart_sales(connection, retail, window),
    }
    _print_feed_totals(console, feeds)
    _print_sales_totals(console, sales)
    return len(set(sales.values())) == 1 and all(len(set(stations)) == 1 for stations in feeds.values())


def _landed_sales(zone: LandingZone, window: Sequence[date], digests: set[str] | None = None) -> SalesTotals:
    orders = (frame for _, frame in landed_frames(zone, ORDERS, window, digests))
    return sales_of_frames(landed_frames(zone, ITEMS, window, digests), orders)


def _print_feed_totals(console: Console, feeds: dict[str, tuple[FeedTotals, ...]]) -> None:
    title = "Control totals: rows and amount, as generated, landed, audited and in the raw table"
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for name in ("feed", "rows", "amount", ""):
        table.add_column(name, justify="right" if name in ("rows", "amount") else "left")
    for feed, stations in feeds.items():
        verdict = "[green]equal at all 4[/]" if len(set(stations)) == 1 else f"[red]differ: {_spread(stations)}[/]"
        table.add_row(feed, f"{stations[0].rows:,}", f"{stations[0].amount:,}", verdict)
    console.print()
    console.print(table)


def _spread(stations: Sequence[FeedTotals]) -> str:
    return ", ".join(f"{total.rows:,} rows {total.amount:,}" for total in stations)


def _print_sales_totals(console: Console, sales: dict[str, SalesTotals]) -> None:
    title = "Control totals: every order line once"
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for name in ("station", "orders", "lines", "revenue"):
        table.add_column(name, justify="left" if name == "station" else "right")
    common = Counter(sales.values()).most_common(1)[0][0]
    for station, totals in sales.items():
        style = "green" if totals == common else "red"
        cells = (f"{totals.orders:,}", f"{totals.items:,}", f"{totals.revenue:,}")
        table.add_row(station, *(f"[{style}]{cell}[/]" for cell in cells))
    console.print()
    console.print(table)
