"""From a load's commit to its rows in fact_daily_sales: `make dev` beside the usual pattern, on one warehouse."""

from __future__ import annotations

import itertools
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg

from benchmarks.measure import show
from retail_platform import settings as settings_module
from retail_platform.cli.servers import free_port
from retail_platform.starrocks.connection import connect, query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE

LOADS = int(os.environ.get("BENCH_LOADS", "5"))
ORDERS = 200
PATIENCE = 300  # seconds a load may take to show up
_ROOT = Path(__file__).resolve().parent.parent
_CLI = [sys.executable, "-m", "retail_platform.cli"]
_FACT = dg.AssetKey(["gold", "fact_daily_sales"])
_STEPS = ("a run is requested", "it is queued", "its process runs", "dbt starts", "the rows are there")


def run() -> None:
    """Load days one after another while each platform runs; print how long rows take, and where the time goes."""
    with tempfile.TemporaryDirectory() as home:
        environment = _environment(Path(home))
        with _running([*_CLI, "serve", f"--data-dir={home}/starrocks", *_ports(environment)], environment):
            _point_this_process_to(environment)
            subprocess.run([*_CLI, "init-db"], env=environment, check=True, stdout=subprocess.DEVNULL)
            first = date.today() - timedelta(days=2 * (LOADS + 2))
            with _running([*_CLI, "dev", f"--port={free_port()}"], environment):
                ours = _measure("make dev", environment, first)
                broken_down = _breakdowns(Path(home) / "dagster", ours)
            classic = environment | {"DAGSTER_HOME": f"{home}/classic"}
            Path(classic["DAGSTER_HOME"]).mkdir()
            Path(classic["DAGSTER_HOME"], "dagster.yaml").write_text("telemetry: {enabled: false}\n")
            command = ["dagster", "dev", "-m", "benchmarks.classic_pattern", "-h127.0.0.1", f"-p{free_port()}"]
            with _running([str(Path(sys.executable).parent / command[0]), *command[1:]], classic):
                # The loads' own events stay where the pattern doesn't look: it finds out by counting.
                theirs = _measure("usual pattern", environment, first + timedelta(days=LOADS + 1))
    rows = [
        (name, statistics.median(taken), max(taken), statistics.median(theirs.values()) / statistics.median(taken))
        for name, taken in (("make dev", list(ours.values())), ("every minute, eager, dbt CLI", list(theirs.values())))
    ]
    show(
        f"Latency: seconds from commit to fact_daily_sales, {LOADS} loads of {ORDERS} orders each",
        ("", "median", "worst", "times faster"),
        rows,
    )
    show(
        "Where make dev spends them (median)",
        ("until", "seconds"),
        [(step, statistics.median(one[place] for one in broken_down)) for place, step in enumerate(_STEPS)],
    )


def _environment(home: Path) -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_", "STARROCKS_", "DAGSTER_"))}
    names = ("STARROCKS_PORT", "STARROCKS_HTTP_PORT", "STARROCKS_BE_PORT")
    return environment | {name: str(free_port()) for name in names} | {"RETAIL_HOME": str(home)}


def _ports(environment: Mapping[str, str]) -> list[str]:
    names = {"mysql-port": "STARROCKS_PORT", "fe-port": "STARROCKS_HTTP_PORT", "be-port": "STARROCKS_BE_PORT"}
    return [f"--{option}={environment[name]}" for option, name in names.items()]


def _point_this_process_to(environment: Mapping[str, str]) -> None:
    os.environ.update({k: v for k, v in environment.items() if k.startswith(("RETAIL_", "STARROCKS_"))})
    settings_module.starrocks_settings.cache_clear()
    settings_module.retail_settings.cache_clear()
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with connect(settings_module.starrocks_settings()):
                return
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        command, env=environment, cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)


def _measure(name: str, environment: Mapping[str, str], first: date) -> dict[date, float]:
    """Day loaded → seconds from its commit until fact_daily_sales has it; the first one builds everything: left out."""
    taken = {}
    for number in range(LOADS + 1):
        day = first + timedelta(days=number)
        # Not in step with a minute or a tick.
        time.sleep(random.Random(number).uniform(0, 10) if number else 0)
        command = [*_CLI, "ingest", f"--day={day}", f"--orders={ORDERS}"]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        seconds = _visible(day) - _committed(day)
        print(f"{name}: {day} visible after {seconds:.1f} s{'' if number else ' (the first, not counted)'}", flush=True)
        if number:
            taken[day] = seconds
        time.sleep(5)  # what else the run builds
    return taken


def _committed(day: date) -> float:
    with connect(settings_module.starrocks_settings()) as connection:
        audit = quote_table(settings_module.retail_settings().bronze, AUDIT_TABLE)
        [[moment]] = query(connection, f"SELECT MAX(finished_at) FROM {audit} WHERE dt = %s", (day,))
    return float(datetime.replace(moment, tzinfo=UTC).timestamp())


def _visible(day: date) -> float:
    fact = quote_table(settings_module.retail_settings().gold, "fact_daily_sales")
    tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s AND table_name = %s"
    deadline = time.monotonic() + PATIENCE
    with connect(settings_module.starrocks_settings()) as connection:
        while time.monotonic() < deadline:
            [[known]] = query(connection, tables, (settings_module.retail_settings().gold, "fact_daily_sales"))
            if known and query(connection, f"SELECT COUNT(*) FROM {fact} WHERE order_date = %s", (day,))[0][0]:
                return time.time()
            time.sleep(0.1)
    raise RuntimeError(f"{day} isn't in fact_daily_sales {PATIENCE} s after its load")


def _breakdowns(home: Path, loads: Mapping[date, float]) -> list[tuple[float, ...]]:
    """For each load: seconds to the automation's request, to the queue, to the process, to dbt and to the rows."""
    found = []
    with dg.DagsterInstance.from_config(str(home)) as instance:
        records = instance.fetch_materializations(_FACT, limit=len(loads)).records
        for day, record in zip(sorted(loads, reverse=True), records, strict=False):
            run_record = instance.get_run_record_by_id(record.run_id)
            if run_record is None or run_record.start_time is None:
                raise RuntimeError(f"run {record.run_id} has no times")
            queued = instance.get_records_for_run(record.run_id, of_type=dg.DagsterEventType.RUN_ENQUEUED).records
            steps = instance.get_records_for_run(record.run_id, of_type=dg.DagsterEventType.STEP_START).records
            committed = _committed(day)
            moments = [committed, run_record.create_timestamp.timestamp(), queued[0].timestamp, run_record.start_time]
            moments += [steps[0].timestamp, committed + loads[day]]
            found.append(tuple(later - earlier for earlier, later in itertools.pairwise(moments)))
    return found
