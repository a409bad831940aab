"""From the end of a load to its rows in fact_daily_sales, with everything running as in `make dev`."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg

from benchmarks.measure import show

LOADS = 5
ORDERS = 200
_FACT = dg.AssetKey(["gold", "fact_daily_sales"])
_STEPS = ("run requested", "run started", "step started", "fact built")


def run() -> None:
    """Load days one after another while the platform runs; print where each second went."""
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        ports = [_free_port(stack) for _ in range(4)]
        stack.close()
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_", "STARROCKS_", "DAGSTER_"))}
        names = ("STARROCKS_PORT", "STARROCKS_HTTP_PORT", "STARROCKS_BE_PORT")
        environment |= {name: str(port) for name, port in zip(names, ports, strict=False)} | {"RETAIL_HOME": home}
        command = [sys.executable, "-m", "retail_platform.cli"]
        dev = subprocess.Popen([*command, "dev", f"--port={ports[3]}"], env=environment, stdout=subprocess.DEVNULL)
        try:
            taken = _loads(command, environment, Path(home) / "dagster")
        finally:
            dev.send_signal(signal.SIGTERM)
            dev.wait(60)
    totals = [sum(one) for one in taken]
    rows = [(step, statistics.median(one[place] for one in taken)) for place, step in enumerate(_STEPS)]
    rows += [("in all, median", statistics.median(totals)), ("in all, worst", max(totals))]
    show(f"Latency: seconds from a load's end, {len(taken)} loads of {ORDERS} orders", ("until", "seconds"), rows)


def _free_port(stack: ExitStack) -> int:
    probe = stack.enter_context(socket.socket())
    probe.bind(("127.0.0.1", 0))
    return int(probe.getsockname()[1])


def _loads(command: list[str], environment: dict[str, str], home: Path) -> list[tuple[float, ...]]:
    deadline = time.monotonic() + 120
    while not (home / "workspace.yaml").exists() and time.monotonic() < deadline:
        time.sleep(0.5)
    taken = []
    with dg.DagsterInstance.from_config(str(home)) as instance:
        first = date.today() - timedelta(days=LOADS + 2)
        for number in range(LOADS + 1):
            day = first + timedelta(days=number)
            ingest = [*command, "ingest", f"--day={day}", f"--orders={ORDERS}"]
            subprocess.run(ingest, env=environment, check=True, stdout=subprocess.DEVNULL)
            measured = _wait_for_fact(instance, datetime.now(UTC).timestamp())
            if number:  # the first builds everything from nothing
                taken.append(measured)
    return taken


def _wait_for_fact(instance: dg.DagsterInstance, now: float) -> tuple[float, ...]:
    """Seconds to the automation's request, its run's start, its step's start and the materialization."""
    loaded = instance.fetch_materializations(dg.AssetKey(["raw", "order_items"]), limit=1).records[0]
    deadline = now + 180
    while time.time() < deadline:
        found = instance.fetch_materializations(_FACT, limit=1).records
        if found and found[0].timestamp > loaded.timestamp:
            return _breakdown(instance, loaded.timestamp, found[0])
        time.sleep(0.2)
    raise RuntimeError("no build of fact_daily_sales within three minutes of the load")


def _breakdown(instance: dg.DagsterInstance, loaded: float, built: dg.EventLogRecord) -> tuple[float, ...]:
    run = instance.get_run_record_by_id(built.run_id)
    if run is None or run.start_time is None:
        raise RuntimeError(f"run {built.run_id} has no times")
    steps = instance.get_records_for_run(built.run_id, of_type=dg.DagsterEventType.STEP_START, limit=1).records
    moments = [loaded, run.create_timestamp.timestamp(), run.start_time, steps[0].timestamp, built.timestamp]
    return tuple(later - earlier for earlier, later in itertools.pairwise(moments))
