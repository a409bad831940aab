"""Frames → JSON Lines, cut into parts by size.

Amounts travel as text ("12.50"), times as ``YYYY-MM-DD HH:MM:SS[.ffffff]``: both reach StarRocks exactly as written.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, cast

import numpy as np
import polars as pl

from retail_platform.landing.manifest import LandedFile
from retail_platform.landing.moments import moments_as_text
from retail_platform.landing.store import WrittenFile

# A JSON body is buffered whole in the backend's memory and refused above 100 MB; many small ones cost a version each.
PART_BYTES = 64 * 1024 * 1024
_BLOCK_ROWS = 25_000
_SMALL_ROWS = 4_096  # so few are encoded before a sink and its threads are ready
_SAMPLE_ROWS = 1_000
_AS_LINES = pl.first().struct.json_encode().str.join("\n").cast(pl.Binary)
_HOURS = 24
_UNITS_PER_HOUR = {"ms": 3_600_000, "us": 3_600_000_000, "ns": 3_600_000_000_000}
_WIDEST_ROW = 8 * 1024  # bytes; no feed's texts are allowed to be this long


def rows_per_part(frame: pl.DataFrame, part_bytes: int = PART_BYTES) -> int:
    """How many rows of a frame make a part of about `part_bytes`, judged by a sample spread over it."""
    if frame.height * _WIDEST_ROW <= part_bytes:
        return max(1, frame.height)  # it fits, whatever is in it
    sample = frame.gather_every(max(1, frame.height // _SAMPLE_ROWS))
    return max(1, part_bytes * sample.height // len(encode_rows(sample)))


def encode(frame: pl.DataFrame, part_bytes: int = PART_BYTES) -> Iterator[tuple[bytes, pl.DataFrame]]:
    """A frame as JSON Lines bodies of about `part_bytes`, each with the rows it holds; an empty frame has none."""
    step = rows_per_part(frame, part_bytes)
    for start in range(0, frame.height, step):
        rows = frame.slice(start, step)
        yield encode_rows(rows), rows


def encode_rows(rows: pl.DataFrame) -> bytes:
    """Rows as JSON Lines."""
    return b"".join(encode_blocks(rows))


def encode_blocks(rows: pl.DataFrame) -> Iterator[bytes]:
    """Rows as JSON Lines, block by block: the encoder slows down with the size of what it is given."""
    if 0 < rows.height <= _SMALL_ROWS:
        yield _encode_small(rows)
        return
    rows = moments_as_text(rows)
    for start in range(0, rows.height, _BLOCK_ROWS):
        written: list[bytes] = []
        rows.slice(start, _BLOCK_ROWS).write_ndjson(cast("IO[bytes]", _Kept(written)))
        yield from written


class _Kept(io.RawIOBase):
    """A file that keeps what is written as it comes; BytesIO would copy it."""

    def __init__(self, written: list[bytes]) -> None:
        self._written = written

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._written.append(bytes(data))  # the same object, if it is bytes already
        return len(data)


def _encode_small(rows: pl.DataFrame) -> bytes:
    """What ``write_ndjson`` gives, by an expression."""
    lines = rows.to_struct().to_frame().select_seq(_AS_LINES)
    return cast("bytes", lines.item()) + b"\n"


def describe(file: WrittenFile, rows: pl.DataFrame, amount: str | None) -> LandedFile:
    """What the manifest says of a file: its size, digest, rows, control total and hours."""
    return LandedFile(
        path=file.path,
        rows=rows.height,
        bytes=file.size,
        sha256=file.sha256,
        amount=control_total(rows, amount),
        by_hour=_by_hour(rows),
    )


def _by_hour(rows: pl.DataFrame) -> tuple[int, ...]:
    moments = rows.get_column("updated_at", default=None)
    kind = None if moments is None else moments.dtype
    if moments is None or not isinstance(kind, pl.Datetime):
        return ()
    if moments.null_count():
        moments = moments.drop_nulls()
    # by arithmetic: for a small file a query for the hour would cost more than writing it
    hours = moments.to_numpy().view(np.int64) // _UNITS_PER_HOUR[kind.time_unit] % _HOURS
    return tuple(np.bincount(hours, minlength=_HOURS).tolist())


def control_total(rows: pl.DataFrame, amount: str | None) -> Decimal | None:
    """The exact sum of a feed's amount column; None if the feed has none."""
    if amount is None:
        return None
    return Decimal(str(rows.get_column(amount).cast(pl.Decimal(38, 2)).sum()))
