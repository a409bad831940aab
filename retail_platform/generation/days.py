"""Days in a row: small ones are made several at a time.

A day takes some hundreds of steps that cost as much for ten rows as for ten thousand; days that are made together share
them. The rows are those each day has by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl

from retail_platform.generation.accounts import states_to_show
from retail_platform.generation.calendar import DAY_MS
from retail_platform.generation.columns import empty, slices
from retail_platform.generation.day import (
    Frames,
    check_capacity,
    full_set,
    generate_day_chunks,
    joined,
    reference_frames,
)
from retail_platform.generation.documents import documents
from retail_platform.generation.people import dress
from retail_platform.generation.selection import Window, select_orders
from retail_platform.generation.settings import GenerationSettings, NoSuchDayError
from retail_platform.generation.timeline import Timeline, timeline

_ORDERS_TOGETHER = 24_000  # some 400,000 rows
_DAYS_TOGETHER = 31
_ANY_NUMBER = 2**62


def generate_days(settings: GenerationSettings, first: date, last: date) -> Iterator[tuple[date, Frames]]:
    """Everything the retailer's systems report for each day from ``first`` to ``last``.

    The frames of a day are those :func:`~retail_platform.generation.day.generate_day` gives, had sooner.

    Raises:
        ValueError: The last day is before the first, or a day can't be; the days before it have been given.
    """
    if last < first:
        raise ValueError(f"the last day, {last}, is before the first, {first}")
    while first <= last:
        for day, chunks in days_together(settings, first, last).items():
            yield day, joined(chunks)
            first = day + timedelta(days=1)


def days_together(
    settings: GenerationSettings, first: date, last: date, *, max_rows: int = 1_000_000
) -> dict[date, Iterable[Frames]]:
    """The first day and those behind it, up to ``last``, that are small enough to be made with it.

    Returns:
        Day → its chunks, which are those of :func:`~retail_platform.generation.day.generate_day_chunks`; those of a
        large day are made as they are asked for, ``max_rows`` at a time.

    Raises:
        ValueError: The first day can't be.
    """
    days = _small_days(settings, first, last)
    if len(days) > 1:
        try:
            return _made_together(settings, timeline(settings, days[-1]), days)
        except NoSuchDayError:
            pass  # one of them can't be: which one, and why, is told when its turn comes
    return {first: generate_day_chunks(settings, first, max_rows=max_rows)}


def _small_days(settings: GenerationSettings, first: date, last: date) -> list[date]:
    """The first day and those that have few enough orders together with it."""
    if first < settings.opening_day:
        return [first]
    last = min(last, first + timedelta(days=_DAYS_TOGETHER - 1))
    line = timeline(settings, last)
    placed = line.first_number[-1, first.toordinal() - line.origin : last.toordinal() - line.origin + 1]
    orders = np.cumsum(placed)
    count = int(np.searchsorted(orders, _ORDERS_TOGETHER, side="right")) if orders[-1] else 1
    return [first + timedelta(days=number) for number in range(max(count, 1))]


def _made_together(settings: GenerationSettings, line: Timeline, days: list[date]) -> dict[date, Iterable[Frames]]:
    window = Window(days[0].toordinal() - line.origin, len(days), since=-1, cut=DAY_MS - 1)
    check_capacity(line, window.shown[-1])
    chosen = select_orders(settings, line, window)
    papers = documents(settings, line, window, chosen)
    customers = chosen.customer.astype(np.int64)
    ends = np.searchsorted(chosen.shown, np.array(window.shown), side="right")
    buyers = [some[some > 0] for some in (customers[rows] for rows in slices(ends))]
    states = list(states_to_show(settings, line, buyers, window, _ANY_NUMBER))
    people = pl.concat([empty("customers"), *(dress(settings, line, state) for state in states)])
    shown = np.concatenate([np.zeros(0, dtype=np.int64), *(state.shown for state in states)])
    people_ends = np.searchsorted(shown, np.array(window.shown), side="right")
    return {
        day: [
            full_set(orders=paper.orders, order_items=paper.order_items),
            full_set(customers=people[rows]),
            reference_frames(
                settings, day.toordinal(), paper.stores, paper.products, paper.promotions, with_changes=True
            ),
        ]
        for day, paper, rows in zip(days, papers, slices(people_ends), strict=True)
    }
