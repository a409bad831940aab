"""A warehouse that isn't as it should be: one clear error, nothing lost, and the next run goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from retail_platform.contracts import CONTRACTS
from retail_platform.generation import GenerationSettings
from retail_platform.ingestion.land import Simulation
from retail_platform.ingestion.late import days_to_load
from retail_platform.ingestion.load import DayLoader
from retail_platform.ingestion.presence import TableMismatch
from retail_platform.ingestion.sending import Sender
from retail_platform.landing import LandingZone
from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.connection import WarehouseUnavailable, connect, execute
from retail_platform.starrocks.load_outcome import StreamLoadUnavailable
from tests.conftest import Platform
from tests.ingestion.days import ingest, land, load, raw_rows, silent

DAY = date(2024, 4, 1)
SOURCE = Simulation(GenerationSettings(orders_per_day=10))


def load_through(platform: Platform, settings: StarRocksSettings, together: bool = False) -> None:
    zone = LandingZone(platform.retail.landing_root)
    with connect(platform.starrocks) as connection:
        sender = Sender.to(settings, zone, platform.retail.bronze, attempts=2, sleep=lambda _: None)
        loader = DayLoader(connection, sender, "test", together)
        for manifest in days_to_load(zone, DAY):
            loader.load(manifest, CONTRACTS, silent)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda port: {"http_port": port}, id="dead FE"),
        pytest.param(lambda port: {"redirect_map": {"*": f"127.0.0.1:{port}"}}, id="dead BE"),
    ],
)
def test_nobody_takes_the_load(platform: Platform, free_port: int, broken: Callable[[int], dict[str, object]]) -> None:
    land(platform, SOURCE, DAY)
    settings = platform.starrocks.model_copy(update=broken(free_port))
    with pytest.raises(StreamLoadUnavailable, match=r"2 attempts.*Nothing of it is visible; run it again") as failed:
        load_through(platform, settings)
    assert str(free_port) in str(failed.value), "the error names the address that doesn't answer"
    assert not any(raw_rows(platform).values())
    load(platform, DAY)
    assert raw_rows(platform)["raw_orders"]


def test_no_warehouse_at_all(platform: Platform, free_port: int) -> None:
    settings = platform.starrocks.model_copy(update={"port": free_port})
    with pytest.raises(WarehouseUnavailable, match="STARROCKS_HOST and STARROCKS_PORT"), connect(settings):
        pass


def test_a_table_of_another_shape(platform: Platform) -> None:
    table = f"{platform.retail.bronze}.raw_orders"
    with connect(platform.starrocks) as connection:
        execute(connection, f"ALTER TABLE {table} DROP COLUMN channel")
    with pytest.raises(TableMismatch, match=r"raw_orders lacks channel.*ALTER TABLE"):
        ingest(platform, SOURCE, DAY)
    with connect(platform.starrocks) as connection:
        execute(connection, f"ALTER TABLE {table} ADD COLUMN channel STRING NULL")
    load(platform, DAY)
    assert len(raw_rows(platform)["raw_orders"]) > 0
    assert all(receipt.rows_sent == 0 for receipt in load(platform, DAY))
