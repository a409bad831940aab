"""The platform as processes of its own, on ports and in a home of its own, for benchmarks that watch from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from retail_platform.cli.servers import free_port
from retail_platform.raw_assets import RAW_KEYS

CLI = [sys.executable, "-m", "retail_platform.cli"]
_ROOT = Path(__file__).resolve().parent.parent
_RECENT = 20  # more runs than a few minutes have
_ACTIVE = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]


def own_settings(home: Path) -> dict[str, str]:
    """This process' environment without any setting of ours, and those of a platform in an empty directory."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_", "STARROCKS_", "DAGSTER_"))}
    names = ("STARROCKS_PORT", "STARROCKS_HTTP_PORT", "STARROCKS_BE_PORT")
    return kept | {name: str(free_port()) for name in names} | {"RETAIL_HOME": str(home)}


@contextmanager
def instance_at(home: Path) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of a platform started here, by its DAGSTER_HOME."""
    os.environ["DAGSTER_HOME"] = str(home)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as the block lasts, started in the checkout's directory."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=_ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
        if process.poll() is not None:
            raise RuntimeError(f"{' '.join(command)} ended by itself:\n{log.read_text(errors='replace')[-2000:]}")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(120)


def wait_until(reached: Callable[[], bool], what: str, seconds: float = 600, poll: float = 1) -> None:
    """Look again and again until `reached()`.

    Raises:
        RuntimeError: Not within the seconds.
    """
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{seconds:.0f} seconds were not enough: {what}")
        time.sleep(poll)


def wait_for_rest(instance: dg.DagsterInstance, seconds: float) -> None:
    """Wait until no run was under way for so long."""
    busy = [time.monotonic()]

    def at_rest() -> bool:
        if instance.get_runs_count(dg.RunsFilter(statuses=_ACTIVE)):
            busy[0] = time.monotonic()
        return time.monotonic() - busy[0] > seconds

    wait_until(at_rest, "the runs end")


def wait_for_quiet(instance: dg.DagsterInstance, seconds: float) -> None:
    """Wait until for so long no run built an asset; a run that only observes, as some start every minute, is none."""

    def builds(record: dg.RunRecord) -> bool:
        if record.end_time is not None and record.end_time < time.time() - seconds:
            return False
        planned = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED  # also of what a run is going to observe
        events = instance.get_records_for_run(record.dagster_run.run_id, of_type=planned).records
        return any(event.asset_key not in RAW_KEYS.values() for event in events)

    wait_until(lambda: not any(map(builds, instance.get_run_records(limit=_RECENT))), "the builds end", poll=3)
