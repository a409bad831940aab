"""How fast a trading day is made, checked, encoded, landed and sent, in one process, and in how much memory."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import polars as pl

from benchmarks.measure import seconds, show
from retail_platform.contracts import CONTRACTS
from retail_platform.contracts.enforce import enforce
from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.ingestion.land import Simulation, land_day
from retail_platform.landing import LandingZone
from retail_platform.landing.encode import encode
from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.connection import connect, execute
from retail_platform.starrocks.embedded import EmbeddedStarRocks
from retail_platform.starrocks.stream_load import StreamLoadClient

DAY = date(2026, 11, 19)
SIZES = (2_000, 20_000, 100_000)
BIG_DAY = 1_150_000  # orders on an average day; about ten million rows


def run() -> None:
    """Print every figure of the ingestion, side by side."""
    generate_day(GenerationSettings(orders_per_day=100), DAY)  # name pools and calendars are made once per process
    rows = [_measure(size) for size in SIZES]
    show(
        "Ingestion, one process: thousand rows per second of each step and of all together",
        ("orders per day", "rows", "generate", "contracts", "encode", "generate to landed"),
        rows,
    )
    show("Stream Load: our client and curl, the same file, the same server", ("", "seconds", "MB/s"), _against_curl())
    show(
        "A big day, generated to landed, in a process of its own", ("rows", "seconds", "k rows/s", "peak MiB"), [_big()]
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
        rate(seconds(lambda: land(settings))),
    )


def _encode(frames: dict[str, pl.DataFrame]) -> int:
    return sum(len(data) for frame in frames.values() for data, _ in encode(frame))


def land(settings: GenerationSettings) -> int:
    """Land a day somewhere temporary; returns its rows."""
    with tempfile.TemporaryDirectory() as directory:
        landed = land_day(LandingZone(directory), Simulation(settings), DAY, datetime(2026, 11, 20), lambda _: None)
    return sum(landed.manifest.rows(contract.name) for contract in CONTRACTS)


def _against_curl() -> list[tuple[object, ...]]:
    items = generate_day(GenerationSettings(orders_per_day=20_000), DAY)["order_items"]
    with tempfile.TemporaryDirectory() as directory, EmbeddedStarRocks() as server:
        path = Path(directory) / "items.jsonl"
        items.write_ndjson(path)
        settings = StarRocksSettings(port=server.mysql_port, http_port=server.fe_port, be_port=server.be_port)
        columns = ", ".join(f"`{name}` VARCHAR(64)" for name in items.columns)
        with connect(settings) as connection:
            execute(connection, "CREATE DATABASE bench")
            for table in ("ours", "curl"):
                execute(connection, f"CREATE TABLE bench.{table} ({columns}) DUPLICATE KEY (order_id)")
        client, numbers = StreamLoadClient(settings), iter(range(1_000))

        def ours() -> None:
            headers = {"format": "json"}
            client.load("bench", "ours", contextmanager(lambda: iter([path.open("rb")])), label=f"o{next(numbers)}",
                        headers=headers)  # fmt: skip

        def curl() -> None:
            url = f"http://127.0.0.1:{server.fe_port}/api/bench/curl/_stream_load"
            command = [shutil.which("curl") or "curl", "-sS", "--location-trusted", "-u", "root:", "-T", str(path),
                       "-H", "Expect: 100-continue", "-H", "format: json", "-H", f"label: c{next(numbers)}",
                       url]  # fmt: skip
            subprocess.run(command, check=True, capture_output=True)

        size = path.stat().st_size / 1e6
        return [(name, taken, size / taken) for name, taken in (("ours", seconds(ours)), ("curl -T", seconds(curl)))]


def _big() -> tuple[object, ...]:
    started = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, "-c", f"from benchmarks.ingestion import big_day; big_day({BIG_DAY})"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    rows, peak = (int(word) for word in answer.stdout.split())
    taken = time.perf_counter() - started
    return f"{rows:,}", taken, rows / taken / 1_000, f"{peak:,}"


def big_day(orders: int) -> None:
    """Land a day and print its rows and this process' peak memory in MiB."""
    rows = land(GenerationSettings(orders_per_day=orders))
    print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
