"""How fast a trading day is made, checked, encoded and landed, in one process."""

from __future__ import annotations

import tempfile
from datetime import date, datetime

import polars as pl

from benchmarks.measure import seconds, show
from retail_platform.contracts import CONTRACTS
from retail_platform.contracts.enforce import enforce
from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.ingestion.land import land_day
from retail_platform.landing import LandingZone
from retail_platform.landing.encode import encode

DAY = date(2026, 11, 19)
SIZES = (2_000, 20_000, 100_000)


def run() -> None:
    """Print rows per second of each step for days of several sizes."""
    generate_day(GenerationSettings(orders_per_day=100), DAY)  # name pools and calendars are made once per process
    rows = [_measure(size) for size in SIZES]
    show(
        "Ingestion, one process: thousand rows per second of each step and of all together",
        ("orders per day", "rows", "generate", "contracts", "encode", "generate to landed"),
        rows,
    )


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
        rate(seconds(lambda: _land(settings))),
    )


def _encode(frames: dict[str, pl.DataFrame]) -> int:
    return sum(len(data) for frame in frames.values() for data, _ in encode(frame))


def _land(settings: GenerationSettings) -> None:
    with tempfile.TemporaryDirectory() as directory:
        land_day(LandingZone(directory), settings, DAY, datetime(2026, 11, 20), lambda _: None)
