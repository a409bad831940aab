"""What a dbt test that doesn't pass says, and that nothing unsaid fails the build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from retail_platform.transformation.dbt_findings import DbtFindings, compiled_file, rule_of
from retail_platform.transformation.models import MANIFEST
from tests.conftest import Platform

TESTS = {node["name"]: node for node in MANIFEST["nodes"].values() if node["resource_type"] == "test"}
KNOWS = TESTS["fct_sales_knows_the_customer"]


@pytest.fixture
def findings(platform: Platform, tmp_path: Path) -> DbtFindings:
    return DbtFindings(dg.build_asset_context(), MANIFEST, tmp_path)  # type: ignore[arg-type]


def _failed(node: dict[str, Any], rows: int | None = 12) -> dg.AssetCheckResult:
    metadata = {"unique_id": node["unique_id"], **({} if rows is None else {"dagster_dbt/failed_row_count": rows})}
    return dg.AssetCheckResult(passed=False, asset_key="fct_sales", check_name="c", metadata=metadata)


def _compiled(target: Path, node: dict[str, Any], sql: str) -> None:
    file = compiled_file(target, node)
    file.parent.mkdir(parents=True)
    file.write_text(sql)


def _told(event: Any) -> dict[str, str]:
    return {name: str(value.value) for name, value in event.metadata.items()}


def test_rule_rows_and_sql_are_told(findings: DbtFindings, tmp_path: Path) -> None:
    _compiled(tmp_path, KNOWS, "with n as (select 1 as a, 'x|y' as b union all select 2, null) select * from n")
    event = findings.complete(_failed(KNOWS))
    told = _told(event)
    assert event.description == told["summary"]
    assert told["summary"] == "customer_id is null or customer_key is not null: broken by 12 rows"
    head, line, *rows = told["examples"].splitlines()
    assert (head, set(line)) == ("| a | b |", set("| -"))
    assert sorted(rows) == ["| 1 | x\\|y |", "| 2 |  |"]
    assert told["sql"].startswith("```sql\nwith n as")
    assert told["unique_id"] == KNOWS["unique_id"]


def test_sql_that_fails_leaves_the_rows_out(
    findings: DbtFindings, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    _compiled(tmp_path, KNOWS, "select * from nowhere.at_all")
    told = _told(findings.complete(_failed(KNOWS)))
    assert "examples" not in told
    assert "nowhere.at_all" in told["sql"]
    assert "its rows can't be shown" in caplog.text + capfd.readouterr().err


def test_missing_sql_is_a_warning(
    findings: DbtFindings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert set(_told(findings.complete(_failed(KNOWS)))) == {"unique_id", "dagster_dbt/failed_row_count", "summary"}
    assert "its compiled SQL can't be read" in caplog.text + capfd.readouterr().err


def test_a_test_that_broke_says_so(findings: DbtFindings) -> None:
    told = _told(findings.complete(_failed(KNOWS, rows=None)))
    assert told["summary"] == "customer_id is null or customer_key is not null: could not be tested"


def test_what_passes_stays_as_it_is(findings: DbtFindings) -> None:
    passed = _failed(KNOWS)._replace(passed=True)
    assert findings.complete(passed) is passed


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("unique_key_stg_stores_store_id__dt", "no combination of store_id, dt comes twice"),
        ("int_product_daily_sales_not_null", "none of order_date, product_id, category, subcategory is empty"),
        ("relationships_fct_orders_store_id__store_id__ref_dim_stores_", "store_id is known to dim_stores.store_id"),
        ("calendar_is_complete", "Eight years have all their days, and every fiscal year has 52 or 53 whole weeks"),
    ],
)
def test_rules_are_said_in_words(name: str, rule: str) -> None:
    assert rule_of(TESTS[name]) == rule


def test_every_test_of_the_project_has_words_for_its_rule() -> None:
    wordless = [name for name, node in TESTS.items() if rule_of(node) == name or "{" in rule_of(node)]
    assert not wordless
