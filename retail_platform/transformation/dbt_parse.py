"""The dbt project parsed in this process, once for it and whatever is forked from it.

Starting the dbt command takes as long as parsing does, and a warm process needs the result in memory anyway.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from dagster_dbt import DbtProject

from retail_platform.settings import child_environment

QUIET = ["--log-level", "none"]  # the console of dbt; its file log and its events are unaffected
_NO_THREADS = ["--no-static-parser"]  # whose threads would be missing in forks
_PARTIAL = "partial_parse.msgpack"

_parsed: dict[Path, Any] = {}


class ProjectError(RuntimeError):
    """The dbt project can't be parsed; the message is dbt's."""


def write_manifest(project: DbtProject) -> None:
    """Parse the project anew, write target/manifest.json and keep what was parsed.

    Raises:
        ProjectError: It can't be parsed.
    """
    directory = Path(project.project_dir)
    _parsed[directory] = _parse(project, directory / "target")


def parse_project(project: DbtProject) -> Any:  # noqa: ANN401 - dbt's Manifest, which has no types
    """The project as dbt keeps it in memory. Nothing is written: others may be reading the manifest.

    Raises:
        ProjectError: It can't be parsed.
    """
    directory = Path(project.project_dir)
    if directory not in _parsed:
        earlier = directory / "target" / _PARTIAL
        with tempfile.TemporaryDirectory(prefix="dbt-parse-") as scratch:
            if earlier.is_file():
                (Path(scratch) / _PARTIAL).write_bytes(earlier.read_bytes())
            _parsed[directory] = _parse(project, Path(scratch))
    return _parsed[directory]


def dbt_environment(project: DbtProject, target: Path) -> dict[str, str]:
    """The variables that tell dbt where its project is and where to write."""
    return {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
        "DBT_PROFILES_DIR": str(project.profiles_dir),
        "DBT_PROJECT_DIR": str(project.project_dir),
    }


def _parse(project: DbtProject, target: Path) -> Any:  # noqa: ANN401
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - the ingestion location and `--help` have no use for it

    os.environ.update(child_environment())  # the profile reads it
    os.environ.update(dbt_environment(project, target))
    outcome = dbtRunner().invoke([*QUIET, "parse", *_NO_THREADS])
    if not outcome.success:
        raise ProjectError(f"the dbt project in {project.project_dir} can't be parsed: {outcome.exception}")
    return outcome.result
