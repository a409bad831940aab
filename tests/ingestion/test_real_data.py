"""Real retail data through the whole platform: CDNOW's purchases, which nobody here made."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from retail_platform.contracts import contract_for
from retail_platform.contracts.enforce import enforce
from retail_platform.ingestion.files import Files
from retail_platform.landing import LandingZone
from retail_platform.landing.layout import end_of_day
from retail_platform.starrocks.connection import connect, query
from tests.conftest import Platform

ROOT = Path(__file__).resolve().parents[2]
CONVERTER = ROOT / "examples" / "cdnow" / "convert.py"
PACKAGE = "lifetimes==0.11.3"
LOAD = ["asset", "materialize", "-m", "retail_platform.ingestion.definitions", "--select", "*",
        "--config-json", '{"ops": {"land_trading_day": {"config": {"source": "landing"}}}}']  # fmt: skip
BUILD = ["job", "execute", "-m", "retail_platform.transformation.definitions", "-j", "build_marts"]
SAMPLE = """ customer_id  date number_of_cds  dollar_value
 00001 19970101  1   11.77
 00002 19970101  3   10.00
 00002 19970101  3   10.00
 00002 19980630  5    0.00
"""


@pytest.fixture(scope="module")
def convert() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cdnow_convert", CONVERTER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_converter_keeps_totals_and_contracts(convert: ModuleType, tmp_path: Path) -> None:
    source = tmp_path / "cdnow.txt"
    source.write_text(SAMPLE)
    purchases = convert.read_source(source)
    assert convert.totals(purchases) == convert.Totals(4, 2, 12, Decimal("31.77"))
    days = dict(convert.feeds(purchases))
    assert list(days) == [date(2025, 1, 1), date(2026, 6, 30)]
    assert date(1997, 1, 1).weekday() == date(2025, 1, 1).weekday()
    assert sum(frames["order_items"]["line_amount"].sum() for frames in days.values()) == Decimal("31.77")
    prices = days[date(2025, 1, 1)]["order_items"]["unit_price"].to_list()
    assert prices == [Decimal("11.77"), Decimal("3.34"), Decimal("3.34")]
    for day, frames in days.items():
        convert.write_day(tmp_path, day, frames)
        for delivery in Files(LandingZone(str(tmp_path))).deliveries(day, end_of_day(day), None):
            for feed, frame in delivery.frames.items():
                result = enforce(contract_for(feed), frame, day, typed=feed not in delivery.untyped)
                assert result.rejected.is_empty(), feed
                assert result.valid.height == frames[feed].height


@pytest.mark.parametrize("line", [" 00001 19970101  1", "a b c d", ""])
def test_the_converter_names_a_line_that_is_no_purchase(convert: ModuleType, tmp_path: Path, line: str) -> None:
    source = tmp_path / "cdnow.txt"
    source.write_text(SAMPLE + line + "\n")
    with pytest.raises(convert.SourceError, match="line 6"):
        convert.read_source(source)


def test_the_converter_names_a_file_that_is_no_source(convert: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(convert.SourceError, match="nowhere"):
        convert.read_source(tmp_path / "nowhere.txt")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with the data, as pip downloads it."""
    directory = tmp_path_factory.mktemp("package")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(directory), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = list(directory.glob("*.whl"))
    if not found:
        pytest.skip(f"pip can't fetch {PACKAGE}: {(done.stderr.strip().splitlines() or ['no answer'])[-1]}")
    return found[0]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_purchase_reaches_the_marts(
    platform: Platform, convert: ModuleType, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = convert.totals(convert.read_source(package))
    assert told == convert.Totals(69_659, 23_570, 167_881, Decimal("2500315.63"))
    convert.main(str(package), platform.retail.landing_root)
    home = tmp_path / "dagster"
    home.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    dagster([*LOAD, "--partition-range", "2025-01-01...2026-06-30"])
    dagster(BUILD)
    with connect(platform.starrocks) as connection:

        def one(sql: str, database: str) -> tuple[Any, ...]:
            return tuple(query(connection, sql.format(database))[0].values())

        bronze, gold = platform.retail.bronze, platform.retail.gold
        orders = (
            "SELECT COUNT(*) n, COUNT(DISTINCT customer_id) c, SUM(CAST(total_amount AS DECIMAL(20, 2))) a FROM {}."
        )
        lines = "SELECT COUNT(*) n, SUM(CAST(quantity AS INT)) q, SUM(CAST(line_amount AS DECIMAL(20, 2))) a FROM {}."
        for database, table in ((bronze, "raw_orders"), (gold, "fct_orders")):
            assert one(orders + table, database) == (told.purchases, told.customers, told.revenue), table
        for database, table in ((bronze, "raw_order_items"), (gold, "fct_sales")):
            assert one(lines + table, database) == (told.purchases, told.units, told.revenue), table
        daily = "SELECT SUM(orders) o, SUM(units) u, SUM(net_amount) a FROM {}.fact_daily_sales"
        assert one(daily, gold) == (told.purchases, told.units, told.revenue)
        assert one("SELECT COUNT(*) n FROM {}.raw_rejected_rows", bronze) == (0,)


def dagster(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "dagster", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=dict(os.environ), check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
