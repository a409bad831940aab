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


def limit_pools() -> dict[str, int]:
    """Give each pool the instance's default limit, one step at a time if it has none; returns the limits.

    By itself Dagster applies the default only after a pool was first used. A limit somebody set stays as it is.
    """
    import dagster as dg  # noqa: PLC0415 - seconds, which commands that fail early don't need

    with dg.DagsterInstance.get() as instance:
        storage = instance.event_log_storage
        chosen = {limit.name for limit in storage.get_pool_limits() if not limit.from_default}
        for pool in POOLS:
            if pool not in chosen:
                if instance.global_op_concurrency_default_limit is None:
                    storage.set_concurrency_slots(pool, 1)
                else:
                    storage.initialize_concurrency_limit_to_default(pool)
        limits = {limit.name: limit.limit for limit in storage.get_pool_limits()}
    return {pool: limits[pool] for pool in POOLS}
