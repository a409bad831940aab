"""How fast a trading day is made, checked, encoded, landed and sent, in one process, and in how much memory.

Prints the platform beside jafgen, DuckDB's dsdgen and curl, and at the end which of its goals are met.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import polars as pl

from benchmarks.cost_per_row import DAY, FLAT, DayCost, land, measure_costs, ratios
from benchmarks.measure import landing_directory, seconds, show
from benchmarks.others import DSDGEN, JAFGEN, Unavailable, dsdgen, environment, jafgen
from benchmarks.stream_load import client_against_curl
from retail_platform.contracts import CONTRACTS, contract_for
from retail_platform.contracts.enforce import enforce
from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.landing.encode import encode, encode_rows

SIZES = (600, 6_000, 60_000)  # orders on an average day
COMPARED = 100_000
JAFGEN_YEARS, DSDGEN_SCALE = 1, 0.3
_TURNS = 3  # of generators
_ROUNDS = 9  # of loads; their ratio to curl's is near 1, and other jobs on the machine blur it

Measured = tuple[int, float, float]  # rows, seconds by the clock, seconds of processor time
Goal = tuple[str, str, str, str]  # what, wanted, found, whether met


def run() -> None:
    """Print every figure of the ingestion, side by side."""
    generate_day(GenerationSettings(orders_per_day=100), DAY)  # name pools and calendars are made once per process
    goals = [*_generators(), *_steps(), *_client(), *_flatness(measure_costs())]
    show("Goals", ("", "wanted", "found", "met"), goals)


def _generators() -> list[Goal]:
    """Ours beside jafgen and DuckDB's TPC-DS; by the clock and, because machines are shared, by the processor too."""
    ways: dict[str, Callable[[], Measured]] = {
        "ours": _our_generator,
        f"jafgen, {JAFGEN_YEARS} year": _jafgen,
        f"dsdgen, sf {DSDGEN_SCALE}": _dsdgen,
    }
    runs: dict[str, list[Measured]] = {}
    for _ in range(_TURNS):  # taking turns, so that a busy machine slows all of them
        for name, measured in list(ways.items()):
            try:
                runs.setdefault(name, []).append(measured())
            except Unavailable as reason:
                print(f"{name} can't be compared: {reason}")
                del ways[name], runs[name]
    found = [(name, *_median(turns)) for name, turns in runs.items()]
    _, rows, clock, cpu = found[0]
    show(
        "Generators, every table with all its columns, one process each; × ours: so many times faster is ours",
        ("", "rows", "s", "k rows/s", "× ours", "cpu s", "k rows/cpu s", "× ours"),
        [
            (name, f"{n:,}", s, n / s / 1_000, (rows / clock) / (n / s), c, n / c / 1_000, (rows / cpu) / (n / c))
            for name, n, s, c in found
        ],
    )
    goals = [_goal("complete generation, M rows/s", 1.0, rows / clock / 1e6, f"{rows / cpu / 1e6:.2f} per cpu s")]
    for (name, n, s, c), wanted in zip(found[1:], (50.0 if "jafgen" in f[0] else 1.0 for f in found[1:]), strict=True):
        by_cpu = (rows / cpu) / (n / c)
        goals.append(_goal(f"times as fast as {name}", wanted, (rows / clock) / (n / s), f"{by_cpu:.1f} by cpu"))
    return goals


def _goal(what: str, wanted: float, found: float, remark: str = "") -> Goal:
    return what, f">= {wanted:g}", f"{found:.2f}" + (f" ({remark})" if remark else ""), _yes(found >= wanted)


def _yes(met: bool) -> str:
    return "yes" if met else "NO"


def _our_generator() -> Measured:
    """The median of some days in succession, as a backfill makes them: the first has to fetch memory."""
    settings, days = GenerationSettings(orders_per_day=COMPARED), list[Measured]()
    for _ in range(_TURNS):
        clock, cpu = time.perf_counter(), time.process_time()
        frames = generate_day(settings, DAY)
        clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
        days.append((sum(frame.height for frame in frames.values()), clock, cpu))
    return _median(days)


def _median(runs: list[Measured]) -> Measured:
    return runs[0][0], median(clock for _, clock, _ in runs), median(cpu for *_, cpu in runs)


def _jafgen() -> Measured:
    environment(JAFGEN)
    with tempfile.TemporaryDirectory() as directory:
        started, before = time.perf_counter(), _cpu_of_children()
        files = jafgen(JAFGEN_YEARS, Path(directory))
        clock, cpu = time.perf_counter() - started, _cpu_of_children() - before
        return sum(sum(1 for _ in path.open()) - 1 for path in files.glob("*.csv")), clock, cpu


def _dsdgen() -> Measured:
    environment(DSDGEN)
    with tempfile.TemporaryDirectory() as directory:
        rows, clock, cpu = dsdgen(DSDGEN_SCALE, Path(directory))
        return rows, clock, cpu


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _steps() -> list[Goal]:
    with landing_directory() as directory:
        steps = [_measure(size, directory) for size in (*SIZES, COMPARED)]
    show(
        "Ingestion, one process: thousand rows per second of each step and of all together",
        ("orders per day", "rows", "generate", "contracts", "encode", "generate to landed"),
        [(f"{orders:,}", f"{rows:,}", *rates) for orders, rows, *rates in steps],
    )
    return [_goal("generate + contract + encode + land, k rows/s", 500.0, float(steps[-1][-1]))]


def _measure(orders: int, directory: Path) -> tuple[int, int, float, float, float, float]:
    settings = GenerationSettings(orders_per_day=orders)
    frames = generate_day(settings, DAY)
    total = sum(frame.height for frame in frames.values())
    zones = (directory / f"{orders}-{n}" for n in range(100))

    def rate(action: Callable[[], object]) -> float:
        return total / seconds(action) / 1_000

    return (
        orders,
        total,
        rate(lambda: generate_day(settings, DAY)),
        rate(lambda: [enforce(contract, frames[contract.name]) for contract in CONTRACTS]),
        rate(lambda: _encode(frames)),
        rate(lambda: land(settings, next(zones))),
    )


def _encode(frames: dict[str, pl.DataFrame]) -> int:
    return sum(len(data) for frame in frames.values() for data, _ in encode(frame))


def _client() -> list[Goal]:
    """Our Stream Load client beside curl, with a landed file of orders into a table of text, as raw tables are."""
    orders = generate_day(GenerationSettings(orders_per_day=COMPARED), DAY)["orders"]
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "orders.jsonl"
        file.write_bytes(encode_rows(orders))
        columns = dict.fromkeys(contract_for("orders").column_names, "VARCHAR(256)")
        ratio = client_against_curl({"json": file}, columns, methods=("none",), rounds=_ROUNDS)
    return [_goal("Stream Load client, of curl's speed", 0.95, ratio)]


def _flatness(days: list[DayCost]) -> list[Goal]:
    """By the processor; by the clock a small day has nothing for the second core to do."""
    found, peak = ratios(days, [day.landed_cpu for day in days]), days[-1].peak
    sizes, shown = ", ".join(f"{day.rows:,}" for day in days), ", ".join(f"{ratio:.2f}" for ratio in found)
    return [
        (
            f"processor time of a row landed, of the cheapest, in days of {sizes} rows (±20 % of one level)",
            f"<= {FLAT:g}",
            f"{max(found):.2f} ({shown})",
            _yes(max(found) <= FLAT),
        ),
        (f"peak memory of a day of {days[-1].rows:,} rows, MiB", "<= 2048", f"{peak:,}", _yes(peak <= 2048)),
    ]
