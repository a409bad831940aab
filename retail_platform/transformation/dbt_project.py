"""The dbt project as Dagster sees it: where it is, and that its manifest is there and current.

Parsing takes seconds and every run process imports this module, so the manifest is parsed only when it is missing or
older than a file of the project. An image has it baked in.
"""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

from dagster_dbt import DbtCliResource, DbtProject

from retail_platform.settings import retail_settings
from retail_platform.transformation.dbt_parse import write_manifest

_SOURCES = ("*.sql", "*.yml", "*.yaml", "*.md", "*.csv")
_SOURCE_FOLDERS = ("models", "macros", "tests", "seeds", "analyses")


def dbt_executable() -> str:
    """The dbt of this Python environment, whether or not it is on PATH, with our connections (see dbt_command)."""
    return str(Path(sys.executable).parent / "retail-dbt")


def manifest_is_current(project_dir: Path) -> bool:
    """Whether target/manifest.json is newer than every file dbt would parse."""
    manifest = project_dir / "target" / "manifest.json"
    if not manifest.is_file():
        return False
    files = [project_dir / "dbt_project.yml", project_dir / "profiles.yml"]
    for folder in _SOURCE_FOLDERS:
        for pattern in _SOURCES:
            files.extend((project_dir / folder).rglob(pattern))
    return all(file.stat().st_mtime <= manifest.stat().st_mtime for file in files if file.is_file())


def prepare(project: DbtProject) -> None:
    """Parse the project if its manifest isn't current; processes that start together parse once."""
    if manifest_is_current(project.project_dir):
        return
    lock = project.project_dir / "target" / ".parse.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if manifest_is_current(project.project_dir):
            return
        if retail_settings().dbt_fork:
            write_manifest(project)  # dbt is forked from this process, or its forks, and begins with what was parsed
        else:
            dbt = DbtCliResource(project_dir=project, dbt_executable=dbt_executable())
            dbt.cli(["parse", "--quiet"], target_path=project.project_dir / "target").wait()


def load_project() -> DbtProject:
    """The project, parsed.

    Raises:
        SettingsError: There is no dbt project.
        ProjectError: It can't be parsed.
    """
    directory = retail_settings().dbt_dir
    project = DbtProject(project_dir=directory, profiles_dir=directory)
    prepare(project)
    return project
