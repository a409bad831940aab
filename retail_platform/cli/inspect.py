"""`inspect`: every table with its rows, newest partition, version and last load."""

from __future__ import annotations

import json

import click
from rich.table import Table

from retail_platform.cli.console import terminal
from retail_platform.cli.errors import explained
from retail_platform.cli.warehouse import local_warehouse
from retail_platform.inspection import Inspection, inspect_warehouse
from retail_platform.settings import retail_settings
from retail_platform.starrocks.connection import connect

LAYER_STYLES = {"bronze": "dark_orange3", "silver": "grey70", "gold": "gold1"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@explained
def inspect(as_json: bool) -> None:
    """Show every table: layer, rows, newest partition, version, last load."""
    with local_warehouse() as starrocks, connect(starrocks) as connection:
        inspection = inspect_warehouse(connection, retail_settings(), starrocks)
    if as_json:
        click.echo(json.dumps(inspection.as_json(), indent=2))
        return
    console = terminal()
    console.print(_table(inspection))
    warehouse = inspection.warehouse
    console.print(f"{warehouse['kind']} StarRocks {warehouse['version']} at {warehouse['address']}")
    if not inspection.tables:
        console.print("There are no tables yet: run `retail-platform init-db`, or `make demo` for everything.")


def _table(inspection: Inspection) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("table", "kind"):
        table.add_column(name)
    table.add_column("rows", justify="right")
    for name in ("newest day", "version", "last load"):
        table.add_column(name)
    for name, report in inspection.tables.items():
        table.add_row(
            f"[{LAYER_STYLES[report.layer]}]{name}[/]",
            report.kind,
            f"{report.rows:,}",
            report.newest_partition or "",
            (report.version or "")[:8],
            report.last_load or "",
        )
    return table
