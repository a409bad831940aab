"""The dbt project parsed in a process: its manifest is written, what was parsed is kept, a mistake is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from dagster_dbt import DbtProject

from retail_platform.transformation import dbt_parse
from retail_platform.transformation.dbt_project import manifest_is_current
from tests.conftest import Platform

DBT = Path(__file__).parents[2] / "dbt"


@pytest.fixture
def project(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DbtProject:
    """A copy without anything parsed, in a process that has parsed nothing yet."""
    monkeypatch.setattr(dbt_parse, "_parsed", {})
    shutil.copytree(DBT, tmp_path / "dbt", ignore=shutil.ignore_patterns("target", "logs"))
    return DbtProject(project_dir=tmp_path / "dbt", profiles_dir=tmp_path / "dbt")


def test_a_missing_manifest_is_written_and_what_was_parsed_is_kept(project: DbtProject) -> None:
    directory = Path(project.project_dir)
    assert not manifest_is_current(directory)
    dbt_parse.write_manifest(project)
    assert manifest_is_current(directory)
    written = json.loads((directory / "target" / "manifest.json").read_text())
    kept = dbt_parse.parse_project(project)
    assert set(kept.nodes) == set(written["nodes"])
    assert dbt_parse.parse_project(project) is kept


def test_a_mistake_is_named_with_its_place(project: DbtProject) -> None:
    broken = Path(project.project_dir) / "models" / "broken.sql"
    broken.write_text("select * from {{ ref('no_such_model') }}")
    with pytest.raises(dbt_parse.ProjectError, match="no_such_model"):
        dbt_parse.write_manifest(project)
    assert not manifest_is_current(Path(project.project_dir))
