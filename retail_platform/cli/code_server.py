"""`code-server`: a code location as a gRPC server whose runs start warm.

Dagster's server starts each run in a fresh Python, which imports Dagster, dbt and the code location and parses the dbt
project anew: most of the time a small run takes. Here runs are forked from a process that has done all that and does
nothing else; so is the server itself. It is the standard library's fork server; where there is none, all start fresh.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from typing import Any

import click

from retail_platform.cli.instance import prepare_instance

# What runs find imported. A fork has none of its parent's threads and waits for ever for what they held, so nothing
# here may start one. These libraries don't on any system; our own modules import numpy and polars, which don't on Linux
# if told so.
_LIBRARIES = (
    "dagster._grpc.impl",
    "dagster._core.executor.in_process",
    "dagster._core.storage.event_log.sqlite",
    "dagster._core.storage.runs.sqlite",
    "pymysql",
    "requests",
)
_OURS = {
    "ingestion": ("retail_platform.ingestion.warm_start",),
    "transformation": ("dagster_dbt", "dbt.cli.main", "dbt.task.build", "retail_platform.transformation.warm_start"),
}
THREADLESS = {"OPENBLAS_NUM_THREADS": "1", "_RJEM_MALLOC_CONF": "background_thread:false"}


def preload(location: str, platform: str = sys.platform) -> tuple[str, ...]:
    """The modules runs of a location find imported, on an operating system."""
    return (*_LIBRARIES, *_OURS[location]) if platform == "linux" else _LIBRARIES


@click.command()
@click.argument("location", type=click.Choice(["ingestion", "transformation"]))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", required=True, type=click.IntRange(1, 65535), help="Port to listen at.")
@click.option("--warm/--cold", default=True, show_default=True, help="Fork runs from a warm process, or start afresh.")
def code_server(location: str, host: str, port: int, warm: bool) -> None:
    """Serve a code location over gRPC."""
    prepare_instance()
    module = f"retail_platform.{location}.definitions"
    arguments = ["--module-name", module, "--location-name", location, "--host", host, "--port", str(port)]
    arguments += ["--log-level", "warning", "--inject-env-vars-from-instance"]
    if warm and "forkserver" in multiprocessing.get_all_start_methods():
        if sys.platform == "linux":  # elsewhere a process with threads, as a run is, can't be forked
            os.environ.setdefault("RETAIL_DBT_FORK", "true")
        server = _start_warm(location, arguments)
        if server is not None:
            sys.exit(_wait(server))
    _serve(arguments)


def _serve(arguments: list[str]) -> None:
    from dagster._cli.api import grpc_command  # noqa: PLC0415 - imports most of Dagster

    grpc_command.main(arguments, prog_name="code-server")


def _start_warm(location: str, arguments: list[str]) -> BaseProcess | None:
    """Fork the gRPC server from the warm process, as the runs are later; None if the location can't be imported."""
    os.environ.update(THREADLESS)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload(location)))
    try:
        forkserver.ensure_running()
        address = _fork_server()._forkserver_address
        server = context.Process(target=_serve_warm, args=(arguments, address), name=f"code-server {location}")
        server.start()
    except (EOFError, OSError):
        return None  # the warm process ended over the import; the server in this process says why
    return server


def _fork_server() -> Any:  # noqa: ANN401 - private to the standard library, which has no other way to it
    return forkserver._forkserver


def share_fork_server(address: str) -> None:
    """In a process that a fork server forked: have this one's children forked by the same, not by a cold one.

    `address` is the fork server's, as the process that started it knows it. That one outlives us, it waits for our end.
    """
    ours = _fork_server()
    ours._forkserver_address = address
    ours.ensure_running = lambda: None


def _serve_warm(arguments: list[str], address: str) -> None:
    """In the gRPC server's process: runs come from the same warm process."""
    share_fork_server(address)
    original = multiprocessing.get_context

    def warm_context(method: str | None = None) -> Any:  # noqa: ANN401 - one of the standard library's contexts
        return original("forkserver" if method == "spawn" else method)

    # Dagster has no setting for it: its server asks for "spawn" by name. Only this process is affected, and only
    # processes it starts itself: runs.
    setattr(multiprocessing, "get_context", warm_context)  # noqa: B010 - mypy doesn't let a module's function be assigned
    _serve(arguments)


def _wait(server: BaseProcess) -> int:
    """Pass signals on until the server has ended; returns its exit code as a shell would tell it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: server.terminate())
    server.join()
    code = server.exitcode or 0
    return code if code >= 0 else 128 - code
