"""Writing the files of a unit while its rows are still being made.

Encoding, hashing and writing run beside whoever makes the rows; a bounded number of parts is on its way at a time, so
a day larger than memory lands all the same. Where a part ends depends on the rows alone.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from types import TracebackType
from typing import Self

import polars as pl

from retail_platform.landing.encode import PART_BYTES, describe, encode_blocks, rows_per_part
from retail_platform.landing.layout import part_path
from retail_platform.landing.manifest import LandedFile
from retail_platform.landing.store import LandingZone

_WORKERS = min(4, os.cpu_count() or 1)
_AHEAD = 1  # parts that wait while every worker is busy
# So few rows are encoded sooner than threads have agreed who does it, and a local disk takes them at once. An object
# store is waited for: there small parts travel side by side, too.
_SMALL_ROWS = 8_192


class UnitWriter:
    """The data files of one unit of a day; leaving the block waits for all of them."""

    def __init__(self, zone: LandingZone, day: date, unit: str, part_bytes: int = PART_BYTES) -> None:
        self._zone, self._day, self._unit, self._part_bytes = zone, day, unit, part_bytes
        self._pool = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="landing")
        self._running: deque[Future[LandedFile]] = deque()
        self._files: dict[str, list[Future[LandedFile]]] = {}
        self._waiting: dict[str, tuple[pl.DataFrame, str | None]] = {}  # too few for a part so far

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=error is not None)

    def add(self, feed: str, rows: pl.DataFrame, amount: str | None = None) -> None:
        """Write rows of a feed behind those it has already; may return before they are written.

        Raises:
            LandingZoneError: A part couldn't be written.
        """
        self._files.setdefault(feed, [])
        if not rows.height:
            return
        waiting = self._waiting.pop(feed, None)
        together = rows if waiting is None else pl.concat([waiting[0], rows])
        step = rows_per_part(together, self._part_bytes)
        whole = together.height // step * step
        for start in range(0, whole, step):
            self._submit(feed, together.slice(start, step), amount)
        if whole < together.height:
            self._waiting[feed] = (together.slice(whole), amount)

    def files(self) -> dict[str, tuple[LandedFile, ...]]:
        """What was written, by feed, in load order; waits for it.

        Raises:
            LandingZoneError: A part couldn't be written.
        """
        for feed, (rows, amount) in self._waiting.items():
            self._submit(feed, rows, amount)
        self._waiting.clear()
        return {feed: tuple(part.result() for part in parts) for feed, parts in self._files.items()}

    def _submit(self, feed: str, rows: pl.DataFrame, amount: str | None) -> None:
        files = self._files[feed]
        if self._zone.is_local and rows.height <= _SMALL_ROWS:
            part: Future[LandedFile] = Future()
            part.set_result(self._write(feed, len(files), rows, amount))
            files.append(part)
            return
        while len(self._running) >= _WORKERS + _AHEAD:
            self._running.popleft().result()
        part = self._pool.submit(self._write, feed, len(files), rows, amount)
        files.append(part)
        self._running.append(part)

    def _write(self, feed: str, part: int, rows: pl.DataFrame, amount: str | None) -> LandedFile:
        # The digest in the name keeps a file that a manifest still names from being overwritten by another try.
        written = self._zone.write_digested(
            encode_blocks(rows), lambda sha256: part_path(feed, self._day, f"{self._unit}-{sha256[:8]}", part)
        )
        return describe(written, rows, amount)
