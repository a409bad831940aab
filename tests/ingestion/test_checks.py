"""The checks of the ingestion location, on sound and on damaged data."""

from __future__ import annotations

from datetime import date, timedelta

import dagster as dg

from retail_platform.generation import GenerationSettings
from retail_platform.generation.mess import MAX_DELAY_DAYS, MessSettings
from retail_platform.ingestion.checks import ingestion_checks
from retail_platform.ingestion.land import Simulation
from retail_platform.resources import Landing, Warehouse
from retail_platform.starrocks.connection import connect, execute
from tests.conftest import Platform
from tests.ingestion.days import ingest

DAY = date(2024, 4, 1)
SETTINGS = GenerationSettings(orders_per_day=15)


def failed() -> set[tuple[str, str]]:
    defs = dg.Definitions(asset_checks=[ingestion_checks], resources={"landing": Landing(), "warehouse": Warehouse()})
    job = defs.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=dg.DagsterInstance.ephemeral())
    evaluations = result.get_asset_check_evaluations()
    assert len(evaluations) == 23
    return {(e.asset_key.path[-1], e.check_name) for e in evaluations if not e.passed}


def test_sound_days_pass_and_a_deletion_is_noticed(platform: Platform) -> None:
    ingest(platform, Simulation(SETTINGS), DAY)
    assert failed() == set()
    with connect(platform.starrocks) as connection:
        execute(connection, f"DELETE FROM {platform.retail.bronze}.raw_stores WHERE store_id <> ''")
    assert failed() == {("stores", "landed_equals_loaded")}


def test_a_contract_that_holds_back_too_much_is_noticed(platform: Platform) -> None:
    ingest(platform, Simulation(SETTINGS, MessSettings(null_rate=0.3)), DAY)
    found = failed()
    assert ("orders", "contract_pass_rate") in found
    assert {name for _, name in found} == {"contract_pass_rate"}


def test_defects_nobody_noticed_are_told(platform: Platform) -> None:
    ingest(platform, Simulation(SETTINGS, MessSettings(null_rate=0.1)), DAY)
    before = failed()
    assert "injected_defects_are_noticed" not in {name for _, name in before}
    with connect(platform.starrocks) as connection:
        execute(connection, f"DELETE FROM {platform.retail.bronze}.raw_rejected_rows WHERE feed = 'order_items'")
    assert failed() - before == {("order_items", "injected_defects_are_noticed")}


def test_a_reference_to_nothing_is_told_when_its_day_is_settled(platform: Platform) -> None:
    ingest(platform, Simulation(SETTINGS), DAY)
    with connect(platform.starrocks) as connection:
        execute(
            connection, f"UPDATE {platform.retail.bronze}.raw_orders SET store_id = 'S9999' WHERE store_id IS NOT NULL"
        )
    assert failed() == set(), "what it points to may still come"
    ingest(platform, Simulation(SETTINGS), DAY + timedelta(days=MAX_DELAY_DAYS))
    assert failed() == {("orders", "references_lead_somewhere")}
