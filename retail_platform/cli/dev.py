"""`dev`: the warehouse, the Dagster UI and the daemon, with both code locations, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from retail_platform.cli.errors import explained
from retail_platform.cli.instance import prepare_instance, project_file
from retail_platform.cli.progress import RunProgress
from retail_platform.cli.warehouse import running_warehouse
from retail_platform.settings import retail_settings
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.ddl import create_schema

_STOP_SECONDS = 60


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the UI.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port of the UI.")
@explained
def dev(host: str, port: int) -> None:
    """Run everything on this machine; Ctrl-C stops all of it."""
    progress = RunProgress(Console())
    _require_free(host, port)
    prepare_instance()
    with running_warehouse(progress.say) as starrocks:
        with connect(starrocks) as connection:
            create_schema(connection, retail_settings())
        progress.say("getting the dbt project ready")
        _prepare_dbt()
        progress.say(f"starting Dagster: http://{host}:{port} (ready in about half a minute; Ctrl-C stops everything)")
        status = _run_dagster(host, port)
        progress.say("stopped" if status == 0 else f"Dagster ended with status {status}")
    if status != 0:
        raise click.ClickException(f"Dagster ended by itself with status {status}; its last lines are above")


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"port {port} at {host} can't be used for the UI: {error.strerror}. Choose another one: --port, or "
                "make dev PORT=3001."
            ) from None


def _prepare_dbt() -> None:
    # Both code locations and every run would find the manifest missing at the same time.
    from retail_platform.transformation.dbt_project import load_project  # noqa: PLC0415

    load_project()


def _run_dagster(host: str, port: int) -> int:
    """Run Dagster's development server and pass signals on to it; returns its exit status."""
    command = [
        str(Path(sys.executable).parent / "dagster"),
        "dev",
        f"--workspace={project_file('workspace.yaml')}",
        f"--host={host}",
        f"--port={port}",
        "--code-server-log-level=warning",
        "--log-level=info",
    ]
    # `dagster dev` announces its successor, which needs another package, at every start.
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603 - our own command

    stopping = False

    def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
        nonlocal stopping
        stopping = True
        process.send_signal(signal.SIGINT)

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        status = process.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return 0 if stopping else status or 1
