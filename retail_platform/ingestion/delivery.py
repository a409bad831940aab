"""How a day's rows reach us: as they are, or as a careless sender would send them.

With every rate at 0 this is a pass-through. Otherwise rows come twice, broken or days late, and the ledger of what was
done comes with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from retail_platform.contracts.ledger import LEDGER
from retail_platform.generation.mess import MAX_DELAY_DAYS, MessSettings, apply_mess, late_arrivals

Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Delivery:
    """Some of a day's rows on their way.

    Attributes:
        frames: What arrives on the day itself; feeds without rows are left out.
        late: Day of arrival → what arrives then.
        ledger: The defects, as rows of the ledger's contract; None where nobody keeps one.
        untyped: Feeds that came as text, whose columns have no types of their own.
    """

    frames: Frames
    late: Mapping[date, Frames]
    ledger: pl.DataFrame | None
    untyped: frozenset[str] = frozenset()


def deliver(frames: Frames, mess: MessSettings, day: date) -> Delivery:
    """What becomes of a day's rows, or of some of them, on their way to us."""
    present = {feed: frame for feed, frame in frames.items() if frame.height}
    if not (any(mess.row_rates()) or mess.drift_rate):
        return Delivery(present, {}, None)
    delivered, ledger = apply_mess(present, mess, day)
    late = {arrival: rows for arrival, rows in _late(present, mess, day) if rows}
    return Delivery(delivered, late, _as_contract(ledger))


def _late(frames: Frames, mess: MessSettings, day: date) -> Iterator[tuple[date, dict[str, pl.DataFrame]]]:
    if not mess.late_rate:
        return
    for delay in range(1, MAX_DELAY_DAYS + 1):
        arrival = day + timedelta(days=delay)
        found = late_arrivals(lambda asked: frames if asked == day else {}, mess, arrival, day)
        yield arrival, {feed: rows for _, feed, rows in found}


def _as_contract(ledger: pl.DataFrame) -> pl.DataFrame:
    """The generator's ledger in the shape of its contract."""
    subject = pl.coalesce("key", pl.format("column {}", "column"))
    shaped = ledger.select(
        pl.concat_str([pl.col("table"), subject], separator="|").alias("defect_id"),
        pl.col("table").alias("feed"),
        pl.col("key").alias("row_key"),
        pl.col("column").alias("column_name"),
        "kind",
        "original_value",
        "delivered_value",
        "arrives_on",
    )
    return shaped.select(LEDGER.column_names)
