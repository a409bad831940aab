"""From the chart's `jobs` to the tag the launcher reads."""

from __future__ import annotations

import pytest
from dagster_k8s.job import get_user_defined_k8s_config

from retail_platform.deployment.job_config import kubernetes_tags
from retail_platform.settings import SettingsError
from tests.helm.chart import ci, named, objects


def test_the_charts_jobs_reach_the_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    env = named(objects(ci("production")), "ConfigMap", "-env")["data"]
    monkeypatch.setenv("RETAIL_JOB_K8S_CONFIG", env["RETAIL_JOB_K8S_CONFIG"])
    config = get_user_defined_k8s_config(kubernetes_tags("ingest_trading_day"))
    assert config.container_config["resources"]["limits"] == {"memory": "16Gi"}
    assert kubernetes_tags("build_marts") == {}


def test_without_the_variable_there_are_no_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RETAIL_JOB_K8S_CONFIG", raising=False)
    assert kubernetes_tags("ingest_trading_day") == {}


@pytest.mark.parametrize("wrong", ["{", "[]", '{"job": 1}'])
def test_nonsense_is_named(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETAIL_JOB_K8S_CONFIG", wrong)
    with pytest.raises(SettingsError, match="RETAIL_JOB_K8S_CONFIG"):
        kubernetes_tags("ingest_trading_day")
