"""What a row costs in days of ten thousand to ten million rows, each size in a process of its own.

Landed is: generated, held against its contract, encoded and written. Every process is warm before it is measured, as
one that lands many days of a backfill is, and the least of some runs counts: what else the machine does only adds.
Files are removed when all is measured, because removing directories takes a disk longer than a small day takes us.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from benchmarks.measure import show
from retail_platform.contracts import CONTRACTS
from retail_platform.generation import GenerationSettings, generate_day, generate_day_chunks
from retail_platform.ingestion.land import Simulation, land_day
from retail_platform.landing import LandingZone

DAY = date(2026, 11, 19)
# Orders on an average day, and how often it is measured; about sixteen rows come of each on DAY, in the season.
SIZES = ((600, 25), (6_000, 9), (60_000, 3), (660_000, 1))
_REFERENCE = 2  # position of the day of a million rows
FLAT = (0.8, 1.2)
_BACKFILL_DAYS, _BACKFILL_WARM = 24, 4


@dataclass(frozen=True)
class DayCost:
    """A day's rows, the seconds of processor and clock to generate it and to land it, and the peak memory in MiB."""

    rows: int
    generated_cpu: float
    generated_clock: float
    landed_cpu: float
    landed_clock: float
    peak: int


def measure_costs() -> list[DayCost]:
    """Measure every size and print what a row costs, by processor and by clock."""
    days = [_in_a_process_of_its_own(*size) for size in SIZES]
    for name, title in (("cpu", "Processor time"), ("clock", "Clock time")):
        generated = [getattr(day, f"generated_{name}") for day in days]
        landed = [getattr(day, f"landed_{name}") for day in days]
        show(
            f"{title}, ns per row; of a day's cost {_fixed(days, generated) * 1e3:.0f} ms (generate) and "
            f"{_fixed(days, landed) * 1e3:.0f} ms (to landed) don't depend on its rows",
            ("rows of the day", "generate", "of 1 M rows' cost", "generate to landed", "of 1 M rows' cost", "flat"),
            [
                (f"{day.rows:,}", g / day.rows * 1e9, g_ratio, land / day.rows * 1e9, ratio, "yes" if is_flat else "NO")
                for day, g, g_ratio, land, ratio, is_flat in zip(
                    days, generated, ratios(days, generated), landed, *_landed_ratios(days, landed), strict=True
                )
            ],
        )
    big = days[-1]
    show(
        "The largest day, generated to landed",
        ("rows", "seconds", "k rows/s", "peak MiB"),
        [(f"{big.rows:,}", big.landed_clock, big.rows / big.landed_clock / 1_000, f"{big.peak:,}")],
    )
    first, again = json.loads(_own_process(f"backfill({SIZES[0][0]})"))
    show(
        f"A backfill of {_BACKFILL_DAYS} different small days, ns of processor time per row landed, median of the days",
        ("each for the first time", "each once more", "×"),
        [(first, again, first / again)],
    )
    return days


def _landed_ratios(days: Sequence[DayCost], landed: Sequence[float]) -> tuple[list[float], list[bool]]:
    found = ratios(days, landed)
    return found, [FLAT[0] <= ratio <= FLAT[1] for ratio in found]


def ratios(days: Sequence[DayCost], taken: Sequence[float]) -> list[float]:
    """Each day's cost per row as a multiple of that of the day of a million rows."""
    per_row = [seconds / day.rows for day, seconds in zip(days, taken, strict=True)]
    return [cost / per_row[_REFERENCE] for cost in per_row]


def _fixed(days: Sequence[DayCost], taken: Sequence[float]) -> float:
    """Where the line through the two smallest days meets the day without rows, in seconds."""
    slope = (taken[1] - taken[0]) / (days[1].rows - days[0].rows)
    return taken[0] - slope * days[0].rows


def _in_a_process_of_its_own(orders: int, repeat: int) -> DayCost:
    return DayCost(**json.loads(_own_process(f"report({orders}, {repeat})")))


def _own_process(call: str) -> str:
    code = f"from benchmarks.cost_per_row import backfill, report; {call}"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def report(orders: int, repeat: int) -> None:
    """Measure a day in this process and print its :class:`DayCost` as JSON."""
    settings = GenerationSettings(orders_per_day=orders)
    small = GenerationSettings(orders_per_day=600)
    with tempfile.TemporaryDirectory() as directory:
        land(small, Path(directory) / "warm")
        if repeat > 1:
            land(settings, Path(directory) / "warm too")
        landed = [_cost(lambda n=n: land(settings, Path(directory) / str(n))) for n in range(repeat)]  # type: ignore[misc]
    rows = sum(frame.height for chunk in generate_day_chunks(settings, DAY) for frame in chunk.values())
    generated = [_cost(lambda: _generate(settings, whole=repeat > 1)) for _ in range(repeat)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    (generated_cpu, generated_clock), (landed_cpu, landed_clock) = _least(generated), _least(landed)
    print(json.dumps(asdict(DayCost(rows, generated_cpu, generated_clock, landed_cpu, landed_clock, peak))))


def backfill(orders: int) -> None:
    """Land days one after the other, each twice, and print what a row cost the first and the second time, as JSON.

    The second time finds whatever a process keeps of a day; were that what makes days cheap, the first would tell.
    """
    settings = GenerationSettings(orders_per_day=orders)
    costs: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory() as directory:
        for position in range(_BACKFILL_WARM + _BACKFILL_DAYS):
            day = DAY + timedelta(days=position)
            for found, root in zip(costs, ("first", "again"), strict=True):
                rows: list[int] = []
                cpu, _ = _cost(lambda r=root, d=day, n=rows: n.append(land(settings, Path(directory) / r, d)))  # type: ignore[misc]
                found.append(cpu / rows[0] * 1e9)
    print(json.dumps([statistics.median(found[_BACKFILL_WARM:]) for found in costs]))


def _least(taken: list[tuple[float, float]]) -> tuple[float, float]:
    return min(cpu for cpu, _ in taken), min(clock for _, clock in taken)


def _generate(settings: GenerationSettings, *, whole: bool) -> None:
    if whole:
        generate_day(settings, DAY)
        return
    # a day of ten million rows is made piece by piece, as it is for landing
    for _ in generate_day_chunks(settings, DAY):
        pass


def _cost(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds of processor time, of all threads, and by the clock."""
    cpu, clock = time.process_time(), time.perf_counter()
    action()
    return time.process_time() - cpu, time.perf_counter() - clock


def land(settings: GenerationSettings, directory: Path, day: date = DAY) -> int:
    """Land a day in a landing zone where it hasn't landed; returns its rows."""
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time())
    landed = land_day(LandingZone(str(directory)), Simulation(settings), day, midnight, lambda _: None)
    return sum(landed.manifest.rows(contract.name) for contract in CONTRACTS)
