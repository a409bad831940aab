"""The local Dagster instance: where it lives and how it is configured."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from retail_platform.settings import SettingsError, child_environment, retail_settings

# Pools of the two code locations, as their assets name them.
POOLS = ("starrocks_load", "dbt")

_PACKAGE = Path(__file__).resolve().parent.parent


def project_file(name: str) -> Path:
    """A file of the checkout's top level, or the copy a wheel carries.

    Raises:
        SettingsError: It is in neither place: the installation is incomplete.
    """
    candidates = [_PACKAGE.parent / name, _PACKAGE / "_dagster" / name]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise SettingsError(f"{name} is missing from this installation; install the package again")


def prepare_instance() -> Path:
    """Point this process and its children at the local instance and the same settings; returns DAGSTER_HOME.

    A DAGSTER_HOME that is set already is respected and left as it is.
    """
    os.environ.update(child_environment())
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    given = os.environ.get("DAGSTER_HOME")
    if given:
        return Path(given)
    home = retail_settings().home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(project_file("dagster.yaml"), home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def limit_pools() -> None:
    """Let one step at a time load, and one build models.

    The instance's default limit says so too, but it holds only after a pool was first used.
    """
    import dagster as dg  # noqa: PLC0415 - seconds, which commands that fail early don't need

    with dg.DagsterInstance.get() as instance:
        for pool in POOLS:
            instance.event_log_storage.set_concurrency_slots(pool, 1)
