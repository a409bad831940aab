"""dbt in a fork of the run's process, behind the interface of the dbt command line.

A build of a few changed models takes about as long as starting dbt. Where the run process has dbt imported already
(see `retail-platform code-server`), dbt runs in a child forked from it, and its structured events reach Dagster through
a pipe, in the very form the command line prints them: same events, metadata, logs and errors. The two share no
interpreter, and a signal ends dbt as it ends the command. The project is parsed once in a process and its forks (see
:mod:`retail_platform.transformation.warm_start`).

The command line stays the default wherever runs are containers of their own: set RETAIL_DBT_FORK to choose.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from functools import cached_property
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import IO, Any

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtCliResource
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from packaging.version import Version, parse

from retail_platform.settings import starrocks_settings
from retail_platform.transformation.dbt_parse import QUIET, dbt_environment, parse_project


class DbtFork:
    """A dbt invocation in a forked process, with the members of `subprocess.Popen` that dagster-dbt uses.

    Attributes:
        args: The command, as it would be typed.
        stdout: dbt's events as JSON, one a line.
    """

    def __init__(self, args: Sequence[str], environment: Mapping[str, str], project: Any = None) -> None:  # noqa: ANN401
        """Start it.

        Args:
            args: What follows `dbt` on the command line.
            environment: Added to this process' environment.
            project: What `parse_project` returned; dbt parses by itself without.
        """
        self.args = ["dbt", *args]
        read, write = os.pipe()
        # A fork misses Dagster's threads, which feed its queue and wait for a cancellation: dbt needs neither.
        self._process: ForkProcess = multiprocessing.get_context("fork").Process(
            target=_run_dbt, args=([*QUIET, *args], environment, project, read, write), name="dbt"
        )
        self._process.start()
        os.close(write)
        self.stdout: IO[bytes] = os.fdopen(read, "rb")

    @property
    def returncode(self) -> int | None:
        """As the command line's: 0 success, 1 a node failed, 2 an error; None while running."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for dbt's end; returns its exit code, None if it is still running after `timeout` seconds."""
        self._process.join(timeout)
        return self._process.exitcode

    def poll(self) -> int | None:
        """The exit code, None while running."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send dbt a signal; SIGINT: no further node is started and open queries are cancelled."""
        if self._process.pid is not None and self._process.is_alive():
            os.kill(self._process.pid, number)


def _run_dbt(args: list[str], environment: Mapping[str, str], project: Any, read: int, write: int) -> None:  # noqa: ANN401
    """In the forked process: run dbt and write its events to a pipe as they come; exits with its code."""
    # Imported here, because the ingestion location and `--help` have no use for it.
    from dbt.cli.main import dbtRunner  # noqa: PLC0415
    from dbt_common.events.functions import msg_to_json  # noqa: PLC0415

    os.close(read)
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Dagster's are about its run
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sink = _Sink(write)

    def emit(event: Any) -> None:  # noqa: ANN401 - dbt's EventMsg, a protobuf message without types
        if event.info.level != "debug":
            sink.write(msg_to_json(event))

    result = dbtRunner(manifest=project, callbacks=[emit]).invoke(args)
    if result.exception is not None:
        sink.write(_error_line(str(result.exception)))
    raise SystemExit(0 if result.success else 1 if result.exception is None else 2)


class _Sink:
    """The writing end of the pipe, until nobody reads any more."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._broken = False

    def write(self, line: str) -> None:
        if self._broken:
            return
        try:
            self._file.write(line.encode() + b"\n")
        except BrokenPipeError:
            # Dagster stopped reading because the run is being cancelled; dbt still has to finish in order.
            self._broken = True


def _error_line(message: str) -> str:
    return json.dumps({"info": {"level": "error", "name": "MainEncounteredError", "msg": message}, "data": {}})


class ForkedDbtResource(DbtCliResource):
    """The dbt resource, except that `cli` runs dbt in a fork of this process."""

    @cached_property
    def _cli_version(self) -> Version:
        from dbt.version import __version__  # noqa: PLC0415

        return parse(__version__)

    def cli(  # type: ignore[override]  # the one way our assets call it
        self, args: Sequence[str], *, context: dg.AssetExecutionContext, **_unused: object
    ) -> DbtCliInvocation:
        """Start dbt for the selection of a context.

        Args:
            args: The command, such as ``["build"]``.
            context: The context of a function decorated with `@dbt_assets`.
        """
        # Imported here: only a process that builds needs the driver.
        from retail_platform.transformation.dbt_command import prepare_connections  # noqa: PLC0415

        prepare_connections(starrocks_settings())
        params = get_updated_cli_invocation_params_for_context(context, {}, self._default_translator())
        project = params.dbt_project
        if project is None:
            raise dg.DagsterInvariantViolationError("the forked dbt builds assets of a dbt project only")
        target = Path(project.project_dir) / self._get_unique_target_path(context=context)
        environment = {
            **dbt_environment(project, target),
            "DAGSTER_DBT_CLI": "true",
            **({"DBT_INDIRECT_SELECTION": params.indirect_selection} if params.indirect_selection else {}),
        }
        target.mkdir(parents=True, exist_ok=True)
        return DbtCliInvocation(
            process=DbtFork(  # type: ignore[arg-type]
                [*args, *params.selection_args], environment, parse_project(project)
            ),
            manifest=params.manifest,
            project=project,
            dagster_dbt_translator=params.dagster_dbt_translator,
            project_dir=Path(project.project_dir),
            target_path=target,
            raise_on_error=True,
            context=context.op_execution_context,
            adapter=None,
            cli_version=self._cli_version,
        )

    @staticmethod
    def _default_translator() -> Any:  # noqa: ANN401 - replaced by the one of the assets
        from dagster_dbt import DagsterDbtTranslator  # noqa: PLC0415

        return DagsterDbtTranslator()
