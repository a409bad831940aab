"""How fast a trading day is made, checked, encoded, landed and sent, in one process, and in how much memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl

from benchmarks.measure import seconds, show
from benchmarks.others import DSDGEN, JAFGEN, Unavailable, dsdgen, environment, jafgen
from retail_platform.contracts import CONTRACTS
from retail_platform.contracts.enforce import enforce
from retail_platform.generation import GenerationSettings, generate_day, generate_day_chunks
from retail_platform.ingestion.land import Simulation, land_day
from retail_platform.landing import LandingZone
from retail_platform.landing.encode import encode

DAY = date(2026, 11, 19)
SIZES = (600, 6_000, 60_000)  # orders on an average day: about ten rows come of each
COMPARED = 100_000
BIG_DAY = 660_000  # about ten million rows on DAY, in the season
JAFGEN_YEARS, DSDGEN_SCALE = 1, 0.3

Measured = tuple[int, float, float]  # rows, seconds by the clock, seconds of processor time


def run() -> None:
    """Print every figure of the ingestion, side by side."""
    generate_day(GenerationSettings(orders_per_day=100), DAY)  # name pools and calendars are made once per process
    show(
        "Generators, every table with all its columns, one process each; × ours: so many times faster is ours",
        ("", "rows", "s", "k rows/s", "× ours", "cpu s", "k rows/cpu s", "× ours"),
        _generators(),
    )
    show(
        "Ingestion, one process: thousand rows per second of each step and of all together",
        ("orders per day", "rows", "generate", "contracts", "encode", "generate to landed"),
        [_measure(size) for size in (*SIZES, COMPARED)],
    )
    _print_costs()


def _generators() -> list[tuple[object, ...]]:
    """Ours beside jafgen and DuckDB's TPC-DS; by the clock and, because machines are shared, by the processor too."""
    found = [("ours", *_our_generator())]
    for name, measured in (("jafgen, 1 year", _jafgen), (f"dsdgen, sf {DSDGEN_SCALE}", _dsdgen)):
        try:
            found.append((name, *measured()))
        except Unavailable as reason:
            print(f"{name} can't be compared: {reason}")
    _, rows, clock, cpu = found[0]
    return [
        (name, f"{n:,}", s, n / s / 1_000, (rows / clock) / (n / s), c, n / c / 1_000, (rows / cpu) / (n / c))
        for name, n, s, c in found
    ]


def _our_generator() -> Measured:
    settings = GenerationSettings(orders_per_day=COMPARED)
    rows = sum(frame.height for frame in generate_day(settings, DAY).values())
    return rows, seconds(lambda: generate_day(settings, DAY)), _cpu(lambda: generate_day(settings, DAY), 3)


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


def _print_costs() -> None:
    """Processor time from ten thousand to ten million rows: what a day costs anyway, and what a row costs."""
    small = [_cost(size) for size in SIZES]
    big = _in_a_process_of_its_own("big_day")
    generated = _in_a_process_of_its_own("big_generation")
    days: list[tuple[float, float, float]] = [*small, (big["rows"], generated["cpu"], big["cpu"])]
    fixed = [_fixed(days[0], days[1], position) for position in (1, 2)]
    rows = []
    for n, generation, landing in days:
        marginal = [(cpu - base) / n * 1e9 for cpu, base in zip((generation, landing), fixed, strict=True)]
        rows.append((f"{n:,.0f}", generation / n * 1e9, marginal[0], landing / n * 1e9, marginal[1]))
    show(
        f"Processor time in ns per row; a day costs {fixed[0] * 1e3:.0f} ms to generate and {fixed[1] * 1e3:.0f} ms "
        "to generate and land before its first row",
        ("rows of the day", "generate", "beyond the fixed part", "generate to landed", "beyond the fixed part"),
        rows,
    )
    show(
        "A big day, generated to landed, in a process of its own",
        ("rows", "seconds", "k rows/s", "peak MiB"),
        [(f"{big['rows']:,.0f}", big["seconds"], big["rows"] / big["seconds"] / 1_000, f"{big['peak']:,.0f}")],
    )


def _fixed(small: tuple[float, ...], larger: tuple[float, ...], position: int) -> float:
    """Where the line through two days meets the day without rows, in seconds."""
    slope = (larger[position] - small[position]) / (larger[0] - small[0])
    return small[position] - slope * small[0]


def _cost(orders: int) -> tuple[int, float, float]:
    """Rows of a day, and processor seconds to generate it and to generate and land it."""
    settings = GenerationSettings(orders_per_day=orders)
    rows = land(settings)
    return rows, _cpu(lambda: generate_day(settings, DAY)), _cpu(lambda: land(settings))


def _cpu(action: Callable[[], object], repeat: int = 7) -> float:
    """Least processor seconds, of all threads, over some runs: what others do to the machine only adds."""
    taken = []
    for _ in range(repeat):
        started = time.process_time()
        action()
        taken.append(time.process_time() - started)
    return min(taken)


def _measure(orders: int) -> tuple[object, ...]:
    settings = GenerationSettings(orders_per_day=orders)
    frames = generate_day(settings, DAY)
    total = sum(frame.height for frame in frames.values())

    def rate(taken: float) -> float:
        return total / taken / 1_000

    return (
        f"{orders:,}",
        f"{total:,}",
        rate(seconds(lambda: generate_day(settings, DAY))),
        rate(seconds(lambda: [enforce(contract, frames[contract.name]) for contract in CONTRACTS])),
        rate(seconds(lambda: _encode(frames))),
        rate(seconds(lambda: land(settings))),
    )


def _encode(frames: dict[str, pl.DataFrame]) -> int:
    return sum(len(data) for frame in frames.values() for data, _ in encode(frame))


def land(settings: GenerationSettings) -> int:
    """Land a day somewhere temporary; returns its rows."""
    with tempfile.TemporaryDirectory() as directory:
        landed = land_day(LandingZone(directory), Simulation(settings), DAY, datetime(2026, 11, 20), lambda _: None)
    return sum(landed.manifest.rows(contract.name) for contract in CONTRACTS)


def _in_a_process_of_its_own(name: str) -> dict[str, float]:
    code = f"from benchmarks.ingestion import {name}; {name}({BIG_DAY})"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def big_day(orders: int) -> None:
    """Land a day and print its rows, its cost and this process' peak memory in MiB."""
    _report(lambda: land(GenerationSettings(orders_per_day=orders)))


def big_generation(orders: int) -> None:
    """Generate a day chunk by chunk and print the same."""
    settings = GenerationSettings(orders_per_day=orders)
    _report(lambda: sum(f.height for chunk in generate_day_chunks(settings, DAY) for f in chunk.values()))


def _report(action: Callable[[], int]) -> None:
    generate_day(GenerationSettings(orders_per_day=100), DAY)
    clock, cpu = time.perf_counter(), time.process_time()
    rows = action()
    cost = {"seconds": time.perf_counter() - clock, "cpu": time.process_time() - cpu}
    print(json.dumps({"rows": rows, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, **cost}))
