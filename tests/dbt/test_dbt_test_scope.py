"""Tests of a build look at the days that changed, and at no day less than that."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from dbt_harness import BuildFailed, Project
from small_retailer import FIRST, day, order

from retail_platform.starrocks.connection import execute, quote_table

pytestmark = [pytest.mark.first, pytest.mark.timeout(600)]

BUILD = ("build", "--exclude-resource-type", "unit_test")
ORDERS = (*BUILD, "--select", "fct_orders", "fct_sales", "int_stores_history")
STATUS = "accepted_values_fct_orders_status__placed__paid__shipped__delivered__cancelled__returned"
LATE, EARLY = 4, 1


def _days(results: list[Any]) -> dict[str, set[int] | None]:
    """Days each test looked at, by number; None for a test of everything."""
    found: dict[str, set[int] | None] = {}
    for result in results:
        if result.node.resource_type != "test":
            continue
        scopes = re.findall(r"where (?:dt|order_date) in \(([^)]*)\)", result.node.compiled_code)
        named = {n for n in range(9) for scope in scopes if str(FIRST + timedelta(days=n)) in scope}
        found[result.node.name] = named if scopes or "where false" in result.node.compiled_code else None
    return found


def _status(results: list[Any], name: str) -> str:
    return next(str(result.status) for result in results if result.node.name == name)


def test_builds_test_what_changed_and_stay_red_until_it_is_right(project: Project) -> None:
    for number in range(LATE):
        project.load_day(number)
    project.run()
    first = _days(project.dbt(*ORDERS))
    assert first["lines_add_up_to_orders"] is None  # nothing was tested before: everything is

    project.load_day(LATE)
    project.run("--exclude", "dim_date", "staging")
    scoped = _days(project.dbt(*ORDERS))
    for name in ("unique_fct_orders_order_id", "lines_add_up_to_orders", "fct_sales_not_null"):
        assert scoped[name] == {LATE}, name
    assert scoped["periods_connect_int_stores_history_store_id"] == set()  # nothing in it changed

    # an old day loses a line behind dbt's back: found by the next build, and by the one after it
    sales = quote_table(project.platform.retail.gold, "fct_sales")
    kept = quote_table(project.platform.retail.gold, "kept_lines")
    gone = f"order_date = '{day(EARLY)}' AND line_number = 1"
    execute(project.connection, f"CREATE TABLE {kept} AS SELECT * FROM {sales} WHERE {gone}")
    execute(project.connection, f"DELETE FROM {sales} WHERE {gone}")
    for _ in range(2):
        with pytest.raises(BuildFailed, match="lines_add_up_to_orders"):
            project.dbt(*ORDERS)
    execute(project.connection, f"INSERT INTO {sales} SELECT * FROM {kept}")
    assert EARLY in (_days(project.dbt(*ORDERS))["lines_add_up_to_orders"] or set())
    assert _days(project.dbt(*ORDERS))["lines_add_up_to_orders"] == set()

    # `dbt test` is the full test
    full = _days(project.dbt("test", "--select", "lines_add_up_to_orders", "unique_fct_orders_order_id"))
    assert full == {"lines_add_up_to_orders": None, "unique_fct_orders_order_id": None}

    # one test for all columns that must be there finds each of them empty
    orders = quote_table(project.platform.retail.gold, "fct_orders")
    for column in ("store_id", "line_count"):
        execute(project.connection, f"UPDATE {orders} SET {column} = NULL WHERE order_date = '{day(EARLY)}'")
        with pytest.raises(BuildFailed, match="fct_orders_not_null"):
            project.dbt("test", "--select", "fct_orders_not_null")
        project.run("--full-refresh", "--select", "fct_orders")
        project.dbt("test", "--select", "fct_orders_not_null")


@pytest.mark.slow
def test_every_kind_of_test_is_limited(project: Project) -> None:
    for number in range(2):
        project.load_day(number)
    project.dbt(*BUILD)
    project.load_day(2)
    scoped = _days(project.dbt(*BUILD))
    limited = ("stg_orders_not_null", "days_add_up_to_lines", "aggregates_agree", "rows_before_their_order")
    for name in (*limited, "raw_order_items_not_null"):
        assert scoped[name] == {2}, name
    assert scoped["unique_dim_customers_customer_id"] == set()


@pytest.mark.slow
def test_a_warning_stays_while_its_row_does(project: Project) -> None:
    for number in range(2):
        project.load_day(number)
    project.run()
    project.dbt(*ORDERS)
    project.load("orders", day(0), [order(0, n, n % 3, 0, "teleported" if n == 0 else "placed") for n in range(4)])
    project.run("--exclude", "dim_date", "staging")
    assert _status(project.dbt(*ORDERS), STATUS) == "warn"
    project.load_day(2)
    project.run("--exclude", "dim_date", "staging")
    assert _status(project.dbt(*ORDERS), STATUS) == "warn"
    project.load_day(0)
    project.run("--exclude", "dim_date", "staging")
    assert _status(project.dbt(*ORDERS), STATUS) == "pass"
    assert _days(project.dbt(*ORDERS))[STATUS] == set()


@pytest.mark.slow
def test_without_the_fingerprint_of_its_tests_a_table_is_tested_whole(project: Project) -> None:
    project.load_day(0)
    project.run()
    project.dbt(*ORDERS)
    state = quote_table(project.platform.retail.silver, "build_state")
    mine = "model = '#tests fct_orders' AND source_table"
    execute(project.connection, f"UPDATE {state} SET visible_version = 0 WHERE {mine} <> '#code'")
    assert _days(project.dbt(*ORDERS))["unique_fct_orders_order_id"] == {0}
    execute(project.connection, f"DELETE FROM {state} WHERE {mine} = '#code'")
    assert _days(project.dbt(*ORDERS))["unique_fct_orders_order_id"] is None
    assert _days(project.dbt(*ORDERS))["unique_fct_orders_order_id"] == set()
