"""What single builds do: nothing when nothing changed, only what changed otherwise, and no harm when they fail."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import dbt_harness
import pytest
from dbt_harness import PROJECT, BuildFailed, Project
from small_retailer import customer, day, lines, order, product, rate

from retail_platform.starrocks.connection import execute, query, quote_table

pytestmark = [pytest.mark.first, pytest.mark.timeout(600)]


@pytest.fixture
def built(project: Project) -> Project:
    """Three days, loaded and built."""
    for number in range(3):
        project.load_day(number)
    project.run()
    return project


def _variant(project: Project, scratch: Path, file: str, change: Callable[[str], str]) -> Project:
    """The same databases seen by a copy of the dbt project with one file changed."""
    copy = scratch / "changed"
    if not copy.exists():
        shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs"))
    path = copy / file
    before = path.read_text()
    after = change(before)
    assert after != before
    path.write_text(after)
    return Project(project.platform, scratch / "other", copy)


def test_every_test_of_the_project_passes(built: Project) -> None:
    results = built.dbt("build")
    assert {str(result.status) for result in results} <= {"pass", "success", "no-op"}
    assert sum(1 for result in results if result.node.resource_type == "unit_test") >= 3


def test_nothing_changed_means_nothing_written_and_equal_rows_go_no_further(built: Project) -> None:
    before = built.versions()
    codes = built.run()
    assert built.versions() == before
    assert {code for name, code in codes.items() if not name.startswith("retail-")} == {"unchanged"}
    built.load_day(1)
    built.run()
    assert built.versions() == before


def test_late_price_correction_touches_its_days_only(built: Project) -> None:
    for number in range(2, 5):
        built.load_day(number)
        built.load("products", day(number), [product(n, 2 if n == 1 else 0, 2) for n in range(3)])
    built.run()
    before = built.versions()
    built.load("products", day(1), [product(n, 1 if n == 1 else 0, 1) for n in range(3)])
    built.run()
    after = built.versions()
    changed = {name for name in after if before.get(name) != after[name] and name[0] == "fct_sales"}
    assert changed == {("fct_sales", f"p{day(1):%Y%m%d}")}
    expected = ["7.01", "8.01", "9.01", "9.01", "9.01"]
    assert dict(_costs(built, "P000001")) == {day(number): Decimal(cost) for number, cost in enumerate(expected)}
    _no_scratch_table_is_left(built)


def _no_scratch_table_is_left(project: Project) -> None:
    retail = project.platform.retail
    sql = "SELECT table_name AS t FROM information_schema.tables WHERE table_schema IN (%s, %s)"
    names = {row["t"] for row in query(project.connection, sql, [retail.silver, retail.gold])}
    assert not [name for name in names if "__" in name]
    assert names >= set(dbt_harness.TABLES)


def _costs(project: Project, product_id: str) -> list[tuple[Any, ...]]:
    table = quote_table(project.platform.retail.gold, "fct_sales")
    cost = "max(cost_amount_usd / quantity) AS c"
    sql = f"SELECT order_date, {cost} FROM {table} WHERE product_id = %s GROUP BY order_date"
    return [
        (row["order_date"], Decimal(row["c"]).quantize(Decimal("0.01")))
        for row in query(project.connection, sql, [product_id])
    ]


def test_order_without_its_day_is_kept_and_completed_later(project: Project) -> None:
    for number in range(1, 3):
        project.load_day(number)
    project.load("orders", day(1), [order(0, 1, 1, 1, "paid")])
    project.run()
    kept = {row[0]: row[9] for row in project.rows("fct_orders")}
    assert kept[order(0, 1, 1, 1, "paid")["order_id"]] == 0
    project.load_day(0)
    project.run()
    completed = {row[0]: (row[5], row[9]) for row in project.rows("fct_orders")}
    assert completed[order(0, 1, 1, 1, "paid")["order_id"]] == ("paid", 3)


def _keys_of_old_order(project: Project, order_id: str) -> dict[str, Any]:
    table = quote_table(project.platform.retail.gold, "fct_sales")
    columns = "customer_key, product_key, rate_day, net_amount_usd IS NULL AS worthless"
    return query(project.connection, f"SELECT {columns} FROM {table} WHERE order_id = %s LIMIT 1", [order_id])[0]


def test_orders_older_than_history_meet_the_first_known_versions(project: Project) -> None:
    project.load_day(3)
    project.load("orders", day(3), [order(0, 1, 1, 3, "returned")])
    project.load("order_items", day(3), lines(0, 1, 1, 3, returned=1)[:1])
    project.run()
    old = order(0, 1, 1, 3, "returned")["order_id"]
    assert _keys_of_old_order(project, old) == {
        "customer_key": f"C000000001@{day(3)}", "product_key": f"P000002@{day(3)}", "rate_day": day(3), "worthless": 0,
    }  # fmt: skip
    # only one of its lines is known, so its total can't add up to them: that is nobody's mistake
    warned = {r.node.name for r in project.dbt("test", "--select", "fct_orders", "fct_sales") if r.status == "warn"}
    assert not warned & {"fct_orders_total_adds_up", "fct_sales_knows_the_customer"}
    # an earlier day comes late: now that one is the first, and the old order moves to it
    project.load("customers", day(1), [customer(1, 2, 1)])
    project.load("exchange_rates", day(2), [rate("EUR", 2, 2)])
    project.run()
    moved = _keys_of_old_order(project, old)
    assert (moved["customer_key"], moved["rate_day"]) == (f"C000000001@{day(1)}", day(2))
    # and back again when that day turns out to be a mistake
    project.load("customers", day(1), [])
    project.run()
    assert _keys_of_old_order(project, old)["customer_key"] == f"C000000001@{day(3)}"
    incremental = project.everything()
    project.run("--full-refresh", "--exclude", "dim_date")
    assert project.everything() == incremental


def test_deleted_day_leaves_the_marts(built: Project) -> None:
    for feed in ("orders", "order_items"):
        table = quote_table(built.platform.retail.bronze, f"raw_{feed}")
        execute(built.connection, f"DELETE FROM {table} WHERE dt = '{day(1)}'")
    built.run()
    assert {row[0] for row in built.rows("agg_daily_sales")} == {day(0), day(2)}


def test_unreadable_values_are_named_not_lost(project: Project) -> None:
    row = order(0, 1, 1, 0, "placed") | {"total_amount": "12,50", "ordered_at": "yesterday", "discount_amount": ""}
    project.load("orders", day(0), [row])
    project.run("--select", "stg_orders")
    table = quote_table(project.platform.retail.silver, "stg_orders")
    found = query(project.connection, f"SELECT _invalid_columns, total_amount, discount_amount FROM {table}")
    assert found == [{"_invalid_columns": "total_amount,ordered_at", "total_amount": None, "discount_amount": None}]


def test_unknown_status_is_kept_and_reported(built: Project) -> None:
    built.load("orders", day(2), [order(2, 0, 0, 2, "teleported")])
    built.run()
    assert "teleported" in {row[5] for row in built.rows("fct_orders")}
    reported = {r.node.name: str(r.status) for r in built.dbt("test", "--select", "fct_orders")}
    assert [name for name, status in reported.items() if status == "warn" and "status" in name]


@pytest.mark.slow
def test_broken_contract_fails_before_anything_is_replaced(built: Project, tmp_path: Path) -> None:
    before = built.rows("dim_stores")

    def retype(text: str) -> str:
        at = text.index("name: version_count", text.index("name: dim_stores"))
        return text[:at] + text[at:].replace("data_type: int", "data_type: date", 1)

    other = _variant(built, tmp_path, "models/marts/_marts.yml", retype)
    with pytest.raises(BuildFailed, match="version_count is declared date but is int"):
        other.run("--select", "dim_stores")
    assert built.rows("dim_stores") == before


@pytest.mark.slow
def test_duplicate_keys_fail_instead_of_losing_rows(built: Project, tmp_path: Path) -> None:
    before = built.rows("dim_stores")
    twice = "from (select * from history union all select * from history) as history\n    join seen"
    other = _variant(
        built, tmp_path, "models/marts/dim_stores.sql", lambda text: text.replace("from history\n    join seen", twice)
    )
    with pytest.raises(BuildFailed, match="more than once"):
        other.run("--select", "dim_stores")
    assert built.rows("dim_stores") == before
    assert built.run("--select", "dim_stores")["dim_stores"] == "unchanged"


def test_failed_build_is_done_again(built: Project, tmp_path: Path) -> None:
    built.load_day(3)
    other = _variant(
        built,
        tmp_path,
        "macros/build/remember.sql",
        lambda text: text.replace(
            "{%- if full -%}", "{{ exceptions.raise_compiler_error('killed') }}{%- if full -%}", 1
        ),
    )
    with pytest.raises(BuildFailed, match="killed"):
        other.run()
    built.run()
    incremental = built.everything()
    built.run("--full-refresh")
    assert built.everything() == incremental


@pytest.mark.slow
def test_changed_sql_rebuilds_the_model_in_full(built: Project, tmp_path: Path) -> None:
    other = _variant(
        built,
        tmp_path,
        "models/marts/dim_stores.sql",
        lambda text: text.replace("history.name", "upper(history.name) as name", 1),
    )
    other.run("--select", "dim_stores")
    assert {row[2] for row in built.rows("dim_stores")} == {"STORE 0", "STORE 1"}
