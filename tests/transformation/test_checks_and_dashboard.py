"""Checks find what is wrong and say it; the dashboard shows it in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from built_days import DAYS, Built
from dagster_dbt import DbtCliResource
from files_in_polars import assert_marts_equal_files

from retail_platform.landing import LandingZone
from retail_platform.starrocks.connection import connect, execute, quote_table
from retail_platform.starrocks.metadata import count_rows
from retail_platform.transformation.checks.consumed import Waiting, waiting
from retail_platform.transformation.checks.stations import sales_days

pytestmark = [pytest.mark.first, pytest.mark.timeout(600)]


def _statement(built: Built, database: str, table: str, statement: str) -> None:
    with connect(built.starrocks) as connection:
        execute(connection, statement.format(table=quote_table(database, table)))


def _run_checks(built: Built, *checks: tuple[str, str]) -> dg.ExecuteInProcessResult:
    """Run checks alone, as the automation sensor does: (asset, check) each."""
    from retail_platform.transformation.definitions import defs

    keys = [
        key
        for key in defs.get_repository_def().asset_graph.asset_check_keys
        if (key.asset_key.path[-1], key.name) in checks
    ]
    assert len(keys) == len(checks)
    job = dg.define_asset_job("some_checks", selection=dg.AssetSelection.checks(*keys))
    resolved = dg.Definitions.merge(defs, dg.Definitions(jobs=[job])).resolve_job_def("some_checks")
    return resolved.execute_in_process(instance=built.instance, raise_on_error=False)


TOTALS = ("fct_sales", "control_totals_agree")
SAMPLED = ("fact_daily_sales", "sampled_day_equals_recomputation")
AUDITED = ("orders", "rows_match_load_audit")
LINES = ("fct_sales", "lines_add_up_to_orders")


def test_every_check_ran_and_passed_on_sound_data(built: Built) -> None:
    from retail_platform.transformation.definitions import defs

    keys = defs.get_repository_def().asset_graph.asset_check_keys
    latest = built.instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    assert {key for key in keys if key not in latest} == set()
    assert {key for key, record in latest.items() if record.status.value != "SUCCEEDED"} == set()
    names = {key.name for key in keys}
    assert {"volume_like_same_weekday", "quarantine_rate", "tablet_versions", TOTALS[1], SAMPLED[1]} <= names


def test_builds_tell_how_many_rows_there_are(built: Built) -> None:
    event = built.instance.get_latest_materialization_event(dg.AssetKey(["gold", "fct_sales"]))
    assert event and event.asset_materialization
    metadata = event.asset_materialization.metadata
    with connect(built.starrocks) as connection:
        assert metadata["dagster/row_count"].value == count_rows(connection, built.retail.gold, "fct_sales")
    assert "from `" in str(metadata["compiled_sql"].value)


def test_every_model_tells_the_columns_its_own_are_made_of(built: Built) -> None:
    from retail_platform.transformation.models import MANIFEST

    for node in MANIFEST["nodes"].values():
        if node["resource_type"] != "model":
            continue
        key = dg.AssetKey([node["config"]["schema"], node["name"]])
        event = built.instance.get_latest_materialization_event(key)
        assert event and event.asset_materialization, key
        lineage = event.asset_materialization.metadata["dagster/column_lineage"].value
        assert lineage.deps_by_column.keys() == node["columns"].keys(), key
        if node["name"] == "fact_daily_sales":
            fct = dg.AssetKey(["gold", "fct_sales"])
            assert {d.column_name for d in lineage.deps_by_column["net_amount"]} == {"is_cancelled", "net_amount"}
            assert {d.asset_key for deps in lineage.deps_by_column.values() for d in deps} == {fct}


def test_marts_equal_the_landing_files_to_the_cent(built: Built) -> None:
    with connect(built.starrocks) as connection:
        found = assert_marts_equal_files(connection, built.retail.gold, LandingZone(built.retail.landing_root), [*DAYS])
    assert sum(figures["returned"] for figures in found.values()) > 0
    assert any(figures["net"] != figures["net_usd"] for figures in found.values()), (
        "nothing was sold in another currency"
    )


def test_dbt_checks_without_their_models_are_the_full_test(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []
    started = DbtCliResource.cli

    def cli(dbt: DbtCliResource, args: list[str], **more: Any) -> Any:
        commands.append(args[0])
        return started(dbt, args, **more)

    monkeypatch.setattr(DbtCliResource, "cli", cli)
    result = _run_checks(built, ("fct_orders", "unique_fct_orders_order_id"))
    assert result.success
    assert commands == ["test"]
    assert built.check(result, "unique_fct_orders_order_id", "fct_orders").passed


def test_a_line_lost_in_the_mart_and_a_row_nobody_loaded_are_found(built: Built) -> None:
    gold, bronze = built.retail.gold, built.retail.bronze
    with connect(built.starrocks) as connection:
        lost = f"CREATE TABLE {quote_table(gold, 'kept')} AS SELECT * FROM {quote_table(gold, 'fct_sales')}"
        execute(connection, lost)
    day = DAYS[1]
    _statement(built, gold, "fct_sales", f"DELETE FROM {{table}} WHERE order_date = '{day}' AND line_number = 1")
    _statement(built, gold, "fact_daily_sales", f"DELETE FROM {{table}} WHERE order_date >= '{DAYS[0]}'")
    result = _run_checks(built, TOTALS, LINES)
    rule = _says_what_breaks_it(built, result)
    totals = built.check(result, TOTALS[1], TOTALS[0])
    assert not totals.passed
    assert totals.metadata["lines_missing"].value > 0
    assert str(day) in totals.metadata["summary"].value
    assert str(DAYS[0]) not in totals.metadata["summary"].value
    assert "fct_sales" in totals.metadata["sql"].value
    page = _published(built)
    _statement(
        built,
        bronze,
        "raw_orders",
        f"INSERT INTO {{table}} (order_id, dt, _load_id, _loaded_at) "
        f"VALUES ('O20261118-9999999', '{day}', 'smuggled', '{day} 10:00:00')",
    )
    assert "differ: fct_sales" in page
    assert escape(rule) in page and "invocation_id" not in page
    _only_what_the_marts_consumed_is_compared(built, day)
    result = _run_checks(built, TOTALS, AUDITED)
    assert not built.check(result, TOTALS[1], TOTALS[0]).passed
    audited = built.check(result, AUDITED[1], AUDITED[0])
    assert (audited.passed, audited.metadata["unaccounted_rows"].value) == (False, 1)
    assert "smuggled" in audited.metadata["examples"].value
    page = _published(built)
    assert "smuggled" in page and "differ: orders" in page
    # heal: the next build finds both, because partitions changed
    _statement(built, bronze, "raw_orders", "DELETE FROM {table} WHERE _load_id = 'smuggled'")
    _statement(built, gold, "fct_sales", f"DELETE FROM {{table}} WHERE order_date >= '{DAYS[0]}'")
    _statement(built, gold, "fct_sales", f"INSERT INTO {{table}} SELECT * FROM {quote_table(gold, 'kept')} "
               f"WHERE order_date >= '{DAYS[0]}'")  # fmt: skip
    assert built.run("build_marts").success
    with connect(built.starrocks) as connection:
        assert waiting(connection, built.retail) == Waiting()
    healed = _run_checks(built, TOTALS, SAMPLED, AUDITED)
    assert [evaluation.passed for evaluation in healed.get_asset_check_evaluations()] == [True, True, True]


def _says_what_breaks_it(built: Built, result: dg.ExecuteInProcessResult) -> str:
    """A dbt test tells its rule, how many rows break it, some of them and its SQL."""
    lines = built.check(result, LINES[1], LINES[0])
    assert not lines.passed
    summary, examples = (str(lines.metadata[name].value) for name in ("summary", "examples"))
    found = re.fullmatch(r"(Discount and shipping of the lines .*): broken by ([\d,]+) rows", summary)
    assert found, summary
    assert int(found[2].replace(",", "")) > 10
    assert re.search(r"^\| order_id \|.*\n.*---.*(\n\| O2026\d{4}-\d+ \|.*){10}$", examples), examples
    assert "fct_sales" in str(lines.metadata["sql"].value)
    return found[1]


def _only_what_the_marts_consumed_is_compared(built: Built, day: date) -> None:
    """Orders of a day whose raw rows have changed since wait for the next build; the others are compared."""
    with connect(built.starrocks) as connection:
        waits = waiting(connection, built.retail)
        assert waits == Waiting(days=(day,))
        compared = {one.day: one for one in sales_days(connection, built.retail, DAYS, waits)}
        everything = {one.day: one for one in sales_days(connection, built.retail, DAYS, Waiting())}
    assert not everything[day].agrees
    assert (compared[day].agrees, compared[day].raw.orders) == (True, 0)
    assert compared[DAYS[0]].agrees
    assert compared[DAYS[0]].raw.orders <= everything[DAYS[0]].raw.orders


def test_the_day_computed_anew_differs_when_a_row_is_missing(built: Built) -> None:
    from retail_platform.starrocks.connection import query
    from retail_platform.transformation.checks.sampled import difference_sql

    table = quote_table(built.retail.gold, "fact_daily_sales")
    with connect(built.starrocks) as connection:
        assert query(connection, difference_sql(built.retail, DAYS[1])) == []
        busiest = query(
            connection, f"SELECT * FROM {table} WHERE order_date = '{DAYS[1]}' ORDER BY orders DESC LIMIT 1"
        )
        where = "order_date = %s AND store_id = %s AND channel = %s AND currency = %s"
        names = ("order_date", "store_id", "channel", "currency")
        keys: list[Any] = [busiest[0][name] for name in names]
        execute(connection, f"DELETE FROM {table} WHERE {where}", keys)
        found = query(connection, difference_sql(built.retail, DAYS[1]))
        marks = ", ".join(["%s"] * len(busiest[0]))
        execute(connection, f"INSERT INTO {table} VALUES ({marks})", list(busiest[0].values()))
    assert [(row["store_id"], row["orders"]) for row in found] == [(keys[1], None)]
    assert found[0]["orders_expected"] == busiest[0]["orders"]


def _published(built: Built) -> str:
    assert built.run("publish_checks").success
    return (built.retail.home / "checks" / "index.html").read_text()


def test_page_is_one_document_with_every_check_and_day(built: Built) -> None:
    page = _published(built)
    assert not re.search(r'(src|href)="?(https?:)?//', page)
    assert "<script" not in page
    assert page.count("<summary><div") >= 30
    assert all(str(day) in page for day in DAYS)
    material = built.instance.get_latest_materialization_event(dg.AssetKey("checks_dashboard"))
    assert material and material.asset_materialization
    assert "Control totals: agree" in str(material.asset_materialization.metadata["summary"].value)


@pytest.mark.parametrize("width", [390, 1200])
def test_a_real_browser_shows_it_without_scrolling_sideways(built: Built, width: int, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if not browser:
        pytest.skip("no chromium or google-chrome on this machine")
    _published(built)
    page = built.retail.home / "checks" / "index.html"
    # the page in a frame of a phone's width (a headless window can't be that narrow), measured by a script around it
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<iframe id="f" src="{page.as_uri()}" style="width:{width}px;height:800px;border:0"></iframe><p id="o"></p>'
        "<script>f.onload=()=>{let d=f.contentDocument,e=d.documentElement;"
        "o.textContent=['W',e.scrollWidth,e.clientWidth,d.querySelectorAll('#matrix details').length,"
        "d.querySelectorAll('svg rect').length,getComputedStyle(d.querySelector('.cells')).display].join(' ')}</script>"
    )
    dumped = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
         f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000", "--dump-dom", frame.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    found = re.search(r"W (\d+) (\d+) (\d+) (\d+) (\w+)", dumped)
    assert found, dumped[-2000:]
    wide, room, assets, drawn = (int(found[place]) for place in range(1, 5))
    assert wide <= room <= width
    assert assets >= 30 and drawn >= 2
    assert found[5] == "grid"
