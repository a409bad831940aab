"""Files made from others are current, and dagster.yaml says the same in every mode."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import chart_readme
import instance_config
import pytest
import yaml
from chart import CHART, CI_FILES, ROOT, ci, named, objects
from dagster._core.instance.config import dagster_instance_config

# What differs between the modes on purpose.
OF_THE_MODE = {"storage", "run_launcher", "compute_logs", "code_servers", "python_logs"}


def test_chart_readme_is_current() -> None:
    assert (CHART / "README.md").read_text() == chart_readme.readme(), "run python deploy/chart_readme.py"


def test_a_value_without_comment_is_named() -> None:
    with pytest.raises(chart_readme.Undocumented, match=r"image\.tag has no comment"):
        chart_readme.table("image:\n  # -- Repository.\n  repository: x\n\n  tag: y\n")


@pytest.mark.parametrize("mode", instance_config.TARGETS)
def test_instance_files_are_current(mode: str) -> None:
    assert instance_config.TARGETS[mode].read_text() == instance_config.render(mode), (
        "run python deploy/instance_config.py"
    )


def test_package_image_and_chart_have_one_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == version
    assert f"ARG VERSION={version}\n" in (ROOT / "Dockerfile").read_text()
    compose = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"retail-(?:platform|superset):([\d.]+)", compose)) == {version}


def _modes() -> dict[str, dict[str, Any]]:
    kubernetes = named(objects(ci("trial")), "ConfigMap", "-instance")["data"]["dagster.yaml"]
    return {
        "laptop": yaml.safe_load((ROOT / "dagster.yaml").read_text()),
        "compose": yaml.safe_load(instance_config.TARGETS["compose"].read_text()),
        "kubernetes": yaml.safe_load(kubernetes),
    }


def test_the_laptops_file_is_the_template() -> None:
    assert _modes()["laptop"] == yaml.safe_load(instance_config.render("laptop"))


def test_modes_have_the_same_sections() -> None:
    sections = {mode: config.keys() - OF_THE_MODE for mode, config in _modes().items()}
    assert sections["laptop"] == sections["compose"] == sections["kubernetes"]
    for mode, config in _modes().items():
        assert config["telemetry"] == {"enabled": False}, mode
        assert config["freshness"] == {"enabled": True}, mode
        assert config["concurrency"]["pools"] == {"default_limit": 1, "granularity": "op"}, mode


@pytest.mark.parametrize("values", CI_FILES, ids=lambda p: p.name.removesuffix("-values.yaml"))
def test_dagster_accepts_the_instance_of(values: Path, tmp_path: Path) -> None:
    found = [o for o in objects(values) if o["metadata"]["name"].endswith("-instance")]
    for config_map in found:
        _accept(config_map["data"]["dagster.yaml"], tmp_path)


def test_dagster_accepts_composes_instance(tmp_path: Path) -> None:
    _accept(instance_config.TARGETS["compose"].read_text(), tmp_path)


def _accept(text: str, directory: Path) -> None:
    (directory / "dagster.yaml").write_text(text)
    config, _ = dagster_instance_config(str(directory))  # raises on what it doesn't know
    database = config["storage"]["postgres"]["postgres_db"]
    assert database["scheme"] == "postgresql+psycopg2"
    assert database["password"] == {"env": "DAGSTER_PG_PASSWORD"}
