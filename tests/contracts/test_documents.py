"""Contracts as Open Data Contract Standard files, and what a change means."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from retail_platform.cli import main
from retail_platform.contracts import CONTRACTS, contract_for
from retail_platform.contracts.odcs import compare, to_document

ORDERS = to_document(contract_for("orders"))


def changed(**fields: Any) -> dict[str, Any]:
    document = copy.deepcopy(ORDERS)
    entry = next(p for p in document["schema"][0]["properties"] if p["name"] == "channel")
    entry.update(fields)
    return document


def test_every_contract_is_exported_whole(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["contracts", "export", "--out", str(tmp_path)]).exit_code == 0
    for contract in CONTRACTS:
        document = yaml.safe_load((tmp_path / f"{contract.name}.yaml").read_text())
        assert document == to_document(contract)
        assert document["kind"] == "DataContract"
        properties = document["schema"][0]["properties"]
        assert [p["name"] for p in properties] == list(contract.column_names)
        assert [p["required"] for p in properties] == [not c.nullable for c in contract.columns]
        assert all(p["description"] for p in properties)
        keys = sorted((p["primaryKeyPosition"], p["name"]) for p in properties if p.get("primaryKey"))
        assert tuple(name for _, name in keys) == contract.key
    assert "nothing changed" in CliRunner().invoke(main, ["contracts", "diff", str(tmp_path)]).output


def test_rules_between_columns_are_told_with_their_action() -> None:
    quality = to_document(contract_for("order_items"))["schema"][0]["quality"]
    assert {(q["name"], q["implementation"]) for q in quality} == {
        ("line_amount_adds_up", "quarantine"), ("returned_at_most_sold", "quarantine"),
    }  # fmt: skip
    assert all(q["description"] for q in quality)


@pytest.mark.parametrize(
    ("new", "breaking"),
    [
        (changed(logicalType="integer"), True),
        (changed(required=False), True),
        (changed(description="Other words."), False),
        (changed(quality=[{"validValues": ["store", "web", "app", "fax"]}]), True),
        (changed(quality=[{"validValues": ["store", "web"]}]), False),
        (changed(logicalTypeOptions={"maxLength": 3}), True),
        (changed(name="medium"), True),
    ],
)
def test_what_breaks_a_reader(new: dict[str, Any], breaking: bool) -> None:
    changes = compare(ORDERS, new)
    assert changes
    assert any(change.breaking for change in changes) == breaking


def test_a_new_column_breaks_nobody_and_status_tells(tmp_path: Path) -> None:
    run = CliRunner()
    run.invoke(main, ["contracts", "export", "--out", str(tmp_path)])
    path = tmp_path / "orders.yaml"
    document = yaml.safe_load(path.read_text())
    gone = document["schema"][0]["properties"].pop()
    path.write_text(yaml.safe_dump(document))
    added = run.invoke(main, ["contracts", "diff", str(tmp_path)])
    assert (added.exit_code, added.output.strip()) == (0, f"compatible: orders: column {gone['name']} is new")
    document["schema"][0]["properties"].append({**gone, "name": "former"})
    path.write_text(yaml.safe_dump(document))
    removed = run.invoke(main, ["contracts", "diff", str(tmp_path)])
    assert removed.exit_code == 1
    assert "breaking: orders: column former is gone" in removed.output
