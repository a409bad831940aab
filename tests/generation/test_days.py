"""Days made together are the days made alone."""

from datetime import date, timedelta

import polars as pl
import pytest

from retail_platform.generation import GenerationSettings, days_together, generate_day, generate_days
from retail_platform.generation.settings import NoSuchDayError
from tests.generation.digests import PROFILES, digest


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("first", [date(2024, 1, 1), date(2025, 12, 12)], ids=["opening", "turn of the year"])
def test_days_in_a_row_are_the_days_alone(profile: str, first: date) -> None:
    settings = GenerationSettings(profile=profile, seed=5, orders_per_day=70)
    last = first + timedelta(days=40)
    given = []
    for day, frames in generate_days(settings, first, last):
        assert digest(frames) == digest(generate_day(settings, day)), day
        given.append(day)
    assert given == [first + timedelta(days=number) for number in range(41)]


def test_small_days_are_made_together_and_large_ones_as_they_are_asked_for() -> None:
    first, last = date(2024, 5, 1), date(2024, 6, 30)
    assert len(days_together(GenerationSettings(orders_per_day=10), first, last)) == 31
    assert 2 < len(days_together(GenerationSettings(orders_per_day=4_000), first, last)) < 10
    assert len(days_together(GenerationSettings(orders_per_day=10), last, last)) == 1
    large = days_together(GenerationSettings(orders_per_day=50_000), first, last, max_rows=1_000)
    chunks = iter(large[first])
    assert list(large) == [first]
    assert next(iter(chunks))["orders"].height < 100


def test_a_days_chunks_are_its_feeds_in_the_order_of_a_day_alone() -> None:
    settings, first = GenerationSettings(orders_per_day=30), date(2024, 5, 1)
    for chunks in days_together(settings, first, first + timedelta(days=3)).values():
        filled = [{feed for feed, frame in chunk.items() if frame.height} for chunk in chunks]
        assert filled[0] == {"orders", "order_items"}
        assert filled[1] == {"customers"}
        assert not filled[2] & (filled[0] | filled[1])


def test_a_day_that_cannot_be_is_refused_when_its_turn_comes() -> None:
    settings = GenerationSettings(orders_per_day=10, opening_day=date(2024, 1, 10))
    with pytest.raises(ValueError, match="before the opening day"):
        next(iter(generate_days(settings, date(2024, 1, 8), date(2024, 1, 12))))
    with pytest.raises(ValueError, match="is before the first"):
        next(iter(generate_days(settings, date(2024, 1, 12), date(2024, 1, 11))))


def test_days_before_one_that_cannot_be_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of days made together, too."""
    from retail_platform.generation import day as module
    from retail_platform.generation import days

    settings, first, wrong = GenerationSettings(orders_per_day=10), date(2024, 5, 1), date(2024, 5, 4)

    def check(line: object, t: int) -> None:
        if t + line.origin >= wrong.toordinal():  # type: ignore[attr-defined]
            raise NoSuchDayError("too many accounts")

    monkeypatch.setattr(module, "check_capacity", check)
    monkeypatch.setattr(days, "check_capacity", check)
    given: dict[date, dict[str, pl.DataFrame]] = {}
    with pytest.raises(ValueError, match="too many accounts"):
        given.update(generate_days(settings, first, date(2024, 5, 9)))
    assert list(given) == [first, date(2024, 5, 2), date(2024, 5, 3)]
