"""Days that another system delivers as files."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from click.testing import CliRunner

from retail_platform.cli import main
from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.ingestion.definitions import defs
from retail_platform.ingestion.files import Files
from retail_platform.ingestion.land import Simulation
from retail_platform.landing import LandingZone, LandingZoneError
from tests.conftest import Platform
from tests.ingestion.days import ingest, land, load, raw_rows

DAY = date(2024, 4, 1)
SETTINGS = GenerationSettings(orders_per_day=15)


def generate(platform: Platform, kind: str) -> None:
    arguments = ["--from", DAY.isoformat(), "--orders", "15", "--out", platform.retail.landing_root, "--format", kind]
    result = CliRunner().invoke(main, ["generate", *arguments])
    assert result.exit_code == 0, result.output


def put(platform: Platform, path: str, data: bytes) -> Path:
    target = Path(platform.retail.landing_root) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return target


def ingest_files(platform: Platform) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def("ingest_trading_day").execute_in_process(
        partition_key=DAY.isoformat(),
        # The simulator's values mean nothing here, so wrong ones do no harm.
        run_config={"ops": {"land_trading_day": {"config": {"source": "landing", "orders_per_day": 0}}}},
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
    )


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_generated_files_load_as_if_they_had_been_simulated(platform: Platform, kind: str) -> None:
    generate(platform, kind)
    before = {path: path.read_bytes() for path in Path(platform.retail.landing_root).rglob(f"*.{kind}")}
    assert ingest_files(platform).success
    from_files = raw_rows(platform)
    assert {path: path.read_bytes() for path in before} == before, "the sender's files stay as they are"
    ingest(platform, Simulation(SETTINGS), DAY)
    simulated = raw_rows(platform)
    assert {t: rows for t, rows in from_files.items() if t != "raw_rejected_rows"} == {
        t: rows for t, rows in simulated.items() if t != "raw_rejected_rows"
    }
    assert all(path.exists() for path in before), "nor does a simulated day take them away"


def test_files_are_landed_again_only_when_they_changed(platform: Platform) -> None:
    generate(platform, "csv")
    source = Files(LandingZone(platform.retail.landing_root))
    ingest(platform, source, DAY)
    assert land(platform, source, DAY).unchanged
    orders = generate_day(SETTINGS, DAY)["orders"]
    put(platform, f"orders/dt={DAY}/orders.csv", orders[:3].write_csv().encode())
    ingest(platform, source, DAY)
    assert len(raw_rows(platform)["raw_orders"]) == 3


def test_several_files_and_formats_make_one_feed(platform: Platform) -> None:
    orders = generate_day(SETTINGS, DAY)["orders"]
    put(platform, f"orders/dt={DAY}/a.csv.gz", gzip.compress(orders[:4].write_csv().encode()))
    put(platform, f"orders/dt={DAY}/b.jsonl", orders[4:7].write_ndjson().encode())
    source = Files(LandingZone(platform.retail.landing_root))
    ingest(platform, source, DAY)
    assert len(raw_rows(platform)["raw_orders"]) == 7


def test_bad_rows_go_to_quarantine_and_the_rest_is_loaded(platform: Platform) -> None:
    orders = generate_day(SETTINGS, DAY)["orders"].with_columns(pl.col("total_amount").cast(pl.String))
    orders = orders.with_columns(
        total_amount=pl.when(pl.row_index() == 0).then(pl.lit("a lot")).otherwise("total_amount")
    )
    put(platform, f"orders/dt={DAY}/o.csv", orders.write_csv().encode())
    ingest(platform, Files(LandingZone(platform.retail.landing_root)), DAY)
    rows = raw_rows(platform)
    assert len(rows["raw_orders"]) == orders.height - 1
    assert [row[3] for row in rows["raw_rejected_rows"]] == ["total_amount|dtype"]


def test_text_without_types_is_no_finding_but_another_type_in_parquet_is(platform: Platform) -> None:
    rates = generate_day(SETTINGS, DAY)["exchange_rates"]
    source = Files(LandingZone(platform.retail.landing_root))
    put(platform, f"exchange_rates/dt={DAY}/r.csv", rates.write_csv().encode())
    ingest(platform, source, DAY)
    assert raw_rows(platform)["raw_rejected_rows"] == []
    target = put(platform, f"exchange_rates/dt={DAY}/r.csv", b"").with_suffix(".parquet")
    target.with_suffix(".csv").unlink()
    rates.with_columns(pl.col("usd_rate").cast(pl.String)).write_parquet(target)
    ingest(platform, source, DAY)
    rows = raw_rows(platform)
    assert [row[3] for row in rows["raw_rejected_rows"]] == ["warn:usd_rate|type"]
    assert len(rows["raw_exchange_rates"]) == rates.height


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("o.parquet", b"not parquet at all", "can't be read as its name says"),
        ("o.csv.gz", b"not gzip", "can't be read as its name says"),
        ("o.jsonl", b'{"order_id": "x"}\n[1, 2]\n', "isn't a JSON object"),
        ("o.xlsx", b"PK", "unknown format"),
    ],
)
def test_an_unreadable_file_is_named_and_nothing_lands(platform: Platform, name: str, data: bytes, words: str) -> None:
    ingest(platform, Simulation(SETTINGS), DAY)
    before = raw_rows(platform)
    put(platform, f"orders/dt={DAY}/{name}", data)
    result = ingest_files(platform)
    failure = result.failure_data_for_node("land_trading_day")
    assert failure is not None
    assert failure.user_failure_data is not None
    assert words in str(failure.user_failure_data.description)
    assert f"orders/dt={DAY}/{name}" in str(failure.user_failure_data.description)
    load(platform, DAY)
    assert raw_rows(platform) == before


def test_a_day_without_files_says_where_they_belong(platform: Platform) -> None:
    with pytest.raises(LandingZoneError, match=rf"orders/dt={DAY}/orders\.csv"):
        land(platform, Files(LandingZone(platform.retail.landing_root)), DAY)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "2024-04-02", "--to", "2024-04-01"], "is before"),
        (["--from", "2024-04-01", "--orders", "0"], "orders_per_day=0"),
        (["--from", "2020-04-01"], "before the opening day"),
        (["--from", "soon"], "soon"),
    ],
)
def test_generate_refuses_with_the_reason(tmp_path: Path, arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(main, ["generate", "--out", str(tmp_path), *arguments])
    assert result.exit_code != 0
    assert words in result.output
    assert not list(tmp_path.iterdir())


def test_generate_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "below"
    result = CliRunner().invoke(main, ["generate", "--from", str(DAY), "--orders", "10", "--out", str(out)])
    assert result.exit_code == 1
    assert "Error: can't write to" in result.output
