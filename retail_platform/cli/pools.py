"""`limit-pools`: the limits of the platform's pools, in place before anything runs."""

from __future__ import annotations

import os

import click

from retail_platform.cli.errors import explained
from retail_platform.cli.instance import limit_pools


@click.command()
@explained
def limit_pools_command() -> None:
    """Give the pools of the instance in DAGSTER_HOME their default limit before their first use.

    Compose and chart run it before the daemon starts. A limit somebody set in the UI stays.
    """
    if not os.environ.get("DAGSTER_HOME"):
        raise click.ClickException(
            "DAGSTER_HOME isn't set: it names the directory of the instance, for instance .local/dagster (absolute), "
            "which `make demo` and `make dev` make."
        )
    for pool, limit in limit_pools().items():
        click.echo(f"pool {pool}: {limit} step{'s' if limit > 1 else ''} at a time")
