"""Frames → JSON Lines, cut into parts by size.

Amounts travel as text ("12.50"), times as ``YYYY-MM-DD HH:MM:SS[.ffffff]``: both reach StarRocks exactly as written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from retail_platform.landing.manifest import LandedFile

# A JSON body is buffered whole in the backend's memory and refused above 100 MB; many small ones cost a version each.
PART_BYTES = 64 * 1024 * 1024
_BLOCK_ROWS = 25_000


def encode(frame: pl.DataFrame, part_bytes: int = PART_BYTES) -> Iterator[tuple[bytes, pl.DataFrame]]:
    """A frame as JSON Lines bodies of at most about `part_bytes`, each with the rows it holds.

    An empty frame has no parts. The cut depends on the content alone.
    """
    blocks: list[bytes] = []
    size = start = 0
    for offset in range(0, frame.height, _BLOCK_ROWS):
        block = frame.slice(offset, _BLOCK_ROWS).write_ndjson().encode()
        if blocks and size + len(block) > part_bytes:
            yield b"".join(blocks), frame.slice(start, offset - start)
            blocks, size, start = [], 0, offset
        blocks.append(block)
        size += len(block)
    if blocks:
        yield b"".join(blocks), frame.slice(start)


def digest(data: bytes) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(data).hexdigest()


def describe(path: str, data: bytes, sha256: str, rows: pl.DataFrame, amount: str | None) -> LandedFile:
    """What the manifest says of a file: its size, digest, rows and control total."""
    return LandedFile(path=path, rows=rows.height, bytes=len(data), sha256=sha256, amount=control_total(rows, amount))


def control_total(rows: pl.DataFrame, amount: str | None) -> Decimal | None:
    """The exact sum of a feed's amount column; None if the feed has none."""
    if amount is None:
        return None
    return Decimal(str(rows.get_column(amount).cast(pl.Decimal(38, 2)).sum()))
