"""`ingest`: load a day through Dagster from the terminal."""

from __future__ import annotations

from datetime import UTC, date, datetime

import click

from retail_platform.cli.console import terminal
from retail_platform.cli.errors import explained
from retail_platform.cli.instance import prepare_instance
from retail_platform.cli.progress import RunProgress
from retail_platform.cli.retailer import retailer_options
from retail_platform.cli.warehouse import running_warehouse
from retail_platform.settings import retail_settings
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.ddl import create_schema


@click.command()
@click.option("--day", default=None, help="Day to load, YYYY-MM-DD; default: today (UTC), as much of it as is over.")
@retailer_options()
@explained
def ingest(day: str | None, orders: int, seed: int, profile: str) -> None:
    """Run the ingestion job for a day in this process; the run shows in the UI, and the marts follow by themselves.

    The same day with the same options loads only what isn't there yet.
    """
    try:
        chosen = date.fromisoformat(day) if day else datetime.now(UTC).date()
    except ValueError:
        raise click.BadParameter(f"{day!r} isn't a day; write it as 2026-11-20", param_hint="--day") from None
    progress = RunProgress(terminal())
    prepare_instance()
    # Dagster and the generator take seconds to import; a wrong option is told without them.
    import dagster as dg  # noqa: PLC0415

    from retail_platform.ingestion.definitions import defs  # noqa: PLC0415
    from retail_platform.ingestion.moments import days_of  # noqa: PLC0415

    try:
        days_of([chosen.isoformat()])
    except dg.Failure as refused:
        raise click.BadParameter(str(refused.description), param_hint="--day") from None

    with running_warehouse(progress.say) as starrocks, dg.DagsterInstance.get() as instance:
        with connect(starrocks) as connection:
            create_schema(connection, retail_settings())
        progress.say(f"ingestion: loading {chosen} in this process")
        result = defs.resolve_job_def("ingest_trading_day").execute_in_process(
            partition_key=chosen.isoformat(),
            run_config={
                "ops": {"land_trading_day": {"config": {"profile": profile, "seed": seed, "orders_per_day": orders}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            instance=instance,
            raise_on_error=False,
        )
        for record in instance.get_records_for_run(result.run_id, limit=10_000).records:
            progress(record.event_log_entry)
    if not result.success:
        raise click.ClickException(progress.failures[0] if progress.failures else f"run {result.run_id} failed")
    progress.say(f"done: run {result.run_id}")
