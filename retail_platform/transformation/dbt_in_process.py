"""dbt in the run's own process, behind the interface of the dbt command line.

A build of a few changed models takes about as long as starting dbt. Where the run process has dbt imported already
(see `retail-platform code-server`), dbt runs in a thread of it and its structured events reach Dagster through a pipe,
in the very form the command line prints them: same events, metadata, logs and errors. One run process does one build,
so dbt's global state is nobody else's. The project is parsed once in a process and its forks (see
:mod:`retail_platform.transformation.warm_start`).

The command line stays the default wherever runs are containers of their own: set RETAIL_DBT_IN_PROCESS to choose.
"""

from __future__ import annotations

import ctypes
import json
import os
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtCliResource, DbtProject
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from packaging.version import Version, parse

from retail_platform.settings import child_environment, starrocks_settings

_QUIET = ["--log-level", "none"]  # the console of dbt; its file log and its events are unaffected
_NO_THREADS = ["--no-static-parser"]  # whose threads would be missing in forks


class DbtThread:
    """A dbt invocation in a thread, with the members of `subprocess.Popen` that dagster-dbt uses.

    Attributes:
        args: The command, as it would be typed.
        stdout: dbt's events as JSON, one a line.
        returncode: As the command line's: 0 success, 1 a node failed, 2 an error; None while running.
    """

    def __init__(self, args: Sequence[str], environment: Mapping[str, str], project: Any = None) -> None:  # noqa: ANN401
        """Start it.

        Args:
            args: What follows `dbt` on the command line.
            environment: Added to this process' environment.
            project: What :func:`parse_project` returned; dbt parses by itself without.
        """
        self._project = project
        self.args = ["dbt", *args]
        self.returncode: int | None = None
        read, write = os.pipe()
        self.stdout = os.fdopen(read, "rb")
        self._sink = os.fdopen(write, "wb", buffering=0)
        self._broken = False
        os.environ.update(environment)
        self._thread = threading.Thread(target=self._run, args=[[*_QUIET, *args]], name="dbt", daemon=True)
        self._thread.start()

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for dbt's end; returns its exit code, None if it is still running after `timeout` seconds."""
        self._thread.join(timeout)
        return self.returncode

    def poll(self) -> int | None:
        """The exit code, None while running."""
        return self.returncode

    def send_signal(self, _signal: int) -> None:
        """Interrupt dbt as Ctrl-C does: no further node is started and open queries are cancelled."""
        thread, error = ctypes.c_ulong(self._thread.ident or 0), ctypes.py_object(KeyboardInterrupt)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)

    def _run(self, args: list[str]) -> None:
        # Imported here, because the ingestion location and `--help` have no use for it.
        from dbt.cli.main import dbtRunner  # noqa: PLC0415

        try:
            result = dbtRunner(manifest=self._project, callbacks=[self._emit]).invoke(args)
            if result.exception is not None:
                self._write(_error_line(str(result.exception)))
            self.returncode = 0 if result.success else 1 if result.exception is None else 2
        finally:
            self.returncode = 2 if self.returncode is None else self.returncode
            self._sink.close()

    def _emit(self, event: Any) -> None:  # noqa: ANN401 - dbt's EventMsg, a protobuf message without types
        from dbt_common.events.functions import msg_to_json  # noqa: PLC0415

        if event.info.level != "debug":
            self._write(msg_to_json(event))

    def _write(self, line: str) -> None:
        if self._broken:
            return
        try:
            self._sink.write(line.encode() + b"\n")
        except BrokenPipeError:
            # Dagster stopped reading because the run is being cancelled; dbt still has to finish in order.
            self._broken = True


def _error_line(message: str) -> str:
    return json.dumps({"info": {"level": "error", "name": "MainEncounteredError", "msg": message}, "data": {}})


class InProcessDbtResource(DbtCliResource):
    """The dbt resource, except that `cli` runs dbt in this process."""

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
        from retail_platform.transformation.dbt_tls import secure_connections  # noqa: PLC0415

        secure_connections(starrocks_settings())
        params = get_updated_cli_invocation_params_for_context(context, {}, self._default_translator())
        project = params.dbt_project
        if project is None:
            raise dg.DagsterInvariantViolationError("the in-process dbt resource builds assets of a dbt project only")
        target = Path(project.project_dir) / self._get_unique_target_path(context=context)
        environment = {
            **_environment(project, target),
            "DAGSTER_DBT_CLI": "true",
            **({"DBT_INDIRECT_SELECTION": params.indirect_selection} if params.indirect_selection else {}),
        }
        target.mkdir(parents=True, exist_ok=True)
        return DbtCliInvocation(
            process=DbtThread(  # type: ignore[arg-type]
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


_parsed: dict[Path, Any] = {}


def parse_project(project: DbtProject) -> Any:  # noqa: ANN401 - dbt's Manifest, which has no types
    """The project as dbt keeps it in memory, parsed once in a process and what is forked from it.

    Returns:
        None if it can't be parsed; dbt says why when it is run without.
    """
    directory = Path(project.project_dir)
    if directory not in _parsed:
        from dbt.cli.main import dbtRunner  # noqa: PLC0415 - the ingestion location and `--help` have no use for it

        os.environ.update(child_environment())  # the profile reads it
        with tempfile.TemporaryDirectory(prefix="dbt-parse-") as scratch:
            _bring_partial_parse(directory, Path(scratch))
            os.environ.update(_environment(project, Path(scratch)))
            _parsed[directory] = dbtRunner().invoke([*_QUIET, "parse", *_NO_THREADS]).result
    return _parsed[directory]


def _environment(project: DbtProject, target: Path) -> dict[str, str]:
    return {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
        "DBT_PROFILES_DIR": str(project.profiles_dir),
        "DBT_PROJECT_DIR": str(project.project_dir),
    }


def _bring_partial_parse(directory: Path, target: Path) -> None:
    """Copy what an earlier dbt parsed to where the next one looks for it."""
    parsed = directory / "target" / "partial_parse.msgpack"
    if parsed.is_file():
        (target / parsed.name).write_bytes(parsed.read_bytes())
