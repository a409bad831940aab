"""A day's changes by hour as a picture, for the Dagster UI: a bar chart as PNG inside Markdown.

Written by hand, because a plotting library would weigh more than everything else the platform needs for this.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np

_BAR, _GAP, _HEIGHT = 14, 4, 90
_PALETTE = bytes.fromhex("ffffff2563a8c9d3df")  # paper, bars, base line
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def hours_markdown(counts: Sequence[int]) -> str:
    """The chart as a Markdown image; hours are UTC, 0 to 23 from left to right."""
    picture = base64.b64encode(bars_png(counts)).decode()
    return f"![changes in each hour of the day (UTC)](data:image/png;base64,{picture})"


def bars_png(counts: Sequence[int]) -> bytes:
    """Bars of these heights, relative to the tallest, as a PNG of 8-bit palette colours."""
    pixels = np.zeros((_HEIGHT + 1, len(counts) * (_BAR + _GAP) + _GAP), dtype=np.uint8)
    pixels[-1] = 2
    top = max(counts, default=0)
    for position, count in enumerate(counts):
        left = _GAP + position * (_BAR + _GAP)
        tall = -(-count * _HEIGHT // top) if top else 0  # rounded up: one row is seen beside a million
        pixels[_HEIGHT - tall : _HEIGHT, left : left + _BAR] = 1
    height, width = pixels.shape
    lines = np.hstack(
        [np.zeros((height, 1), dtype=np.uint8), pixels]
    ).tobytes()  # each line begins with its filter: none
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", _PALETTE), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
