"""A trading day through the real ingestion job: generated, landed, loaded, reported."""

from __future__ import annotations

from datetime import date

import dagster as dg
import pytest

from retail_platform.contracts import CONTRACTS
from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.ingestion.definitions import defs
from retail_platform.landing import LandingZone
from retail_platform.raw_assets import DATA_VERSION_TAG, raw_key
from retail_platform.reconciliation import (
    ITEMS,
    audited_digests,
    feed_totals_of_frames,
    landed_frames,
    raw_feed_totals,
    raw_sales,
    sales_of_frames,
)
from retail_platform.starrocks.connection import connect, execute, query
from retail_platform.starrocks.metadata import table_states
from tests.conftest import Platform
from tests.ingestion.days import raw_rows

DAY = date(2026, 11, 18)
SETTINGS = GenerationSettings(orders_per_day=60)


def ingest(
    instance: dg.DagsterInstance, day: date = DAY, *, as_of: str = "", orders: int = 60, raises: bool = True
) -> dg.ExecuteInProcessResult:
    config = {"orders_per_day": orders, "as_of": as_of}
    return defs.resolve_job_def("ingest_trading_day").execute_in_process(
        partition_key=day.isoformat(),
        run_config={"ops": {"land_trading_day": {"config": config}}},
        instance=instance,
        raise_on_error=raises,
    )


def test_every_station_agrees_to_the_cent(platform: Platform) -> None:
    assert ingest(dg.DagsterInstance.ephemeral()).success
    frames = generate_day(SETTINGS, DAY)
    zone = LandingZone(platform.retail.landing_root)
    with connect(platform.starrocks) as connection:
        digests = audited_digests(connection, platform.retail, [DAY])
        for contract in CONTRACTS:
            generated = feed_totals_of_frames(contract, [frames[contract.name]])
            landed = [frame for _, frame in landed_frames(zone, contract, [DAY])]
            audited = [frame for _, frame in landed_frames(zone, contract, [DAY], digests)]
            assert feed_totals_of_frames(contract, landed) == generated
            assert feed_totals_of_frames(contract, audited) == generated
            assert raw_feed_totals(connection, platform.retail, contract, [DAY]) == generated
        assert raw_sales(connection, platform.retail) == sales_of_frames([(DAY, frames[ITEMS.name])])


def test_a_load_shows_the_hours_of_its_day(platform: Platform) -> None:
    instance = dg.DagsterInstance.ephemeral()
    ingest(instance)
    hours = generate_day(SETTINGS, DAY)["orders"]["updated_at"].dt.hour().value_counts()
    for layer in ("landing", "stream_load"):
        event = instance.get_latest_materialization_event(dg.AssetKey([layer, "orders"]))
        assert event is not None
        assert event.asset_materialization is not None
        shown = event.asset_materialization.metadata
        assert str(shown["changes_by_hour_plot"].value).startswith("![changes in each hour")
        bars = str(shown["changes_by_hour"].value)
        assert {hour for hour, bar in enumerate(bars) if bar != "▁"} == set(hours["updated_at"].to_list())


def test_again_sends_nothing_and_reports_nothing(platform: Platform) -> None:
    instance = dg.DagsterInstance.ephemeral()
    ingest(instance)
    with connect(platform.starrocks) as connection:
        before = table_states(connection, platform.retail.bronze)
    ingest(instance)
    with connect(platform.starrocks) as connection:
        after = table_states(connection, platform.retail.bronze)
    tables = [contract.table for contract in CONTRACTS]
    assert {t: after[t].version for t in tables} == {t: before[t].version for t in tables}
    assert len(instance.fetch_materializations(raw_key("orders"), limit=10).records) == 1


def test_the_reported_version_is_the_one_an_observer_sees(platform: Platform) -> None:
    instance = dg.DagsterInstance.ephemeral()
    ingest(instance)
    with connect(platform.starrocks) as connection:
        states = table_states(connection, platform.retail.bronze)
    reported = [contract for contract in CONTRACTS if states[contract.table].partitions]
    assert len(reported) >= len(CONTRACTS) - 1, "a day may have no promotion, but it has everything else"
    for contract in reported:
        event = instance.get_latest_materialization_event(raw_key(contract.name))
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.partition == DAY.isoformat()
        assert (event.asset_materialization.tags or {})[DATA_VERSION_TAG] == states[contract.table].version


def test_slices_end_where_a_whole_day_ends(platform: Platform) -> None:
    instance = dg.DagsterInstance.ephemeral()
    for moment in ("2026-11-18T09:00:00", "2026-11-18T15:30:00", "2026-11-18T12:00:00", ""):
        ingest(instance, as_of=moment)
    sliced = raw_rows(platform)
    with connect(platform.starrocks) as connection:
        for contract in CONTRACTS:
            execute(connection, f"TRUNCATE TABLE {platform.retail.bronze}.{contract.table}")
    ingest(instance)
    assert raw_rows(platform) == sliced


def test_other_settings_replace_the_day(platform: Platform) -> None:
    instance = dg.DagsterInstance.ephemeral()
    ingest(instance, orders=120)
    ingest(instance, orders=60)
    replaced = raw_rows(platform)
    assert len(replaced["raw_orders"]) == generate_day(SETTINGS, DAY)["orders"].height
    ingest(instance, orders=120)
    assert len(raw_rows(platform)["raw_orders"]) > len(replaced["raw_orders"])
    ingest(instance, orders=60)
    assert raw_rows(platform) == replaced


def test_a_range_is_one_run(platform: Platform) -> None:
    instance = dg.DagsterInstance.ephemeral()
    result = defs.resolve_job_def("ingest_trading_day").execute_in_process(
        run_config={"ops": {"land_trading_day": {"config": {"orders_per_day": 20}}}},
        tags={
            "dagster/asset_partition_range_start": "2026-11-16",
            "dagster/asset_partition_range_end": "2026-11-18",
        },
        instance=instance,
    )
    assert result.success
    loaded = instance.get_materialized_partitions(dg.AssetKey(["stream_load", "orders"]))
    assert loaded == {"2026-11-16", "2026-11-17", "2026-11-18"}
    with connect(platform.starrocks) as connection:
        rows = query(connection, f"SELECT dt, COUNT(*) AS n FROM {platform.retail.bronze}.raw_orders GROUP BY dt")
    assert len(rows) == 3


@pytest.mark.parametrize(("orders", "words"), [(0, "orders_per_day=0"), (-5, "orders_per_day=-5")])
def test_a_bad_value_is_named_and_not_retried(platform: Platform, orders: int, words: str) -> None:
    result = ingest(dg.DagsterInstance.ephemeral(), orders=orders, raises=False)
    assert not result.success
    failure = result.failure_data_for_node("land_trading_day")
    assert failure is not None
    assert failure.user_failure_data is not None
    assert words in str(failure.user_failure_data.description)
    assert "launchpad" in str(failure.user_failure_data.description)
    assert not [event for event in result.all_events if event.is_step_up_for_retry]


@pytest.mark.parametrize(
    ("mess", "words"),
    [({"null_rate": 2.0}, "mess.null_rate=2.0"), ({"late_rate": 0.7, "null_rate": 0.7}, "add up to 1.4")],
)
def test_a_bad_rate_of_defects_is_named(platform: Platform, mess: dict[str, float], words: str) -> None:
    result = defs.resolve_job_def("ingest_trading_day").execute_in_process(
        partition_key=DAY.isoformat(),
        run_config={"ops": {"land_trading_day": {"config": {"mess": mess}}}},
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
    )
    failure = result.failure_data_for_node("land_trading_day")
    assert failure is not None
    assert failure.user_failure_data is not None
    assert words in str(failure.user_failure_data.description)


def test_defects_are_switched_on_in_the_launchpad(platform: Platform) -> None:
    config = {"orders_per_day": 20, "mess": {"null_rate": 0.1, "late_rate": 0.1}}
    result = defs.resolve_job_def("ingest_trading_day").execute_in_process(
        partition_key=DAY.isoformat(),
        run_config={"ops": {"land_trading_day": {"config": config}}},
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert result.success
    with connect(platform.starrocks) as connection:
        kinds = query(
            connection, f"SELECT kind, COUNT(*) AS n FROM {platform.retail.bronze}.raw_defect_ledger GROUP BY kind"
        )
    assert {row["kind"] for row in kinds} == {"null", "late"}
