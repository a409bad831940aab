"""The `serve` command: the embedded StarRocks as a process."""

from __future__ import annotations

from pathlib import Path

import click

from retail_platform.starrocks.embedded.errors import EmbeddedServerError
from retail_platform.starrocks.embedded.runner import run_server


@click.command()
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".local/starrocks"),
    show_default=True,
    help="Where tables, labels and versions are kept.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need a password.")
@click.option("--advertised-host", default="", help="Host by which others reach this one, named in redirects of loads.")
@click.option("--mysql-port", type=int, default=9030, show_default=True, help="MySQL protocol; 0: the system chooses.")
@click.option("--fe-port", type=int, default=8030, show_default=True, help="Frontend HTTP (Stream Load, redirects).")
@click.option("--be-port", type=int, default=8040, show_default=True, help="Backend HTTP (receives the data).")
@click.option("--user", default="root", show_default=True, help="The one user.")
@click.option("--password", envvar="STARROCKS_PASSWORD", default="", help="Its password [env: STARROCKS_PASSWORD].")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Written when all ports answer: one JSON line with the ports.",
)
def serve(
    data_dir: Path,
    host: str,
    advertised_host: str,
    mysql_port: int,
    fe_port: int,
    be_port: int,
    user: str,
    password: str,
    ready_file: Path | None,
) -> None:
    """Run the embedded StarRocks until Ctrl-C or SIGTERM."""
    try:
        run_server(
            data_dir, host, mysql_port, fe_port, be_port, user, password, ready_file, advertised_host=advertised_host
        )
    except EmbeddedServerError as error:
        raise click.ClickException(str(error)) from error
