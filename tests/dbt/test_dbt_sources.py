"""The dbt sources say what the contracts say: same columns, same order, same words."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from dbt_harness import PROJECT

from retail_platform.contracts import CONTRACTS, Contract
from retail_platform.settings import RetailSettings
from retail_platform.starrocks import ddl

SOURCES = yaml.safe_load((PROJECT / "models/staging/_sources.yml").read_text())["sources"]
TABLES = {table["name"]: table for table in SOURCES[0]["tables"]}


def _columns(table: dict[str, Any]) -> list[tuple[str, str]]:
    return [(column["name"], column["description"]) for column in table["columns"]]


def test_one_source_called_raw() -> None:
    assert [source["name"] for source in SOURCES] == ["raw"]
    assert set(TABLES) == {contract.name for contract in CONTRACTS} | {"load_audit", "rejected_rows", "defect_ledger"}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_source_follows_its_contract(contract: Contract) -> None:
    table = TABLES[contract.name]
    expected = [(name, comment) for name, _, comment in ddl.raw_table_columns(contract)]
    assert _columns(table) == expected
    assert table["identifier"] == contract.table
    assert table["description"] == contract.description
    dagster = table["config"]["meta"]["dagster"]
    assert dagster["asset_key"] == ["raw", contract.name]
    assert dagster["owners"] == [contract.owner]


@pytest.mark.parametrize("name", ["load_audit", "rejected_rows", "defect_ledger"])
def test_platform_tables_are_sources_with_the_columns_they_have(name: str) -> None:
    statements = ddl.schema_statements(RetailSettings(_env_file=None))
    statement = next(text for text in statements if f"`raw_{name}`" in text)
    for column, _ in _columns(TABLES[name]):
        assert f"`{column}` " in statement
    assert statement.count("COMMENT") == len(TABLES[name]["columns"]) + 1


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_staging_view_has_every_column_of_the_contract(contract: Contract) -> None:
    models = yaml.safe_load((PROJECT / "models/staging/_staging.yml").read_text())["models"]
    view = next(model for model in models if model["name"] == f"stg_{contract.name}")
    described = {column["name"]: column["description"] for column in view["columns"]}
    assert {name: described.get(name) for name in contract.column_names} == {
        c.name: c.description for c in contract.columns
    }
    sql = (PROJECT / f"models/staging/stg_{contract.name}.sql").read_text()
    assert all(f"'{name}':" in sql for name in contract.column_names)
