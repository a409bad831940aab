"""Frames → JSON Lines, cut into parts by size.

Amounts travel as text ("12.50"), times as ``YYYY-MM-DD HH:MM:SS[.ffffff]``: both reach StarRocks exactly as written.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal

import polars as pl

from retail_platform.landing.manifest import LandedFile

# A JSON body is buffered whole in the backend's memory and refused above 100 MB; many small ones cost a version each.
PART_BYTES = 64 * 1024 * 1024
_BLOCK_ROWS = 25_000
_WORKERS = min(8, os.cpu_count() or 1)


def encode(frame: pl.DataFrame, part_bytes: int = PART_BYTES) -> Iterator[tuple[bytes, pl.DataFrame]]:
    """A frame as JSON Lines bodies of at most about `part_bytes`, each with the rows it holds.

    An empty frame has no parts. The cut depends on the content alone.
    """
    blocks: list[bytes] = []
    size = start = 0
    for offset, block in _encoded_blocks(frame):
        if blocks and size + len(block) > part_bytes:
            yield b"".join(blocks), frame.slice(start, offset - start)
            blocks, size, start = [], 0, offset
        blocks.append(block)
        size += len(block)
    if blocks:
        yield b"".join(blocks), frame.slice(start)


def _encoded_blocks(frame: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
    """Blocks of rows as JSON Lines, in order, encoded on every core and at most a few blocks ahead of their reader."""
    if frame.height <= _BLOCK_ROWS:
        yield from [(0, _encode_block(frame))] if frame.height else []
        return
    offsets = range(0, frame.height, _BLOCK_ROWS)
    with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        pending: deque[tuple[int, Future[bytes]]] = deque()
        for offset in offsets:
            pending.append((offset, pool.submit(_encode_block, frame.slice(offset, _BLOCK_ROWS))))
            if len(pending) > 2 * _WORKERS:
                done, block = pending.popleft()
                yield done, block.result()
        for done, block in pending:
            yield done, block.result()


def _encode_block(rows: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    rows.write_ndjson(buffer)
    return buffer.getvalue()


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
