"""What is in motion is waited for; what stays wrong is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from retail_platform.reconciliation import FeedTotals
from retail_platform.transformation.checks import settled
from retail_platform.transformation.checks.consumed import Waiting
from retail_platform.transformation.checks.stations import FeedDay

DAY = date(2026, 11, 18)


def _feed(landed: int, raw: int) -> FeedDay:
    said = [FeedTotals(rows, Decimal(rows)) for rows in (landed, raw, raw)]
    return FeedDay("orders", DAY, said[0], said[1], said[2])


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[settled.Stations, int]]:
    """Read stations that say one thing after another; also how often was waited."""

    def reading(said: list[FeedDay], loading: tuple[date, ...] = ()) -> tuple[settled.Stations, int]:
        answers, pauses = iter(said), list[float]()
        monkeypatch.setattr(settled, "feed_days", lambda *_: [next(answers)])
        monkeypatch.setattr(settled, "sales_days", lambda *_: [])
        monkeypatch.setattr(settled, "waiting", lambda *_: Waiting())
        monkeypatch.setattr(settled, "_loading", lambda *_: loading)
        anything: Any = None
        return settled.settled_stations(anything, anything, anything, [DAY], pauses.append), len(pauses)

    return reading


def test_agreement_is_not_waited_for(read: Callable[..., tuple[settled.Stations, int]]) -> None:
    found, pauses = read([_feed(5, 5)])
    assert (found.feeds[0].agrees, pauses) == (True, 0)


def test_a_load_under_way_goes_by(read: Callable[..., tuple[settled.Stations, int]]) -> None:
    found, pauses = read([_feed(9, 3), _feed(9, 6), _feed(9, 9)])
    assert (found.feeds[0].agrees, pauses) == (True, 2)


def test_a_loss_stays(read: Callable[..., tuple[settled.Stations, int]]) -> None:
    found, pauses = read([_feed(9, 6), _feed(9, 6)])
    assert ([one.agrees for one in found.feeds], pauses) == ([False], 1)


def test_a_long_load_is_named_not_reported(read: Callable[..., tuple[settled.Stations, int]]) -> None:
    found, _ = read([_feed(9, 6), _feed(9, 6)], loading=(DAY,))
    assert (found.feeds, found.loading) == ([], (DAY,))
