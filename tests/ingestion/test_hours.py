"""The picture of a day's hours: a PNG that any reader takes."""

from __future__ import annotations

import base64
import struct
import zlib
from datetime import date, datetime

from retail_platform.ingestion.hours import bars_png, hours_markdown
from retail_platform.ingestion.metadata import sparkline
from retail_platform.landing import DayManifest, LandedFile, LandedUnit


def columns(png: bytes) -> list[int]:
    """Height of the bar in each pixel column, read from the picture."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    place, data = 8, b""
    while place < len(png):
        (size,), kind = struct.unpack(">I", png[place : place + 4]), png[place + 4 : place + 8]
        body = png[place + 8 : place + 8 + size]
        assert struct.unpack(">I", png[place + 8 + size : place + 12 + size]) == (zlib.crc32(kind + body),)
        data += body if kind == b"IDAT" else b""
        place += 12 + size
    rows = zlib.decompress(data)
    lines = [rows[y * (width + 1) + 1 : (y + 1) * (width + 1)] for y in range(height)]
    return [sum(line[x] == 1 for line in lines) for x in range(width)]


def test_bars_are_as_tall_as_their_counts_say() -> None:
    heights = columns(bars_png([0, 1, 50, 100]))
    assert sorted(set(heights)) == [0, 1, 45, 90]
    assert heights.count(90) == heights.count(45) == 14


def test_a_day_without_rows_has_a_picture_too() -> None:
    assert set(columns(bars_png([0] * 24))) == {0}
    assert sparkline([0] * 24) == "▁" * 24


def test_hours_are_those_of_the_whole_day_or_of_none() -> None:
    def hours(*counts: tuple[int, ...]) -> tuple[int, ...]:
        files = tuple(LandedFile(path="", rows=1, bytes=1, sha256="", by_hour=count) for count in counts)
        unit = LandedUnit(name="day", as_of=datetime(2024, 4, 2), files={"orders": files})
        return DayManifest(day=date(2024, 4, 1), config_hash="", units=(unit,)).by_hour("orders")

    assert hours((1, 2), (3, 4)) == (4, 6)
    assert hours((1, 2), ()) == hours(()) == hours() == ()


def test_markdown_carries_the_picture() -> None:
    text = hours_markdown([1, 2])
    assert base64.b64decode(text.partition("base64,")[2].rstrip(")")) == bars_png([1, 2])
