"""`generate`: days of the simulated retailer as files, without Dagster and without a warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retail_platform.cli.errors import explained

if TYPE_CHECKING:
    from polars import DataFrame

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--from", "first", type=_DAY, required=True, help="First day, YYYY-MM-DD.")
@click.option("--to", "last", type=_DAY, default=None, help="Last day, inclusive; default: the first.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Directory to write to.")
@click.option("--orders", default=2_000, show_default=True, type=int, help="Orders on an average day.")
@click.option("--seed", default=42, show_default=True, type=int, help="Number of the simulated world.")
@click.option(
    "--profile",
    default="online",
    show_default=True,
    type=click.Choice(["online", "grocery", "marketplace"]),
    help="Kind of retailer.",
)
@click.option(
    "--format", "kind", default="jsonl", show_default=True, type=click.Choice(["jsonl", "csv", "parquet"]),
    help="Format of the files.",
)  # fmt: skip
@explained
def generate(
    first: datetime, last: datetime | None, out: Path, orders: int, seed: int, profile: str, kind: str
) -> None:
    """Write days as OUT/<feed>/dt=YYYY-MM-DD/<feed>.<format>: a landing zone as another system would fill it."""
    # The generator takes a second to import; a wrong option is told without it.
    from pydantic import ValidationError  # noqa: PLC0415

    from retail_platform.generation import GenerationSettings, generate_day  # noqa: PLC0415

    try:
        settings = GenerationSettings.model_validate({"profile": profile, "seed": seed, "orders_per_day": orders})
    except ValidationError as error:
        problem = error.errors()[0]
        raise click.BadParameter(f"{problem['loc'][0]}={problem['input']!r}: {problem['msg']}") from None

    rows = 0
    days = list(days_between(first.date(), (last or first).date()))
    for day in days:
        try:
            frames = generate_day(settings, day)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        for feed, frame in frames.items():
            if frame.height:
                _write(frame, out / feed / f"dt={day}" / f"{feed}.{kind}", kind)
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


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last.

    Raises:
        click.BadParameter: The last day is before the first.
    """
    if last < first:
        raise click.BadParameter(f"{last} is before {first}", param_hint="--to")
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
