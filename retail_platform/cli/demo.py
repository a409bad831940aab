"""`demo`: from nothing to checked marts, through Dagster, with every number accounted for."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import click
from rich.console import Console

from retail_platform.cli.console import terminal
from retail_platform.cli.demo_delivery import DEFAULT_RATE, Simulated, mess_of
from retail_platform.cli.demo_report import checks_by_table, print_report
from retail_platform.cli.errors import explained
from retail_platform.cli.progress import RunProgress
from retail_platform.cli.runs import Platform, RunError, loaded_platform
from retail_platform.cli.servers import ServerError
from retail_platform.cli.warehouse import running_warehouse
from retail_platform.generation import GenerationSettings
from retail_platform.settings import retail_settings
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.ddl import create_schema


@click.command()
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 1000), help="Closed days to load.")
@click.option(
    "--orders", default=2_000, show_default=True, type=click.IntRange(10, 2_000_000), help="Orders on an average day."
)
@click.option("--seed", default=42, show_default=True, type=click.IntRange(0), help="Number of the simulated world.")
@click.option(
    "--profile",
    default="online",
    show_default=True,
    type=click.Choice(["online", "grocery", "marketplace"]),
    help="Kind of retailer.",
)
@click.option("--last-day", default=None, help="Last day to load, YYYY-MM-DD; default: yesterday (UTC).")
@click.option(
    "--mess",
    default=DEFAULT_RATE,
    show_default=True,
    type=click.FloatRange(0, 0.05),
    help="Share of the rows that come with each kind of defect; 0: a careful sender.",
)
@explained
def demo(days: int, orders: int, seed: int, profile: str, last_day: str | None, mess: float) -> None:
    """Load the last days through Dagster, build every model, run every check, print the result.

    Running it again adds nothing twice. It ends with status 1 if anything failed or doesn't add up.
    """
    console = terminal()
    progress = RunProgress(console)
    window = _window(days, last_day)
    settings = GenerationSettings(profile=profile, seed=seed, orders_per_day=orders)
    simulated = Simulated(settings, mess_of(mess))
    config = {"profile": profile, "seed": seed, "orders_per_day": orders, "mess": simulated.mess.model_dump()}
    with running_warehouse(progress.say) as starrocks:
        with connect(starrocks) as connection:
            create_schema(connection, retail_settings())
        progress.say("starting the code locations ingestion and transformation")
        try:
            with loaded_platform() as platform:
                done = _run(platform, progress, window, config)
                checks = checks_by_table(platform)
        except (RunError, ServerError) as error:
            raise click.ClickException(str(error)) from None
        with connect(starrocks) as connection:
            sound = print_report(console, connection, simulated, window, checks) if done else None
    _farewell(console, progress, sound)


def _window(days: int, last_day: str | None) -> list[date]:
    try:
        last = date.fromisoformat(last_day) if last_day else datetime.now(UTC).date() - timedelta(days=1)
    except ValueError:
        raise click.BadParameter(f"{last_day!r} isn't a day; write it as 2026-11-20", param_hint="--last-day") from None
    return [last - timedelta(days=back) for back in reversed(range(days))]


def _run(platform: Platform, progress: RunProgress, window: list[date], config: dict[str, object]) -> bool:
    """Run both jobs; returns whether both succeeded, so that there is something to report on."""
    progress.say(f"ingestion: loading {len(window)} days, {window[0]} to {window[-1]}, as one run")
    tags = {
        "dagster/asset_partition_range_start": window[0].isoformat(),
        "dagster/asset_partition_range_end": window[-1].isoformat(),
    }
    run_config = {"ops": {"land_trading_day": {"config": config}}}
    run = platform.launch("ingestion", "ingest_trading_day", run_config, tags, progress)
    if not run.is_success:
        return False
    progress.say("transformation: observing the raw tables, building every model, running every check")
    return platform.launch("transformation", "build_marts", {}, {}, progress).is_success


def _farewell(console: Console, progress: RunProgress, sound: bool | None) -> None:
    """Say how it went. `sound`: whether the control totals agree, None if they were not compared."""
    seconds = time.monotonic() - progress.started
    console.print()
    if progress.failures or not sound:
        for failure in progress.failures:
            console.print(f"[red]✗[/] {failure}", highlight=False)
        if sound is False:
            console.print("[red]✗[/] the control totals don't agree", highlight=False)
        raise click.ClickException(f"the demo failed after {seconds:.0f} seconds")
    console.print(f"[green]✓[/] {progress.checks_passed} checks passed; {seconds:.0f} seconds in all", highlight=False)
    console.print(
        "\nNext:\n"
        "  make dev        the Dagster UI with both code locations; new data flows into the marts by itself\n"
        "  make generate   (in a second terminal) load what has happened today so far\n"
        "  make inspect    every table with rows, newest day and version\n",
        highlight=False,
    )
