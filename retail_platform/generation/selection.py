"""Which orders a day (or a slice of it) has to show, and in which state.

Scans the days an order may still change on, one 16-bit number per order, and works out the details only for those that
do. The result is compact: a few dozen bytes an order, so that a day of millions fits in memory before its frames are
built piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from retail_platform.generation.baskets import fill_baskets
from retail_platform.generation.lifecycle import DELIVERED, HORIZON, RETURNED, Paths, paths, progress
from retail_platform.generation.placing import Orders, customers_of, order_words, placed_ms
from retail_platform.generation.randomness import I64, day_keys, draw, lanes, stream
from retail_platform.generation.settings import GenerationSettings
from retail_platform.generation.timeline import Timeline

BATCH = 1 << 17


@dataclass(frozen=True)
class Window:
    """The part of a day to show: changes after ``since`` up to ``cut``, in milliseconds after midnight UTC."""

    day: int  # ordinal
    t: int  # column of the timeline
    since: int
    cut: int


@dataclass(frozen=True)
class Selection:
    """The orders to show, in order of their ids.

    Attributes:
        t, number, segment: As in :class:`Orders`.
        path: Path of each order's life.
        status: Index into ``ORDER_STATUSES``.
        placed: Moment of placing in milliseconds of its own day.
        moment: Moment of the last change in milliseconds of the shown day.
        customer: Account number, 0 for a guest.
        fresh: Whether it was placed within the window, so that its lines are shown.
        returning: Whether something of it came back within the window.
    """

    t: npt.NDArray[np.int32]
    number: npt.NDArray[np.int32]
    segment: npt.NDArray[np.int8]
    path: npt.NDArray[np.int16]
    status: npt.NDArray[np.int8]
    placed: npt.NDArray[np.int32]
    moment: npt.NDArray[np.int32]
    customer: npt.NDArray[np.int32]
    fresh: npt.NDArray[np.bool_]
    returning: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.t)

    def __getitem__(self, index: slice | npt.NDArray[np.bool_]) -> Selection:
        return Selection(**{field.name: getattr(self, field.name)[index] for field in fields(self)})

    @property
    def orders(self) -> Orders:
        """Where the orders stand."""
        return Orders(self.t.astype(np.int64), self.number.astype(np.int64), self.segment.astype(np.int64))


def select_orders(settings: GenerationSettings, line: Timeline, window: Window) -> Selection:
    """The orders placed or changed within the window."""
    parts = [_examine(settings, line, window, *batch) for batch in _batches(settings, line, window)]
    joined = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Selection)}
    return Selection(**joined)


def _batches(settings: GenerationSettings, line: Timeline, window: Window) -> Iterator[tuple[Orders, I64]]:
    """Orders with something due on the day and their paths, in batches of about ``BATCH``; at least one batch."""
    life, opening = paths(settings), settings.opening_day.toordinal() - line.origin
    waiting: list[tuple[Orders, I64]] = []
    for t in range(max(window.t - HORIZON, opening), window.t + 1):
        waiting.append(_due(settings, line, life, t, window.t - t))
        count = sum(len(orders) for orders, _ in waiting)
        if count >= BATCH or t == window.t:
            orders = Orders(
                *(np.concatenate([getattr(o, name) for o, _ in waiting]) for name in ("t", "number", "segment"))
            )
            path = np.concatenate([p for _, p in waiting])
            for start in range(0, max(count, 1), BATCH):
                piece = slice(start, start + BATCH)
                yield orders[piece], path[piece]
            waiting = []


def _due(settings: GenerationSettings, line: Timeline, life: Paths, t: int, lag: int) -> tuple[Orders, I64]:
    day, first = t + line.origin, line.first_number[:, t]
    draws = lanes(stream(settings.seed, "path", day), int(first[-1]))
    at_till, online = draws[: first[line.till_segments]], draws[first[line.till_segments] :]
    due = [(life.changes[row, lag] | life.considers[row, lag])[part] for row, part in ((1, at_till), (0, online))]
    number = np.flatnonzero(np.concatenate(due))
    segment = np.searchsorted(first[1:], number, side="right")
    path = life.draw[(segment < line.till_segments).astype(np.int64), draws[number]]
    return Orders(np.full(len(number), t, dtype=np.int64), number, segment), path.astype(np.int64)


def _examine(settings: GenerationSettings, line: Timeline, window: Window, orders: Orders, path: I64) -> Selection:
    life = paths(settings)
    lag, placed = window.t - orders.t, placed_ms(settings, line, orders)
    event_words = draw(day_keys(stream(settings.seed, "events"), orders.t + line.origin), orders.number)
    lags = life.lags[:, path]
    done = progress(lags, lag, placed, event_words, orders.segment < line.till_segments, window.since, window.cut)
    status, moment = done.status, done.moment
    in_window = (done.return_moment > window.since) & (done.return_moment <= window.cut)
    returning = (lags[RETURNED] == lag) & in_window
    considered = np.flatnonzero(returning)
    some, whole = _came_back(settings, line, orders[considered], life.return_class[path[considered]])
    returning[considered] = some
    status[considered] = np.where(whole, RETURNED, DELIVERED)
    moment[considered] = done.return_moment[considered]
    shown = done.changed | returning
    kept = orders[shown]
    words = order_words(settings, line, kept)
    return Selection(
        t=kept.t.astype(np.int32),
        number=kept.number.astype(np.int32),
        segment=kept.segment.astype(np.int8),
        path=path[shown].astype(np.int16),
        status=status[shown].astype(np.int8),
        placed=placed[shown].astype(np.int32),
        moment=moment[shown].astype(np.int32),
        customer=customers_of(settings, line, kept, words).astype(np.int32),
        fresh=((lag == 0) & (placed > window.since) & (placed <= window.cut))[shown],
        returning=returning[shown],
    )


def _came_back(
    settings: GenerationSettings, line: Timeline, orders: Orders, return_class: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether something of each order comes back when a return is considered, and whether everything does."""
    if not len(orders):
        return np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_)
    baskets = fill_baskets(settings, line, orders, order_words(settings, line, orders), return_class)
    starts = baskets.first_line[:-1]
    some = np.logical_or.reduceat(baskets.returned > 0, starts)
    return some, np.logical_and.reduceat(baskets.returned == baskets.quantity, starts)
