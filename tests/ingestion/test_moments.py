"""Partitions and moments a launchpad may be given."""

from __future__ import annotations

from datetime import UTC, date, datetime

import dagster as dg
import pytest

from retail_platform.ingestion.moments import as_of_for, days_of

DAY = date(2026, 11, 20)


def test_a_closed_day_is_told_whole() -> None:
    assert as_of_for(DAY, "", now=datetime(2026, 11, 25, tzinfo=UTC)) == datetime(2026, 11, 21)


def test_an_open_day_is_told_up_to_now() -> None:
    assert as_of_for(DAY, "", now=datetime(2026, 11, 20, 15, 30, tzinfo=UTC)) == datetime(2026, 11, 20, 15, 30)


def test_a_moment_with_a_zone_is_converted() -> None:
    assert as_of_for(DAY, "2026-11-20T15:30:00+02:00") == datetime(2026, 11, 20, 13, 30)


@pytest.mark.parametrize("given", ["yesterday", "2026-11-21T00:00:01", "2026-11-19T23:59:59"])
def test_a_moment_outside_the_day_is_refused(given: str) -> None:
    with pytest.raises(dg.Failure) as refused:
        as_of_for(DAY, given)
    assert repr(given) in str(refused.value.description)
    assert refused.value.allow_retries is False


@pytest.mark.parametrize("key", ["2031-01-01", "2023-12-31", "monday"])
def test_a_day_that_is_no_partition_is_refused(key: str) -> None:
    with pytest.raises(dg.Failure, match=r"there is no partition") as refused:
        days_of([key])
    assert refused.value.allow_retries is False
