"""`generate`: days of the simulated retailer as files, without Dagster and without a warehouse."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retail_platform.cli.errors import explained
from retail_platform.cli.retailer import DAY, days_between, retailer_options, settings_of, simulated_days

if TYPE_CHECKING:
    from polars import DataFrame


@click.command()
@click.option("--from", "first", type=DAY, required=True, help="First day, YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, default=None, help="Last day, inclusive; default: the first.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Directory to write to.")
@retailer_options()
@click.option(
    "--format", "kind", default="jsonl", show_default=True, type=click.Choice(["jsonl", "csv", "parquet"]),
    help="Format of the files.",
)  # fmt: skip
@explained
def generate(
    first: datetime, last: datetime | None, out: Path, orders: int, seed: int, profile: str, kind: str
) -> None:
    """Write days as OUT/<feed>/dt=YYYY-MM-DD/<feed>.<format>: a landing zone as another system would fill it."""
    days = days_between(first.date(), (last or first).date())
    rows = 0
    for day, frames in simulated_days(settings_of(profile, seed, orders), days):
        for feed, frame in frames.items():
            if frame.height:
                try:
                    _write(frame, out / feed / f"dt={day}" / f"{feed}.{kind}", kind)
                except OSError as error:
                    raise click.ClickException(f"can't write to {out}: {error.strerror or error}") from None
        rows += sum(frame.height for frame in frames.values())
    click.echo(f"{rows:,} rows of {len(days)} days are in {out}")


def _write(frame: DataFrame, path: Path, kind: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "parquet":
        frame.write_parquet(path)
    elif kind == "csv":
        frame.write_csv(path)
    else:
        frame.write_ndjson(path)
