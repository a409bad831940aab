"""The demo's first station: what a careless sender delivered and contracts let through, computed without loading."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from rich.console import Console

from retail_platform.cli.demo_delivery import Simulated, mess_of, print_defects
from retail_platform.contracts import CONTRACTS
from retail_platform.generation import GenerationSettings
from retail_platform.ingestion.land import Simulation
from retail_platform.landing import LandingZone
from retail_platform.reconciliation import (
    ITEMS,
    ORDERS,
    feed_totals_of_frames,
    raw_feed_totals,
    raw_sales,
    sales_of_frames,
)
from retail_platform.starrocks.connection import connect
from tests.conftest import Platform
from tests.ingestion.days import ingest

WINDOW = [date(2024, 4, 1) + timedelta(days=n) for n in range(3)]
SETTINGS = GenerationSettings(orders_per_day=20)


def said_of_defects(platform: Platform) -> str:
    page = io.StringIO()
    with connect(platform.starrocks) as connection:
        print_defects(Console(file=page, width=200), connection)
    return page.getvalue()


def test_what_was_accepted_is_what_the_raw_tables_hold(platform: Platform) -> None:
    mess = mess_of(0.05)
    for day in WINDOW:
        ingest(platform, Simulation(SETTINGS, mess), day)
    accepted = Simulated(SETTINGS, mess).accepted(LandingZone(platform.retail.landing_root), WINDOW)
    with connect(platform.starrocks) as connection:
        for contract in CONTRACTS:
            frames = [accepted[day][contract.name] for day in WINDOW]
            assert feed_totals_of_frames(contract, frames) == raw_feed_totals(
                connection, platform.retail, contract, WINDOW
            ), contract.name
        lines = [(day, accepted[day][ITEMS.name]) for day in WINDOW]
        sales = sales_of_frames(lines, [accepted[day][ORDERS.name] for day in WINDOW])
        assert sales == raw_sales(connection, platform.retail, WINDOW)
        assert sales.items < sales_of_frames(lines).items, "lines whose order is late or held back aren't sales yet"
    assert "injected defects were noticed" in said_of_defects(platform)


def test_a_careful_sender_has_no_line_of_defects(platform: Platform) -> None:
    ingest(platform, Simulation(SETTINGS), WINDOW[0])
    assert said_of_defects(platform) == ""


@pytest.mark.parametrize(("rate", "drift"), [(0.0, 0.0), (0.001, 0.02), (0.05, 1.0)])
def test_the_rate_of_the_demo_is_that_of_every_kind(rate: float, drift: float) -> None:
    assert set(mess_of(rate).row_rates()) == {rate}
    assert mess_of(rate).drift_rate == pytest.approx(drift)
