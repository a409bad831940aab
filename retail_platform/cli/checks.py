"""`checks`: publish the checks dashboard as things stand and say where it is."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click
import dagster as dg

from retail_platform.cli.console import terminal
from retail_platform.cli.errors import explained
from retail_platform.cli.instance import prepare_instance
from retail_platform.cli.warehouse import local_warehouse
from retail_platform.resources import Landing, Warehouse


@click.command()
@click.option("--open/--no-open", "show", default=False, help="Open the page in a browser.")
@explained
def checks(show: bool) -> None:
    """Write the dashboard of all asset checks: one HTML page with status, failures, control totals and loads."""
    prepare_instance()
    # Imported here: it loads the dbt project, which `--help` needn't wait for.
    from retail_platform.transformation.dashboard.asset import publish  # noqa: PLC0415
    from retail_platform.transformation.dashboard.snapshot import State  # noqa: PLC0415

    with local_warehouse(), dg.DagsterInstance.get() as instance:
        page, snapshot = publish(instance, Warehouse(), Landing())
    address = page if "://" in page else Path(page).as_uri()
    terminal().print(
        f"{snapshot.count(State.PASSED)} checks pass, {snapshot.count(State.WARNED)} warn, "
        f"{snapshot.count(State.FAILED)} fail, {snapshot.count(State.NONE)} never ran\n{address}",
        highlight=False,
        soft_wrap=True,
    )
    if show:
        webbrowser.open(address)
