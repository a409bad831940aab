"""`realism`: the statistics that tell real retail data from made-up data, beside the bands of real retailers."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

import click
import numpy as np
import polars as pl
from rich.table import Table

from retail_platform.cli.console import terminal
from retail_platform.cli.errors import explained
from retail_platform.cli.plots import Plot
from retail_platform.cli.retailer import DAY, days_between, retailer_options, settings_of, simulated_days
from retail_platform.contracts import CONTRACTS
from retail_platform.contracts.enforce import enforce
from retail_platform.generation.realism import Trade, collect, report
from retail_platform.landing import LandingZone
from retail_platform.reconciliation import landed_text
from retail_platform.settings import retail_settings

_LEAST_DAYS = 35  # four weeks to average over, and a week before
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;color:#1c2430;background:#fff;max-width:1180px;margin:2rem auto;
padding:0 1rem}table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .8rem;border-bottom:1px solid #dde3ea;
text-align:right}td:first-child,th:first-child{text-align:left}.no{color:#b3261e;font-weight:600}.yes{color:#1b6e3c}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(480px,1fr));gap:1rem}svg{width:100%;font-size:11px}
svg text{fill:#55606e}svg .title{font-size:13px;font-weight:600;fill:#1c2430}svg line{stroke:#e6eaf0}
polyline{fill:none;stroke:#2563a8;stroke-width:1.8}"""


@click.command()
@click.option("--from", "first", type=DAY, default="2024-01-01", show_default=True, help="First day.")
@click.option("--to", "last", type=DAY, default="2024-12-30", show_default=True, help="Last day, inclusive.")
@retailer_options(orders=500)
@click.option("--landed", is_flag=True, help="Measure what has landed instead of generating.")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with plots to this file.")
@click.option("--require", default=0, type=int, help="End with status 1 if fewer statistics lie in their band.")
@explained
def realism(
    first: datetime, last: datetime, orders: int, seed: int, profile: str, landed: bool, page: Path | None, require: int
) -> None:
    """Measure a period, generated or landed; a year shows seasons and rare customers, a month doesn't."""
    days = days_between(first.date(), last.date())
    if len(days) < _LEAST_DAYS:
        raise click.BadParameter(f"{len(days)} days tell too little; measure {_LEAST_DAYS} or more", param_hint="--to")
    if page and not page.parent.is_dir():
        raise click.BadParameter(f"there is no directory {page.parent}", param_hint="--page")
    settings = settings_of(profile, seed, orders)
    trade = collect(_landed(days) if landed else simulated_days(settings, days))
    found = report(trade, settings.profile)
    accepted = found["accepted"].sum()
    terminal().print(_table(found))
    click.echo(f"{accepted} of {found.height} statistics lie in the band of real retailers")
    if page:
        page.write_text(_page(found, trade, f"{profile}, {days[0]} to {days[-1]}"), encoding="utf-8")
        click.echo(f"plots: {page}")
    if accepted < require:
        raise click.ClickException(f"{require} were required")


def _landed(days: list[date]) -> Iterator[tuple[date, Mapping[str, pl.DataFrame]]]:
    zone = LandingZone(retail_settings().landing_root)
    manifests = {day: manifest for day in days if (manifest := zone.manifest(day))}
    missing = [day for day in days if day not in manifests]
    if missing:
        raise click.ClickException(
            f"{len(missing)} of the days haven't landed in {zone.url}, the first is {missing[0]}"
        )
    for day, manifest in manifests.items():
        frames = {}
        for contract in CONTRACTS:
            none = pl.DataFrame(schema=dict.fromkeys(contract.column_names, pl.String()))
            rows = pl.concat([none, *(landed_text(zone, contract, file) for file in manifest.files(contract.name))])
            frames[contract.name] = enforce(contract, rows, day).valid
        yield day, frames


def _band(low: float, high: float) -> str:
    return f"≥ {low:g}" if math.isinf(high) else f"{low:g} to {high:g}"


def _table(found: pl.DataFrame) -> Table:
    table = Table("statistic", "value", "real retailers", "", box=None, pad_edge=False)
    for name, value, low, high, accepted in found.iter_rows():
        table.add_row(name, f"{value:.3g}", _band(low, high), "[green]✓[/]" if accepted else "[red]✗[/]")
    return table


def _plots(trade: Trade) -> list[Plot]:
    daily = trade.orders.group_by("day").len().sort("day")
    products = np.sort(trade.lines["product_id"].value_counts()["count"].to_numpy())[::-1]
    buyers = np.sort(trade.orders.drop_nulls("customer_id")["customer_id"].value_counts()["count"].to_numpy())[::-1]
    values = trade.orders.filter(pl.col("value") > 0)["value"].log10()
    counts, edges = np.histogram(values.to_numpy(), bins=40)
    weekday = daily.group_by(pl.col("day").dt.weekday()).agg(pl.col("len").mean()).sort("day")
    return [
        Plot("Orders per day", range(1, daily.height + 1), daily["len"].to_list(), "day"),
        Plot("Orders by weekday, on average", weekday["day"].to_list(), weekday["len"].to_list(), "1 = Monday"),
        Plot("Lines per product, most popular first", *_ranks(products), "rank", logarithmic=True),
        Plot("Orders per customer, most loyal first", *_ranks(buyers), "rank", logarithmic=True),
        Plot(
            "Order values", ((edges[1:] + edges[:-1]) / 2).tolist(), counts.tolist(), "decimal logarithm of US dollars"
        ),
    ]


def _ranks(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[list[float], list[float]]:
    """At most a few hundred points, spread evenly over a logarithmic axis."""
    ranks = np.unique(np.geomspace(1, len(counts), 300).astype(int))
    return ranks.tolist(), counts[ranks - 1].tolist()


def _page(found: pl.DataFrame, trade: Trade, title: str) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{value:.3g}</td><td>{_band(low, high)}</td>"
        f'<td class="{"yes" if accepted else "no"}">{"inside" if accepted else "outside"}</td></tr>'
        for name, value, low, high, accepted in found.iter_rows()
    )
    plots = "".join(plot.svg() for plot in _plots(trade))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Realism</title><style>{_STYLE}</style>'
        f"<h1>Realism: {html.escape(title)}</h1>"
        f"<p>{found['accepted'].sum()} of {found.height} statistics lie in the band "
        f"of real retailers.</p><div class=plots>{plots}</div><table><tr><th>statistic</th><th>value</th>"
        f"<th>real retailers</th><th></th></tr>{rows}</table></html>\n"
    )
