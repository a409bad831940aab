"""Messy deliveries: every defect is found, nothing else is, and no order of events makes a difference."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from retail_platform.cli import main
from retail_platform.contracts import CONTRACTS
from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.generation.mess import DRIFT, MAX_DELAY_DAYS, ROW_KINDS, MessSettings
from retail_platform.ingestion.land import Simulation
from retail_platform.ingestion.scoring import scores
from retail_platform.landing import LandingZone
from retail_platform.starrocks.connection import connect, execute, query
from tests.conftest import Platform
from tests.ingestion.days import ingest, land, load, raw_rows

FIRST = date(2024, 4, 1)
ONE_PERCENT = MessSettings(
    late_rate=0.01,
    duplicate_rate=0.01,
    null_rate=0.01,
    broken_type_rate=0.01,
    unknown_key_rate=0.01,
    drift_rate=0.01,
    seed=4,
)
TEN_PERCENT = MessSettings(**{**dict.fromkeys(ONE_PERCENT.model_dump(), 0.1), "seed": 3})
SMALL = GenerationSettings(orders_per_day=15)


def days(count: int) -> list[date]:
    return [FIRST + timedelta(days=n) for n in range(count)]


def test_defects_are_found_and_nothing_else_is(platform: Platform) -> None:
    source = Simulation(GenerationSettings(orders_per_day=150), ONE_PERCENT)
    for day in days(16):
        land(platform, source, day)
    for day in days(16):
        load(platform, day, late=False)
    with connect(platform.starrocks) as connection:
        found = scores(connection, platform.retail.bronze)
    assert {score.kind for score in found} == {*ROW_KINDS, DRIFT}
    for score in found:
        assert score.injected > 0
        assert score.recall >= 0.99, score
        assert score.precision >= 0.99, score
    printed = CliRunner().invoke(main, ["quarantine", "score"])
    assert printed.exit_code == 0, printed.output
    assert all(kind in printed.output for kind in ROW_KINDS)


def test_no_rates_no_ledger_and_no_quarantine(platform: Platform) -> None:
    ingest(platform, Simulation(SMALL), FIRST)
    rows = raw_rows(platform)
    assert rows["raw_defect_ledger"] == rows["raw_rejected_rows"] == []
    printed = CliRunner().invoke(main, ["quarantine", "score"])
    assert (printed.exit_code, printed.output.partition(":")[0]) == (0, "raw_defect_ledger is empty")


def test_late_rows_reach_their_own_day_in_whatever_order_days_land(platform: Platform) -> None:
    source = Simulation(SMALL, MessSettings(late_rate=0.4))
    for day in days(4):
        ingest(platform, source, day)
    in_order = raw_rows(platform)
    with connect(platform.starrocks) as connection:
        for contract in CONTRACTS:
            execute(connection, f"TRUNCATE TABLE {platform.retail.bronze}.{contract.table}")
    for manifest in Path(platform.retail.landing_root).rglob("dt=*.json"):
        manifest.unlink()
    for day in [*reversed(days(4)), *days(4)]:
        ingest(platform, source, day)
    assert raw_rows(platform) == in_order


def test_everything_has_come_when_the_longest_delay_is_over(platform: Platform) -> None:
    source = Simulation(SMALL, MessSettings(late_rate=0.4))
    landed = land(platform, source, FIRST).manifest
    assert landed.in_transit
    assert landed.rows("orders") < generate_day(SMALL, FIRST)["orders"].height
    for day in days(MAX_DELAY_DAYS + 1)[1:]:
        land(platform, Simulation(SMALL), day)
    complete = LandingZone(platform.retail.landing_root).manifest(FIRST)
    assert complete is not None
    assert complete.in_transit == ()
    assert complete.rows("orders") == generate_day(SMALL, FIRST)["orders"].height


def test_slices_end_where_the_whole_day_ends(platform: Platform) -> None:
    source = Simulation(SMALL, TEN_PERCENT)
    noon = datetime.combine(FIRST, datetime.min.time()) + timedelta(hours=12)
    for as_of in (noon, noon + timedelta(hours=6), noon + timedelta(hours=2), None):
        ingest(platform, source, FIRST, as_of)
    sliced = raw_rows(platform)
    assert sliced["raw_rejected_rows"], "the quarantine has something in it"
    ingest(platform, Simulation(SMALL), FIRST)
    assert raw_rows(platform)["raw_rejected_rows"] == [], "what the day no longer holds back leaves quarantine"
    ingest(platform, source, FIRST)
    assert raw_rows(platform) == sliced


def test_again_keeps_the_moment_a_row_was_first_seen(platform: Platform) -> None:
    source = Simulation(SMALL, TEN_PERCENT)
    ingest(platform, source, FIRST)
    table = f"{platform.retail.bronze}.raw_rejected_rows"
    sql = f"SELECT rejected_id, first_seen_at FROM {table} ORDER BY 1"
    with connect(platform.starrocks) as connection:
        execute(connection, f"UPDATE {table} SET first_seen_at = '2024-01-01 00:00:00' WHERE feed <> ''")
        before = query(connection, sql)
        assert before
        assert all(receipt.rows_sent == 0 for receipt in load(platform, FIRST))
        assert query(connection, sql) == before


def test_a_corrected_row_is_replayed_once(platform: Platform) -> None:
    source = Simulation(SMALL, MessSettings(broken_type_rate=0.6))
    ingest(platform, source, FIRST)
    held = [row for row in raw_rows(platform)["raw_rejected_rows"] if row[3] == "line_amount|dtype"]
    assert held
    run = CliRunner()
    shown = run.invoke(main, ["quarantine", "list", "--feed", "order_items", "--rule", "line_amount|dtype", "--json"])
    assert shown.output.count("line_amount|dtype") == len(held)
    similar = run.invoke(main, ["quarantine", "list", "--rule", "line%|dtype", "--json"])
    assert similar.output == "", "a rule's text is taken literally, by `list` as by `replay`"
    still = run.invoke(main, ["quarantine", "replay", "--rule", "line_amount|dtype"])
    assert still.output.strip().endswith(f"0 of {len(held)} rows passed and are loaded")
    before = len(raw_rows(platform)["raw_order_items"])
    corrections = ("quantity=1", "unit_price=1.00", "discount_amount=0.00", "line_amount=1.00", "returned_quantity=0")
    arguments = ["quarantine", "replay", "--rule", "line_amount|dtype"]
    arguments += [part for correction in corrections for part in ("--set", correction)]
    dry = run.invoke(main, [*arguments, "--dry-run"])
    assert f"{len(held)} of {len(held)} rows would pass" in dry.output
    done = run.invoke(main, arguments)
    assert f"{len(held)} of {len(held)} rows passed and are loaded" in done.output, done.output
    ingest(platform, source, FIRST)
    after = raw_rows(platform)
    assert len(after["raw_order_items"]) == before + len(held)
    assert not [row for row in after["raw_rejected_rows"] if row[3] == "line_amount|dtype"]


@pytest.mark.parametrize("arguments", [["--set", "quantity"], ["--feed", "nothing"]])
def test_wrong_options_are_named(platform: Platform, arguments: list[str]) -> None:
    result = CliRunner().invoke(main, ["quarantine", "replay", *arguments])
    assert result.exit_code != 0
    assert arguments[1] in result.output
