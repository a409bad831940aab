"""Which orders some days (or a slice of one) have to show, and in which state.

Scans the days an order may still change on, one 16-bit number per order, and works out the details only for those that
do, for all the days at once. The result is compact: a few dozen bytes an order, so that a day of millions fits in
memory before its frames are built piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from retail_platform.generation.baskets import came_back
from retail_platform.generation.lifecycle import DELIVERED, HORIZON, RETURNED, paths, progress
from retail_platform.generation.placing import Orders, customers_of, order_words, placed_ms
from retail_platform.generation.randomness import I64, day_keys, draw, stream
from retail_platform.generation.settings import GenerationSettings
from retail_platform.generation.timeline import Timeline

BATCH = 1 << 17


@dataclass(frozen=True)
class Window:
    """The days to show, of each the changes after ``since`` up to ``cut``, in milliseconds after midnight UTC."""

    t: int  # column of the timeline of the first day
    days: int
    since: int
    cut: int

    @property
    def shown(self) -> range:
        """Columns of the days."""
        return range(self.t, self.t + self.days)


@dataclass(frozen=True)
class Selection:
    """The orders to show, by the day they are shown on and in order of their ids.

    Attributes:
        shown: Column of the day an order is shown on.
        t, number, segment: As in :class:`Orders`.
        path: Path of each order's life.
        status: Index into ``ORDER_STATUSES``.
        placed: Moment of placing in milliseconds of its own day.
        moment: Moment of the last change in milliseconds of the shown day.
        customer: Account number, 0 for a guest.
        fresh: Whether it was placed within the window, so that its lines are shown.
        returning: Whether something of it came back within the window.
    """

    shown: npt.NDArray[np.int32]
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

    def days(self, line: Timeline) -> I64:
        """Ordinals of the days the orders are shown on."""
        return self.shown.astype(np.int64) + line.origin

    @property
    def orders(self) -> Orders:
        """Where the orders stand."""
        return Orders(self.t.astype(np.int64), self.number.astype(np.int64), self.segment.astype(np.int64))


@dataclass(frozen=True)
class _Due:
    """Orders with something due on the day they are to be shown on, and their paths."""

    shown: I64
    t: I64
    number: I64
    segment: I64
    path: I64

    def __getitem__(self, index: slice) -> _Due:
        return _Due(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


_Parts = TypeVar("_Parts", _Due, Selection)


def select_orders(settings: GenerationSettings, line: Timeline, window: Window) -> Selection:
    """The orders placed or changed within the window."""
    parts = [_examine(settings, line, window, batch) for batch in _batches(settings, line, window)]
    return parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: list[_Parts]) -> _Parts:
    kind = type(parts[0])
    return kind(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(kind)})


def _batches(settings: GenerationSettings, line: Timeline, window: Window) -> Iterator[_Due]:
    """Orders with something due on the days, in batches of about ``BATCH``; at least one batch."""
    waiting: list[_Due] = []
    for shown in window.shown:
        for first, last in _stretches(settings, line, shown):
            waiting.append(_due(settings, line, shown, first, last))
            count = sum(len(due.t) for due in waiting)
            if count >= BATCH or last == window.shown.stop:
                due = _joined(waiting)
                for start in range(0, max(count, 1), BATCH):
                    yield due[start : start + BATCH]
                waiting = []


def _stretches(settings: GenerationSettings, line: Timeline, t: int) -> list[tuple[int, int]]:
    """The days on which an order may have been placed that changes on day ``t``, in stretches to be scanned at once.

    Each is the first day and the day after the last. A stretch has about ``BATCH`` orders: few steps for a small
    retailer, little memory for a large one.
    """
    first = max(t - HORIZON, settings.opening_day.toordinal() - line.origin)
    before = np.cumsum(line.first_number[-1, first : t + 1]) - line.first_number[-1, first : t + 1]
    starts = np.flatnonzero(np.diff(before // BATCH, prepend=-1)) + first
    return list(zip(starts.tolist(), [*starts[1:].tolist(), t + 1], strict=True))


def _due(settings: GenerationSettings, line: Timeline, shown: int, first: int, last: int) -> _Due:
    """The orders of days ``first`` to ``last - 1`` that something may happen to on the shown day."""
    life, days = paths(settings), range(first, last)
    numbers, till = line.first_number[:, first:last], line.till_segments
    width = (numbers[-1] + 3) // 4  # hashes of each day, see lanes()
    start = np.concatenate([[0], np.cumsum(width)])
    keys = np.array([stream(settings.seed, "path", t + line.origin) for t in days])
    words = draw(np.repeat(keys, width), np.arange(start[-1]) - np.repeat(start[:-1], width))
    draws = words.astype("<u8", copy=False).view("<u2")
    # Each day's lanes are its orders at tills, those online, and up to three to spare; all are looked up in one step.
    lag = shown - np.arange(first, last)
    table = np.stack([life.due.shape[1] + lag, lag, np.full_like(lag, -1)], axis=1).reshape(-1)
    lanes = np.repeat(table, np.stack([numbers[till], numbers[-1] - numbers[till], width * 4 - numbers[-1]], 1).ravel())
    due = (lanes >= 0) & life.due.reshape(-1)[(lanes << 16) + draws]
    place = np.flatnonzero(due)
    # where each segment of each day begins among the lanes, in rising order
    begins = (start[:-1] * 4 + numbers[:-1]).T.reshape(-1)
    column, segment = np.divmod(np.searchsorted(begins, place, side="right") - 1, len(line.segments))
    path = life.draw[(segment < till).astype(np.int64), draws[place]]
    number = place - start[column] * 4
    return _Due(np.full(len(place), shown), column + first, number, segment, path.astype(np.int64))


def _examine(settings: GenerationSettings, line: Timeline, window: Window, due: _Due) -> Selection:
    life, path, orders = paths(settings), due.path, Orders(due.t, due.number, due.segment)
    lag, placed = due.shown - due.t, placed_ms(settings, line, orders)
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
        shown=due.shown[shown].astype(np.int32),
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
    return came_back(settings, line, orders, order_words(settings, line, orders), return_class)
