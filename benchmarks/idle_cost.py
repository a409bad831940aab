"""What an idle hour of observing costs: the platform as `make dev` runs it, watched for some minutes each way.

Three phases on one running platform: nobody observes, the sensor observes as it does by default, the classic job
observes every minute. The first is what Dagster's own processes cost; the others are told as what they add to it.
Minutes are extrapolated to the hour.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg

from benchmarks.measure import show
from benchmarks.running import CLI, instance_at, own_settings, running, wait_for_rest, wait_until
from retail_platform.cli.servers import free_port
from retail_platform.transformation.sources import OBSERVE_SECONDS

MINUTES = 4
_TICKS = os.sysconf("SC_CLK_TCK")
# What a command line has in it -> the part of the platform it is; a run belongs to the server that started it.
_PROCESSES = {
    " serve ": "warehouse",
    "dagster-daemon": "daemon",
    "dagster-webserver": "webserver",
    "ingestion": "ingestion",
    "transformation": "transformation",
    "retail_platform.cli dev": "others",
}
_AFTER_SWITCHING = 60.0  # seconds: neither the last build nor starting or stopping a sensor is what is measured
_SETTLED = 45.0  # seconds without a run before the platform counts as idle


@dataclass(frozen=True)
class Usage:
    """Bytes of storage and runs so far, and processor seconds by process."""

    size: int = 0
    runs: int = 0
    processor: dict[str, float] = field(default_factory=dict)

    def __sub__(self, other: Usage) -> Usage:
        spent = {name: seconds - other.processor.get(name, 0.0) for name, seconds in self.processor.items()}
        return Usage(self.size - other.size, self.runs - other.runs, spent)


def measure_idle_cost() -> None:
    """Print what each way of observing adds to an hour."""
    with _running_platform() as platform:
        platform.settle()
        platform.cli("sensor", "stop", "observe_raw_changes")
        nobody = platform.watch()
        platform.cli("sensor", "start", "observe_raw_changes")
        sensor = platform.watch()
        platform.cli("sensor", "stop", "observe_raw_changes")
        platform.cli("schedule", "start", "check_sources_every_minute")
        job = platform.watch()
    rows = [
        _row("nobody observes", nobody),
        _row(f"sensor, every {OBSERVE_SECONDS} s, adds", sensor - nobody),
        _row("check_sources_job, every minute, adds", job - nobody),
    ]
    title = f"One idle hour, extrapolated from {MINUTES} minutes of the daemon and both code locations"
    show(title, ("way", "KiB of storage", "runs", "% of one core", *_PROCESSES.values()), rows)


def _row(name: str, used: Usage) -> tuple[object, ...]:
    hours = MINUTES / 60
    percent = {process: 100 * seconds / (MINUTES * 60) for process, seconds in used.processor.items()}
    parts = [percent.get(process, 0.0) for process in _PROCESSES.values()]
    return (name, used.size / 1024 / hours, f"{used.runs / hours:,.0f}", sum(parts), *parts)


class _Platform:
    """`retail-platform dev` in a home of its own."""

    def __init__(self, home: Path, environment: dict[str, str], process: subprocess.Popen[bytes]) -> None:
        self.dagster = home / "dagster"
        self.environment = environment | {"DAGSTER_HOME": str(self.dagster)}
        self.process = process

    def cli(self, kind: str, verb: str, name: str) -> None:
        """Start or stop a sensor or schedule."""
        command = [str(Path(sys.executable).parent / "dagster"), kind, verb, name]
        command += ["-w", str(self.dagster / "workspace.yaml"), "-l", "transformation"]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def settle(self) -> None:
        """Wait for the first builds to end."""
        wait_until((self.dagster / "workspace.yaml").exists, "the platform starts")
        command = [*CLI, "ingest", "--day=2026-11-18", "--orders=50"]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)
        with instance_at(self.dagster) as instance:
            fact = dg.AssetKey(["gold", "fact_daily_sales"])
            wait_until(lambda: bool(instance.fetch_materializations(fact, limit=1).records), "the marts are built")
            wait_for_rest(instance, _SETTLED)

    def watch(self) -> Usage:
        """What some minutes use."""
        time.sleep(_AFTER_SWITCHING)
        before = self._usage()
        time.sleep(MINUTES * 60)
        after = self._usage()
        return after - before

    def _usage(self) -> Usage:
        with instance_at(self.dagster) as instance:
            runs = instance.get_runs_count()
        stored = [file for folder in ("history", "schedules", "storage") for file in (self.dagster / folder).rglob("*")]
        size = sum(_size(file) for file in stored if file.is_file())
        spent = dict.fromkeys(_PROCESSES.values(), 0.0)
        for pid, name in _tree(self.process.pid, "others"):
            spent[name] += _processor(pid)
        return Usage(size, runs, spent)


def _size(file: Path) -> int:
    """Bytes; of a SQLite database those in use, whether they are in the file already or still in its log."""
    if file.name.endswith((".db-wal", ".db-shm")):
        return 0
    if file.suffix != ".db":
        return file.stat().st_size
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        size, pages, free = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_size", "page_count", "freelist_count")
        )
    return size * (pages - free)


@contextmanager
def _running_platform() -> Iterator[_Platform]:
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        environment = own_settings(home)
        with running([*CLI, "dev", f"--port={free_port()}"], environment, home / "dev.log") as process:
            yield _Platform(home, environment, process)


def _tree(pid: int, name: str) -> list[tuple[int, str]]:
    """The process and everything it started that is alive, each with the name of the part it belongs to."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    name = next((part for mark, part in _PROCESSES.items() if mark in command), name)
    return [(pid, name), *(found for child in children for found in _tree(child, name))]


def _processor(pid: int) -> float:
    """Processor seconds of a process and of its children that ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(int(value) for value in fields[11:15]) / _TICKS
