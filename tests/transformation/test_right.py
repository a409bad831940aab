"""The marts' figures are those of the landing files, over late days, re-landed days and a week of returns."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from built_days import DAYS, Built
from files_in_polars import assert_marts_equal_files

from retail_platform.landing import LandingZone
from retail_platform.starrocks.connection import connect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def test_revenue_units_and_orders_by_day_store_and_category(built: Built) -> None:
    zone = LandingZone(built.retail.landing_root)
    days = list(DAYS)

    def compare() -> int:
        assert built.run("build_marts").success
        with connect(built.starrocks) as connection:
            found = assert_marts_equal_files(connection, built.retail.gold, zone, days)
        return sum(figures["returned"] for figures in found.values())

    # the days before, in the wrong order; then the days after; then one of them anew with more orders
    for offset in (-1, -4, -2, -3):
        days.append(DAYS[0] + timedelta(days=offset))
        built.ingest(days[-1], orders_per_day=150)
    assert compare() > 0
    for offset in range(1, 4):
        days.append(DAYS[1] + timedelta(days=offset))
        built.ingest(days[-1], orders_per_day=150)
    built.ingest(date(2026, 11, 16), orders_per_day=200)
    assert compare() > 0
