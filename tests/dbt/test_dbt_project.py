"""The project as dbt parses it: documented throughout, published keys consumed, unsafe configurations refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_harness import PROJECT

MARTS = {
    "dim_customers", "dim_customers_history", "dim_products", "dim_stores", "dim_date", "fct_orders", "fct_sales",
    "fact_daily_sales", "agg_daily_sales", "agg_sales_by_category", "customer_metrics", "store_metrics",
    "product_metrics",
}  # fmt: skip


def _parse(project: Path, scratch: Path) -> Any:
    paths = ["--project-dir", str(project), "--profiles-dir", str(project)]
    paths += ["--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs")]
    return dbtRunner().invoke(["--quiet", "parse", "--no-partial-parse", *paths])


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    parsed = _parse(PROJECT, tmp_path_factory.mktemp("parse"))
    assert parsed.success, parsed.exception
    assert isinstance(parsed.result, Manifest)
    return parsed.result


def _models(manifest: Manifest) -> list[Any]:
    return [node for node in manifest.nodes.values() if node.resource_type == "model"]


def test_marts_are_there_under_their_names(manifest: Manifest) -> None:
    assert {node.name for node in _models(manifest) if node.schema.endswith("gold")} == MARTS


def test_layer_is_folder_is_schema_is_tag_is_group(manifest: Manifest) -> None:
    for node in _models(manifest):
        folder = node.fqn[1]
        assert node.config.meta["dagster"]["group"] == folder, node.name
        assert node.config.meta["dagster"]["owners"], node.name
        layer = "gold" if folder == "marts" else "silver"
        assert layer in node.tags and folder in node.tags, node.name
        assert node.schema.endswith(layer), node.name


def test_everything_is_described(manifest: Manifest) -> None:
    missing = [node.name for node in _models(manifest) if not node.description]
    for node in _models(manifest):
        missing += [f"{node.name}.{column.name}" for column in node.columns.values() if not column.description]
        missing += [f"{node.name} has no columns"] if not node.columns else []
    missing += [
        macro.name for macro in manifest.macros.values() if macro.package_name == "retail" and _unexplained(macro)
    ]
    assert not missing


def _unexplained(macro: Any) -> bool:
    """Neither described in the yml nor explained where it is written (its first lines, or those of its file)."""
    source = (PROJECT / macro.original_file_path).read_text()
    return not macro.description and not source.lstrip().startswith("{#")


def test_every_model_is_tested(manifest: Manifest) -> None:
    tested = {
        parent for node in manifest.nodes.values() if node.resource_type == "test" for parent in node.depends_on.nodes
    }
    assert not [node.name for node in _models(manifest) if node.unique_id not in tested]


def test_published_keys_are_consumed_and_consumed_keys_published(manifest: Manifest) -> None:
    published = {
        (node.name, target["to"]) for node in _models(manifest) for target in node.config.meta.get("publish", [])
    }
    consumed = {
        (producer, node.name)
        for node in _models(manifest)
        for producer in re.findall(r"changed_keys\(build, ref\('([a-z_]+)'\)\)", node.raw_code)
    }
    assert published == consumed


def test_tests_with_two_parents_say_which_asset_they_check(manifest: Manifest) -> None:
    for node in manifest.nodes.values():
        if node.resource_type == "test" and not hasattr(node, "test_metadata") and len(node.depends_on.nodes) > 1:
            assert node.config.meta["dagster"]["ref"]["name"], node.name


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("incremental_strategy='insert_overwrite'", "replaces the whole table"),
        ("incremental_strategy='dynamic_overwrite'", "set partition_by"),
        (
            "incremental_strategy='microbatch', event_time='d', batch_size='day', begin='2026-01-01'",
            "microbatch_use_dynamic_overwrite",
        ),
    ],
)
def test_configurations_that_overwrite_tables_are_refused_at_parse(config: str, message: str, tmp_path: Path) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    (project / "models/marts/unsafe.sql").write_text(
        f"{{{{ config(materialized='incremental', {config}) }}}}\nselect 1 as d\n"
    )
    parsed = _parse(project, tmp_path)
    assert not parsed.success
    assert "unsafe" in str(parsed.exception)
    assert message in str(parsed.exception)


def test_a_keyed_model_without_key_is_refused(tmp_path: Path) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    (project / "models/marts/unsafe.sql").write_text("{{ config(materialized='keyed') }}\nselect 1 as d\n")
    parsed = _parse(project, tmp_path)
    assert not parsed.success
    assert "needs unique_key" in str(parsed.exception)
