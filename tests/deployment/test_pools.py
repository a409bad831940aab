"""Pools have their limit before their first use, and keep one that somebody chose."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
import yaml
from click.testing import CliRunner

from retail_platform.cli.instance import POOLS
from retail_platform.cli.pools import limit_pools_command
from tests.helm.chart import ROOT, ci, named, objects


def _instance(home: Path, monkeypatch: pytest.MonkeyPatch, pools: dict[str, object]) -> None:
    (home / "dagster.yaml").write_text(yaml.safe_dump({"concurrency": {"pools": pools}} if pools else {}))
    monkeypatch.setenv("DAGSTER_HOME", str(home))


def _run() -> str:
    result = CliRunner().invoke(limit_pools_command)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_default_holds_before_the_first_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _instance(tmp_path, monkeypatch, {"default_limit": 2})
    assert _run() == "pool starrocks_load: 2 steps at a time\npool dbt: 2 steps at a time\n"
    with dg.DagsterInstance.get() as instance:
        assert set(POOLS) <= instance.event_log_storage.get_concurrency_keys()
        instance.event_log_storage.set_concurrency_slots("dbt", 3)
    _instance(tmp_path, monkeypatch, {"default_limit": 4})
    assert _run() == "pool starrocks_load: 4 steps at a time\npool dbt: 3 steps at a time\n"


def test_without_a_default_it_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _instance(tmp_path, monkeypatch, {})
    assert "starrocks_load: 1 step at a time" in _run()


def test_without_an_instance_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    result = CliRunner().invoke(limit_pools_command)
    assert result.exit_code == 1
    assert result.output.startswith("Error: DAGSTER_HOME isn't set")


def test_compose_and_chart_limit_before_the_daemon_starts() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["daemon"]["command"]
    assert compose[-1].startswith("retail-platform limit-pools && exec dagster-daemon run")
    spec = named(objects(ci("trial")), "Deployment", "-daemon")["spec"]["template"]["spec"]
    waits, first = spec["initContainers"]
    assert waits["name"] == "wait-for-instance"
    assert first["args"] == ["retail-platform", "limit-pools"]
    assert {v["name"] for v in first["env"]} == {v["name"] for v in spec["containers"][0]["env"]}
    assert first["volumeMounts"] == [m for m in spec["containers"][0]["volumeMounts"] if m["name"] != "workspace"]
