"""A trading day as frames: the room's public functions.

Puts together what the other modules know: selects the orders to show, builds orders and lines piece by piece, adds the
accounts and reference data they refer to. A day's cost depends on its own size only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from retail_platform.contracts import CONTRACTS
from retail_platform.generation.accounts import states_to_show
from retail_platform.generation.calendar import DAY_MS
from retail_platform.generation.columns import empty
from retail_platform.generation.documents import documents
from retail_platform.generation.people import dress
from retail_platform.generation.randomness import I64
from retail_platform.generation.reference import exchange_rate_frame, product_frame, promotion_frame, store_frame
from retail_platform.generation.selection import BATCH, Window, select_orders
from retail_platform.generation.settings import GenerationSettings, NoSuchDayError
from retail_platform.generation.stores import REFERENCE_MS
from retail_platform.generation.timeline import Timeline, timeline

Frames = dict[str, pl.DataFrame]
_LINES_GUESS = 12  # rows an order may bring on average, when a piece is cut


def generate_day(
    settings: GenerationSettings, day: date, *, as_of: datetime | None = None, since: datetime | None = None
) -> Frames:
    """Everything the retailer's systems report for a day, or for a slice of it.

    Args:
        settings: The retailer.
        day: The trading day, UTC.
        as_of: Moment (naive UTC, within the day or its end) at which the day is cut; rows show the state as of then.
        since: Only rows changed after this moment, and what they refer to. The slices between any rising moments,
            upserted in order, equal the full day.

    Returns:
        One frame per contract, by feed name, with exactly the contract's columns and types, sorted by key. A feed in
        which nothing happened has no rows.

    Raises:
        ValueError: The day lies before the opening or too far after it, ``as_of`` outside the day, or a moment has a
            time zone.
    """
    return joined(generate_day_chunks(settings, day, as_of=as_of, since=since, max_rows=BATCH * _LINES_GUESS))


def joined(chunks: Iterable[Frames]) -> Frames:
    """A day's chunks, at least one, as one."""
    kept = list(chunks)
    whole = {}
    for name in kept[0]:
        filled = [chunk[name] for chunk in kept if chunk[name].height]
        whole[name] = pl.concat(filled) if filled else empty(name)
    return whole


def generate_day_chunks(
    settings: GenerationSettings,
    day: date,
    *,
    as_of: datetime | None = None,
    since: datetime | None = None,
    max_rows: int = 1_000_000,
) -> Iterator[Frames]:
    """The same rows as :func:`generate_day` in the same order, about ``max_rows`` at a time, with bounded memory.

    Orders and lines come first, then the accounts, then the reference data in the last chunk; concatenating each feed's
    frames gives the full one. Arguments, rows and errors are those of :func:`generate_day`.
    """
    if max_rows < 1:
        raise ValueError(f"max_rows must be at least 1, not {max_rows}")
    window, line = _window(settings, day, as_of, since)
    check_capacity(line, window.t)
    return _chunks(settings, line, window, max_rows)


def _window(
    settings: GenerationSettings, day: date, as_of: datetime | None, since: datetime | None
) -> tuple[Window, Timeline]:
    if day < settings.opening_day:
        raise ValueError(f"{day} is before the opening day, {settings.opening_day}")
    start = datetime.combine(day, time())
    if any(moment is not None and moment.tzinfo is not None for moment in (as_of, since)):
        raise ValueError("as_of and since are UTC without a time zone")
    if as_of is not None and not start <= as_of <= start + timedelta(days=1):
        raise ValueError(f"as_of must lie within {day} or at its end, not {as_of}")
    line = timeline(settings, day)
    cut = DAY_MS - 1 if as_of is None else min((as_of - start) // timedelta(milliseconds=1), DAY_MS - 1)
    # the first slice of a day begins before its first moment
    after = -1 if since is None or since <= start else (since - start) // timedelta(milliseconds=1)
    return Window(day.toordinal() - line.origin, 1, after, cut), line


def check_capacity(line: Timeline, t: int) -> None:
    """
    Raises:
        NoSuchDayError: On day ``t`` of the timeline there are more accounts than numbers for them.
    """
    limits = np.append(line.account_base[1:], 999_999_999) - line.account_base
    if (line.accounts[:, t + 1] > limits).any():
        raise NoSuchDayError(
            "too many accounts for nine digits by this day: use fewer orders_per_day or a later opening_day"
        )


def _chunks(settings: GenerationSettings, line: Timeline, window: Window, max_rows: int) -> Iterator[Frames]:
    chosen = select_orders(settings, line, window)
    stores, products, promotions = _Marks(), _Marks(), _Marks()
    step = max(max_rows // _LINES_GUESS, 1)
    for start in range(0, len(chosen), step):
        (piece,) = documents(settings, line, window, chosen[start : start + step])
        stores.add(piece.stores)
        products.add(piece.products)
        promotions.add(piece.promotions)
        yield full_set(orders=piece.orders, order_items=piece.order_items)
    buyers = chosen.customer[chosen.customer > 0].astype(np.int64)
    del chosen
    for state in states_to_show(settings, line, [buyers], window, max_rows):
        yield full_set(customers=dress(settings, line, state))
    changes = window.since < REFERENCE_MS <= window.cut
    referred = stores.numbers, products.numbers, promotions.numbers
    yield reference_frames(settings, window.t + line.origin, *referred, with_changes=changes)


def reference_frames(
    settings: GenerationSettings, day: int, stores: I64, products: I64, promotions: I64, *, with_changes: bool
) -> Frames:
    """The last chunk of a day (ordinal): what was referred to and, on request, what changed."""
    return full_set(
        stores=store_frame(settings, day, stores, with_changes=with_changes),
        products=product_frame(settings, day, products, with_changes=with_changes),
        promotions=promotion_frame(settings, day, promotions, with_changes=with_changes),
        exchange_rates=exchange_rate_frame(settings, day) if with_changes else empty("exchange_rates"),
    )


class _Marks:
    """Numbers seen so far."""

    def __init__(self) -> None:
        self.numbers: I64 = np.zeros(0, dtype=np.int64)

    def add(self, numbers: I64) -> None:
        if len(self.numbers):
            self.numbers = np.union1d(self.numbers, numbers)
        else:
            self.numbers = numbers  # a day in one piece needs no sorting: they come rising, each once


def full_set(**filled: pl.DataFrame) -> Frames:
    """These feeds, and the others without rows."""
    return {
        contract.name: filled[contract.name] if contract.name in filled else empty(contract.name)
        for contract in CONTRACTS
    }
