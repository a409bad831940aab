"""`dev`: the warehouse, the Dagster UI and the daemon, with both code locations, until Ctrl-C."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path
from types import FrameType

import click

from retail_platform.cli.console import terminal
from retail_platform.cli.errors import explained
from retail_platform.cli.instance import limit_pools, prepare_instance
from retail_platform.cli.processes import ProcessGroup
from retail_platform.cli.progress import RunProgress
from retail_platform.cli.servers import ServerError, start_code_servers, write_workspace
from retail_platform.cli.warehouse import running_warehouse
from retail_platform.settings import retail_settings
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.ddl import create_schema


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the UI.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port of the UI.")
@click.option(
    "--warm/--cold", default=True, show_default=True, help="Start runs from a warm process, or from scratch each time."
)
@explained
def dev(host: str, port: int, warm: bool) -> None:
    """Run everything on this machine; Ctrl-C stops all of it.

    After a change of Python code or dbt models, stop it and start it again.
    """
    progress = RunProgress(terminal())
    _require_free(host, port)
    home = prepare_instance()
    # A shell that starts this in the background makes it ignore Ctrl-C; a plain kill is to stop it just as well.
    signal.signal(signal.SIGTERM, _stop_on_signal)
    signal.signal(signal.SIGINT, _stop_on_signal)
    with running_warehouse(progress.say) as starrocks, ProcessGroup(home / "logs") as group:
        with connect(starrocks) as connection:
            create_schema(connection, retail_settings())
        progress.say("starting the code locations ingestion and transformation")
        limit_pools()
        try:
            _run(group, home, host, port, warm, progress)
        except KeyboardInterrupt:
            progress.say("stopping")
        except ServerError as error:
            raise click.ClickException(str(error)) from None
    progress.say("stopped")


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


def _run(group: ProcessGroup, home: Path, host: str, port: int, warm: bool, progress: RunProgress) -> None:
    """Start servers, UI and daemon and keep them until a signal comes or one of them ends.

    Raises:
        ServerError: One ended by itself.
    """
    ports = start_code_servers(group, warm=warm)
    workspace = write_workspace(home / "workspace.yaml", ports)
    progress.say("code locations ingestion and transformation are up")
    tools = Path(sys.executable).parent
    group.start("webserver", [str(tools / "dagster-webserver"), f"-w{workspace}", f"-h{host}", f"-p{port}"])
    group.start("daemon", [str(tools / "dagster-daemon"), "run", f"-w{workspace}"])
    progress.say(f"Dagster UI: http://{host}:{port} in a few seconds; logs in {group.logs}; Ctrl-C stops everything")
    ended = group.wait_for_any()
    raise ServerError(f"{ended} ended by itself: {group.last_words(ended)}")


def _stop_on_signal(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
    # A second signal would cut the stopping short and leave servers behind; each of them is given limited time anyway.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
