"""From a load's commit to its rows in fact_daily_sales: `make dev` beside the usual pattern, on one warehouse."""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, date, timedelta
from pathlib import Path

import dagster as dg

from benchmarks.measure import show
from benchmarks.running import CLI, instance_at, own_settings, running, wait_for_quiet, wait_until
from retail_platform import settings as settings_module
from retail_platform.cli.servers import free_port
from retail_platform.starrocks.connection import WarehouseUnavailable, connect, query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE

LOADS = int(os.environ.get("BENCH_LOADS", "5"))
ORDERS = 200
PATIENCE = 300  # seconds a load may take to show up
_QUIET = 75  # seconds without a build: more than the minute after which the usual pattern looks again
_FACT = dg.AssetKey(["gold", "fact_daily_sales"])
_STEPS = ("a run is requested", "it is queued", "its process runs", "dbt starts", "the rows are there")


def run() -> None:
    """Load days one after another while each platform runs; print how long rows take, and where the time goes."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        environment = own_settings(home)
        with running(
            [*CLI, "serve", f"--data-dir={home}/starrocks", *_ports(environment)], environment, home / "1.log"
        ):
            _connect_this_process(environment)
            subprocess.run([*CLI, "init-db"], env=environment, check=True, stdout=subprocess.DEVNULL)
            first = date.today() - timedelta(days=2 * (LOADS + 2))
            ours_home = home / "dagster"
            with running([*CLI, "dev", f"--port={free_port()}"], environment, home / "2.log"):
                wait_until((ours_home / "workspace.yaml").exists, "make dev starts")
                ours = _measure("make dev", environment, ours_home, first)
                broken_down = _breakdowns(ours_home, ours)
            theirs_home = home / "usual"
            theirs_home.mkdir()
            (theirs_home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
            command = [str(Path(sys.executable).parent / "dagster"), "dev", "-m", "benchmarks.classic_pattern"]
            command += ["-h127.0.0.1", f"-p{free_port()}"]
            with running(command, environment | {"DAGSTER_HOME": str(theirs_home)}, home / "3.log"):
                # Loads report to the first instance, where this pattern doesn't look: it finds out by counting.
                theirs = _measure("usual pattern", environment, theirs_home, first + timedelta(days=LOADS + 1))
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


def _ports(environment: Mapping[str, str]) -> list[str]:
    names = {"mysql-port": "STARROCKS_PORT", "fe-port": "STARROCKS_HTTP_PORT", "be-port": "STARROCKS_BE_PORT"}
    return [f"--{option}={environment[name]}" for option, name in names.items()]


def _connect_this_process(environment: Mapping[str, str]) -> None:
    os.environ.update({k: v for k, v in environment.items() if k.startswith(("RETAIL_", "STARROCKS_"))})
    settings_module.starrocks_settings.cache_clear()
    settings_module.retail_settings.cache_clear()

    def answers() -> bool:
        try:
            with connect(settings_module.starrocks_settings()):
                return True
        except WarehouseUnavailable:
            return False

    wait_until(answers, "the warehouse starts", poll=0.2)


def _measure(name: str, environment: Mapping[str, str], dagster_home: Path, first: date) -> dict[date, float]:
    """Day loaded → seconds from its commit until fact_daily_sales has it; the first one builds everything: left out."""
    taken = {}
    with instance_at(dagster_home) as instance:
        for number in range(LOADS + 1):
            day = first + timedelta(days=number)
            if number:
                time.sleep(_until(number))
            command = [*CLI, "ingest", f"--day={day}", f"--orders={ORDERS}"]
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
            seconds = _visible(day) - _committed(day)
            counted = "" if number else " (the first, not counted)"
            print(f"{name}: {day} visible after {seconds:.1f} s{counted}", flush=True)
            if number:
                taken[day] = seconds
            wait_for_quiet(instance, _QUIET)  # a follow-up build would pick the next load's rows up before their time
    return taken


def _until(number: int) -> float:
    """Seconds to a load's place in the minute: they are spread evenly over it.

    The usual pattern looks once a minute. Left to itself, a load that follows the build of the one before always comes
    just before the next look, or always just after.
    """
    return (60 * (number - 0.5) / LOADS - time.time()) % 60


def _committed(day: date) -> float:
    with connect(settings_module.starrocks_settings()) as connection:
        audit = quote_table(settings_module.retail_settings().bronze, AUDIT_TABLE)
        [row] = query(connection, f"SELECT MAX(finished_at) AS at FROM {audit} WHERE dt = %s", (day,))
    return float(row["at"].replace(tzinfo=UTC).timestamp())


def _visible(day: date) -> float:
    """When the day's first rows were seen in the mart."""
    retail = settings_module.retail_settings()
    fact = quote_table(retail.gold, "fact_daily_sales")
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_name = %s"
    with connect(settings_module.starrocks_settings()) as connection:

        def built() -> bool:
            return bool(query(connection, tables, (retail.gold, "fact_daily_sales")))

        def there() -> bool:
            return bool(query(connection, f"SELECT order_date FROM {fact} WHERE order_date = %s LIMIT 1", (day,)))

        wait_until(built, "fact_daily_sales is there", PATIENCE, poll=0.25)
        wait_until(there, f"{day} is in fact_daily_sales", PATIENCE, poll=0.25)
        return time.time()


def _breakdowns(home: Path, loads: Mapping[date, float]) -> list[tuple[float, ...]]:
    """For each load: seconds to the automation's request, to the queue, to the process, to dbt and to the rows."""
    found = []
    with instance_at(home) as instance:
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
