"""`init-db` and `reset-db`."""

from __future__ import annotations

import click

from retail_platform.cli.errors import explained
from retail_platform.cli.warehouse import local_warehouse, running_warehouse
from retail_platform.deployment.accounts import accounts
from retail_platform.deployment.grants import apply_grants
from retail_platform.settings import retail_settings, starrocks_settings
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.ddl import create_schema, databases_of, drop_schema


@click.command()
@click.option("--grants", is_flag=True, help="Also create the users loader, transformer and reader with their rights.")
@explained
def init_db(grants: bool) -> None:
    """Create the databases and raw tables that aren't there yet."""
    settings = retail_settings()
    users = accounts() if grants else ()
    with running_warehouse(click.echo) as starrocks, connect(starrocks) as connection:
        create_schema(connection, settings)
        created = apply_grants(connection, users, settings) if grants else []
    click.echo(f"databases {', '.join(databases_of(settings))} are ready")
    if created:
        click.echo(f"users {', '.join(created)} have their rights")


@click.command()
@click.option("--yes", is_flag=True, help="Don't ask.")
@explained
def reset_db(yes: bool) -> None:
    """Drop the platform's databases with everything in them and create them empty.

    The landing zone stays: loading the days again brings everything back.
    """
    settings, starrocks = retail_settings(), starrocks_settings()
    names = ", ".join(databases_of(settings))
    if not yes:
        click.confirm(f"Drop {names} on {starrocks.host}:{starrocks.port} with everything in them?", abort=True)
    with local_warehouse() as starrocks, connect(starrocks) as connection:
        dropped = drop_schema(connection, settings)
        create_schema(connection, settings)
    click.echo(f"dropped {', '.join(dropped) or 'nothing'}; databases {names} are ready and empty")
