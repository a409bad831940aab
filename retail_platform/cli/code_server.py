"""`code-server`: a code location as a gRPC server whose runs start warm.

Dagster's server starts each run in a fresh Python, which imports Dagster, dbt and the code location and parses the dbt
project anew: most of the time a small run takes. Here runs are forked from a process that has done all that and does
nothing else. It is the standard library's fork server; where there is none, runs start fresh as ever.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.forkserver
import os
import sys
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
    warm = warm and "forkserver" in multiprocessing.get_all_start_methods()
    if warm:
        os.environ.setdefault("RETAIL_DBT_IN_PROCESS", "true")
    prepare_instance()
    if warm:
        _fork_runs_from_warm_process(location)
    from dagster._cli.api import grpc_command  # noqa: PLC0415 - imports most of Dagster

    module = f"retail_platform.{location}.definitions"
    arguments = ["--module-name", module, "--location-name", location, "--host", host, "--port", str(port)]
    grpc_command.main(
        [*arguments, "--log-level", "warning", "--inject-env-vars-from-instance"], prog_name="code-server"
    )


def _fork_runs_from_warm_process(location: str) -> None:
    """Give Dagster's server the fork server wherever it asks for freshly spawned processes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload(location)))
    original = multiprocessing.get_context

    def warm_context(method: str | None = None) -> Any:  # noqa: ANN401 - one of the standard library's contexts
        return context if method == "spawn" else original(method)

    # The server has no setting for it (it asks for "spawn" by name). Only this process is affected, and only
    # processes it starts itself: runs.
    setattr(multiprocessing, "get_context", warm_context)  # noqa: B010 - mypy doesn't let a module's function be assigned
    before = {name: os.environ.get(name) for name in THREADLESS}
    os.environ.update(THREADLESS)
    multiprocessing.forkserver.ensure_running()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
