"""The sensor on the raw tables: events only for what changed, none for an outage, no work while nothing moves."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from retail_platform.contracts import CONTRACTS
from retail_platform.raw_assets import DATA_VERSION_TAG, RAW_KEYS, raw_event
from retail_platform.resources import Warehouse
from retail_platform.starrocks.connection import WarehouseUnavailable, connect, execute, quote_table
from retail_platform.transformation import sources
from tests.conftest import Platform

RATES = RAW_KEYS["raw_exchange_rates"]


class Sensor:
    """Ticks of the sensor, each with the cursor the one before left."""

    def __init__(self, platform: Platform, instance: dg.DagsterInstance) -> None:
        self.platform, self.instance = platform, instance
        self.cursor: str | None = None

    def tick(self) -> dict[dg.AssetKey, str]:
        """Key → version of each event a tick wants; they are written to the instance, as the daemon does."""
        context = dg.build_sensor_context(self.instance, cursor=self.cursor, resources={"warehouse": Warehouse()})
        result = sources.observe_raw_changes(context)
        if not isinstance(result, dg.SensorResult):
            assert isinstance(result, dg.SkipReason)
            return {}
        self.cursor = result.cursor
        for event in result.asset_events:
            self.instance.report_runless_asset_event(event)
        return {event.asset_key: (event.tags or {})[DATA_VERSION_TAG] for event in result.asset_events}

    def execute(self, sql: str) -> None:
        with connect(self.platform.starrocks) as connection:
            execute(connection, sql.replace("RATES", quote_table(self.platform.retail.bronze, "raw_exchange_rates")))

    def load(self, rate: str) -> None:
        self.execute(
            "INSERT INTO RATES (dt, currency, usd_rate, updated_at, _load_id, _loaded_at)"
            f" VALUES ('2026-11-18', 'EUR', {rate}, '2026-11-18 06:00:00', 'test', '2026-11-18 23:00:00')"
        )


@pytest.fixture
def sensor(platform: Platform) -> Any:
    with dg.instance_for_test() as instance:
        watching = Sensor(platform, instance)
        assert set(watching.tick()) == set(RAW_KEYS.values())
        assert watching.tick() == {}
        yield watching


def test_one_event_for_each_change_whatever_its_kind(sensor: Sensor) -> None:
    seen = set()
    for change in (
        None,
        "INSERT OVERWRITE RATES SELECT * FROM RATES",
        "TRUNCATE TABLE RATES",
    ):
        if change:
            sensor.execute(change)
        else:
            sensor.load("1.08")
        found = sensor.tick()
        assert set(found) == {RATES}
        seen.add(found[RATES])
        assert sensor.tick() == {}
    assert len(seen) == 3


def test_what_a_load_reported_itself_is_no_news(sensor: Sensor) -> None:
    sensor.load("1.08")
    state = Warehouse().raw_states()["raw_exchange_rates"]
    sensor.instance.report_runless_asset_event(dg.AssetMaterialization(RATES, **raw_event(state)))
    assert sensor.tick() == {}


def test_an_outage_is_no_change(sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(_self: Warehouse) -> None:
        raise WarehouseUnavailable("nobody answers")

    with monkeypatch.context() as outage:
        outage.setattr(Warehouse, "raw_states", down)
        assert sensor.tick() == {}
        sensor.load("1.08")
        assert sensor.tick() == {}
    assert set(sensor.tick()) == {RATES}


def test_events_are_read_only_after_a_change_and_once_a_minute(sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_800_000_000.0]
    monkeypatch.setattr(sources.time, "time", lambda: now[0])
    assert sensor.tick() == {}
    asked: list[str] = []
    monkeypatch.setattr(sources, "_is_news", lambda _instance, contract, _state: asked.append(contract.name) or False)
    assert sensor.tick() == {}
    assert not asked
    sensor.load("1.09")
    sensor.tick()
    assert len(asked) == len(CONTRACTS)
    # an event somebody reported late, about a version long gone, is put right within a minute
    monkeypatch.undo()
    monkeypatch.setattr(sources.time, "time", lambda: now[0])
    sensor.tick()
    sensor.instance.report_runless_asset_event(dg.AssetMaterialization(RATES, tags={DATA_VERSION_TAG: "old"}))
    assert sensor.tick() == {}
    now[0] += 60
    assert set(sensor.tick()) == {RATES}
