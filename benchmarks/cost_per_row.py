"""What a row costs in days of ten thousand to ten million rows, each size in a process of its own.

Landed is: generated, held against its contract, encoded and written. Days are landed as a backfill lands them, one
after the other, each for the first time, by a process that is warm and in a zone that has days already. The cheapest
of some backfills counts: what else the machine does only adds. Files are removed when all is measured, because removing
directories takes a disk longer than a small day takes us.

Flat is: within 20 % of one level, so that the dearest row costs at most 1.5 times the cheapest.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import landing_directory, show
from retail_platform.contracts import CONTRACTS
from retail_platform.generation import GenerationSettings, days_together
from retail_platform.ingestion.land import Simulation, land_day
from retail_platform.landing import LandingZone
from retail_platform.landing.layout import end_of_day

DAY = date(2026, 11, 19)
# Orders on an average day, days of a backfill, backfills. In the season, about sixteen rows come of each order.
SIZES = ((600, 24, 5), (6_000, 6, 3), (60_000, 2, 2), (660_000, 1, 1))
FLAT = 1.2 / 0.8
_WARM_DAYS = 8


@dataclass(frozen=True)
class DayCost:
    """A day's rows, seconds of processor and clock to generate and to land it (means), and the peak memory in MiB."""

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
            f"{title}, ns per row",
            ("rows of the day", "generate", "of the cheapest", "generate to landed", "of the cheapest"),
            [
                (f"{day.rows:,}", g / day.rows * 1e9, g_ratio, land / day.rows * 1e9, ratio)
                for day, g, g_ratio, land, ratio in zip(
                    days, generated, ratios(days, generated), landed, ratios(days, landed), strict=True
                )
            ],
        )
    big = days[-1]
    show(
        "The largest day, generated to landed",
        ("rows", "seconds", "k rows/s", "peak MiB"),
        [(f"{big.rows:,}", big.landed_clock, big.rows / big.landed_clock / 1_000, f"{big.peak:,}")],
    )
    return days


def ratios(days: Sequence[DayCost], taken: Sequence[float]) -> list[float]:
    """Each day's cost per row as a multiple of the cheapest."""
    per_row = [seconds / day.rows for day, seconds in zip(days, taken, strict=True)]
    return [cost / min(per_row) for cost in per_row]


def _in_a_process_of_its_own(orders: int, days: int, backfills: int) -> DayCost:
    code = f"from benchmarks.cost_per_row import report; report({orders}, {days}, {backfills})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return DayCost(**json.loads(done.stdout))


def report(orders: int, days: int, backfills: int) -> None:
    """Measure days of a size in this process and print their :class:`DayCost` as JSON."""
    settings = GenerationSettings(orders_per_day=orders)
    found = []
    with landing_directory() as directory:
        zone = LandingZone(str(directory))
        land_days(zone, GenerationSettings(orders_per_day=600), DAY - timedelta(days=_WARM_DAYS), _WARM_DAYS)
        # once unmeasured: memory that nobody has used yet costs a virtual machine as much as a third of what we do
        with landing_directory() as unmeasured:
            land_days(LandingZone(str(unmeasured)), settings, DAY - timedelta(days=1), 1)
        for number in range(backfills):
            first, rows = DAY + timedelta(days=number * days), list[int]()
            landed = _cost(lambda f=first, n=rows: n.append(land_days(zone, settings, f, days)))  # type: ignore[misc]
            generated = _cost(lambda f=first: _generate(settings, f, days))  # type: ignore[misc]
            found.append((rows[0], *landed, *generated))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    rows_of_a_day = round(sum(row[0] for row in found) / len(found) / days)
    landed_cpu, landed_clock, cpu, clock = (
        min(row[column] / row[0] for row in found) * rows_of_a_day for column in range(1, 5)
    )
    print(json.dumps(asdict(DayCost(rows_of_a_day, cpu, clock, landed_cpu, landed_clock, peak))))


def _generate(settings: GenerationSettings, first: date, days: int) -> None:
    last = first + timedelta(days=days - 1)
    while first <= last:
        for day, chunks in days_together(settings, first, last).items():
            for _ in chunks:
                pass
            first = day + timedelta(days=1)


def _cost(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds of processor time, of all threads, and by the clock."""
    cpu, clock = time.process_time(), time.perf_counter()
    action()
    return time.process_time() - cpu, time.perf_counter() - clock


def land(settings: GenerationSettings, directory: Path, day: date = DAY) -> int:
    """Land a day in a landing zone where it hasn't landed; returns its rows."""
    return land_days(LandingZone(str(directory)), settings, day, 1)


def land_days(zone: LandingZone, settings: GenerationSettings, first: date, days: int) -> int:
    """Land days in a row that haven't landed yet; returns their rows."""
    source, rows = Simulation(settings, until=first + timedelta(days=days - 1)), 0
    for number in range(days):
        day = first + timedelta(days=number)
        manifest = land_day(zone, source, day, end_of_day(day), lambda _: None).manifest
        rows += sum(manifest.rows(contract.name) for contract in CONTRACTS)
    return rows
