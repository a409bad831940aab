"""Encoding and writing: the ways taken by small and large parts put the same bytes into the landing zone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.landing import LandingZone, encode, writer
from retail_platform.landing.encode import encode_rows
from retail_platform.landing.store import WrittenFile
from retail_platform.landing.writer import UnitWriter

DAY = date(2024, 4, 12)


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    return generate_day(GenerationSettings(orders_per_day=200), DAY)


def test_few_rows_are_encoded_as_many_are(frames: dict[str, pl.DataFrame], monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ['"', "\\", "\n\r\t\x00\x1f", "é 東京 🛒", "", None, "</script>", "\u2028"]
    awkward = pl.DataFrame(
        {
            "text": pl.Series(texts, dtype=pl.String),
            "amount": pl.Series([Decimal("-0.01"), Decimal(0), None, *[Decimal("123456789012.34")] * 5]).cast(
                pl.Decimal(14, 2)
            ),
            "at": pl.Series([datetime(2024, 4, 12, 1, 2, 3, 4), None, *[datetime(1990, 1, 1)] * 6], dtype=pl.Datetime),
            "on": pl.Series([None, *[date(2024, 2, 29)] * 7], dtype=pl.Date),
            "flag": pl.Series([True, False, None, *[True] * 5]),
            "nothing": pl.Series([None] * 8, dtype=pl.Int32),
        }
    )
    edges = [
        datetime(1970, 1, 1),
        datetime(1999, 12, 31, 23, 59, 59, 999_000),
        datetime(2024, 2, 29, 0, 0, 0, 1_000),
        datetime(2099, 12, 31, 23, 59, 59, 990_000),
        None,
    ]
    known = pl.DataFrame({"at": edges, "later": [*edges[1:4], *edges[:2]]})
    far = [pl.DataFrame({"at": [moment]}) for moment in (datetime(1969, 12, 31, 23), datetime(2100, 1, 1))]
    finer = known.with_columns(pl.col("at").cast(pl.Datetime("ns")), pl.col("later").dt.offset_by("1us"))
    moments = [known, known.head(1), known.tail(1), *far, finer]
    rows = [*frames.values(), *moments, awkward, awkward.tail(1), awkward.clear(), awkward.filter(False)]
    few = [encode_rows(frame.head(2_000)) for frame in rows]
    monkeypatch.setattr(encode, "_SMALL_ROWS", 0)
    assert few == [encode_rows(frame.head(2_000)) for frame in rows]


def test_small_parts_are_written_at_once_and_large_ones_beside(
    frames: dict[str, pl.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(root: str) -> tuple[object, set[str]]:
        zone, names = LandingZone(str(tmp_path / root)), set()
        original = zone.write_digested

        def noted(blocks: Iterable[bytes], path_for: Callable[[str], str]) -> WrittenFile:
            names.add(threading.current_thread().name)
            return original(blocks, path_for)

        monkeypatch.setattr(zone, "write_digested", noted)
        with UnitWriter(zone, DAY, "day") as unit:
            for feed, rows in frames.items():
                unit.add(feed, rows)
            files = unit.files()
        return [(f, [(p, zone.read(p.path)) for p in parts]) for f, parts in files.items()], names

    at_once, by = write("at once")
    assert by == {threading.current_thread().name}
    monkeypatch.setattr(writer, "_SMALL_ROWS", 0)
    beside, by = write("beside")
    assert by
    assert all(name.startswith("landing") for name in by)
    assert at_once == beside
