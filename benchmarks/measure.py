"""Timing and printing."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table


def seconds(action: Callable[[], object], repeat: int = 3) -> float:
    """Median seconds of an action over some runs."""
    taken = []
    for _ in range(repeat):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


class Spent(NamedTuple):
    """Seconds of one run: of this process on all processors, and by the clock."""

    processor: float
    clock: float


def spent(action: Callable[[], object]) -> Spent:
    """What one run of an action takes."""
    processor, clock = time.process_time(), time.perf_counter()
    action()
    return Spent(time.process_time() - processor, time.perf_counter() - clock)


def median(runs: Sequence[Spent]) -> Spent:
    """The medians of some runs."""
    return Spent(*(statistics.median(run[index] for run in runs) for index in range(2)))


_MEMORY = Path("/dev/shm")
_ROOM = 8 * 1024**3


@contextmanager
def landing_directory() -> Iterator[Path]:
    """A directory for what is landed, in memory where there is room: what we take is to be measured, not the disk."""
    in_memory = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM
    with tempfile.TemporaryDirectory(dir=_MEMORY if in_memory else None) as directory:
        yield Path(directory)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table, numbers to the right."""
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if position == 0 else "right")
    for row in rows:
        table.add_row(*(f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in row))
    Console().print(table)
    Console().print()
