"""`quarantine`: what contracts hold back, another chance for it, and how well defects are found."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click
from rich.table import Table

from retail_platform.cli.console import terminal
from retail_platform.cli.errors import explained
from retail_platform.cli.retailer import DAY
from retail_platform.cli.warehouse import local_warehouse
from retail_platform.contracts import CONTRACTS
from retail_platform.landing import LandingZone
from retail_platform.settings import retail_settings
from retail_platform.starrocks.connection import Row, connect, query, quote_table
from retail_platform.starrocks.ddl import REJECTED_TABLE

_FEEDS = click.Choice([contract.name for contract in CONTRACTS])
_PAYLOAD_WIDTH = 70


@click.group()
def quarantine() -> None:
    """Rows that broke their contract."""


@quarantine.command(name="list")
@click.option("--feed", type=_FEEDS, help="Only rows of this feed.")
@click.option("--day", type=DAY, help="Only rows that came for this day.")
@click.option("--rule", default="", help="Only rows that broke a rule containing this text.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="Rows to show.")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines.")
@explained
def list_rows(feed: str | None, day: Any, rule: str, limit: int, as_json: bool) -> None:  # noqa: ANN401 - click's
    """Show rows in quarantine, newest first, and how many broke which rule."""
    where, values = _conditions(feed, day.date() if day else None, rule)
    with local_warehouse() as starrocks, connect(starrocks) as connection:
        table = quote_table(retail_settings().bronze, REJECTED_TABLE)
        rows = query(
            connection,
            f"SELECT rejected_id, feed, dt, rule, first_seen_at, payload FROM {table}{where} "
            f"ORDER BY first_seen_at DESC, rejected_id LIMIT {limit}",
            values,
        )
        totals = query(
            connection,
            f"SELECT feed, rule, COUNT(*) AS n FROM {table}{where} GROUP BY feed, rule ORDER BY n DESC, feed, rule",
            values,
        )
    if as_json:
        for row in rows:
            click.echo(json.dumps({name: str(value) for name, value in row.items()}))
        return
    console = terminal()
    console.print(_totals(totals))
    console.print(_rows(rows))


def _conditions(feed: str | None, day: date | None, rule: str) -> tuple[str, list[Any]]:
    parts: list[tuple[str, Any]] = [
        ("feed = %s", feed),
        ("dt = %s", day),
        ("INSTR(rule, %s) > 0", rule or None),
    ]
    given = [(text, value) for text, value in parts if value is not None]
    where = " WHERE " + " AND ".join(text for text, _ in given) if given else ""
    return where, [value for _, value in given]


def _totals(rows: list[Row]) -> Table:
    table = Table("feed", "rule", "rows", title="Rules broken", title_justify="left", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row["feed"], row["rule"], f"{row['n']:,}")
    return table


def _rows(rows: list[Row]) -> Table:
    table = Table("feed", "day", "rule", "first seen", "row", box=None, pad_edge=False)
    for row in rows:
        payload = row["payload"]
        short = payload if len(payload) <= _PAYLOAD_WIDTH else payload[:_PAYLOAD_WIDTH] + "…"
        table.add_row(row["feed"], str(row["dt"]), row["rule"], str(row["first_seen_at"]), short)
    return table


@quarantine.command()
@click.option("--feed", type=_FEEDS, help="Only rows of this feed.")
@click.option("--day", type=DAY, help="Only rows that came for this day.")
@click.option("--rule", default="", help="Only rows that broke a rule containing this text.")
@click.option("--set", "corrections", multiple=True, metavar="COLUMN=VALUE", help="Correct a column first.")
@click.option("--dry-run", is_flag=True, help="Only say how many rows would pass.")
@explained
def replay(feed: str | None, day: Any, rule: str, corrections: tuple[str, ...], dry_run: bool) -> None:  # noqa: ANN401
    """Hold rows against today's contracts again; load those that pass, keep the others."""
    # Polars and the contracts' machinery take a moment to import; a wrong option is told without them.
    from retail_platform.ingestion.load import DayLoader  # noqa: PLC0415
    from retail_platform.ingestion.replay import Selection, replay_day  # noqa: PLC0415
    from retail_platform.ingestion.sending import Sender, loads_together  # noqa: PLC0415

    selection = Selection(feed or "", rule, dict(_correction(text) for text in corrections))
    settings = retail_settings()
    zone = LandingZone(settings.landing_root)
    with local_warehouse() as starrocks, connect(starrocks) as connection:
        where, values = _conditions(feed, day.date() if day else None, rule)
        table = quote_table(settings.bronze, REJECTED_TABLE)
        days = query(connection, f"SELECT DISTINCT dt FROM {table}{where} ORDER BY dt", values)
        together = loads_together(connection, settings.load_transaction)
        loader = DayLoader(connection, Sender.to(starrocks, zone, settings.bronze), "quarantine replay", together)
        tried = released = 0
        for row in days:
            result = replay_day(zone, row["dt"], selection, dry_run=dry_run)
            if result is None:
                continue
            tried, released = tried + result.tried, released + result.released
            if result.released and not dry_run:
                loader.load(result.manifest, CONTRACTS, click.echo)
    click.echo(f"{released:,} of {tried:,} rows {'would pass' if dry_run else 'passed and are loaded'}")


def _correction(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not equals or not column:
        raise click.BadParameter(f"{text!r} is no correction; write it as column=value", param_hint="--set")
    return column, value


@quarantine.command()
@explained
def score() -> None:
    """How many of the defects in raw_defect_ledger were noticed, and how many notices are right, by kind."""
    from retail_platform.ingestion.scoring import scores  # noqa: PLC0415

    with local_warehouse() as starrocks, connect(starrocks) as connection:
        found = scores(connection, retail_settings().bronze)
    if not found:
        click.echo("raw_defect_ledger is empty: nothing is known of defects, so nothing can be scored")
        return
    table = Table("defect", "injected", "noticed", "recall", "precision", box=None, pad_edge=False)
    for one in found:
        table.add_row(one.kind, f"{one.injected:,}", f"{one.noticed:,}", f"{one.recall:.4f}", f"{one.precision:.4f}")
    terminal().print(table)
