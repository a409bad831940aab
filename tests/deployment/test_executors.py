"""Which executor the jobs have, by setting, and who has the last word on its configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator

import dagster as dg
import pytest

from retail_platform.executors import step_executor
from retail_platform.settings import SettingsError, retail_settings


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    retail_settings.cache_clear()
    yield
    retail_settings.cache_clear()


def _k8s(monkeypatch: pytest.MonkeyPatch, **config: object) -> dg.ExecutorDefinition:
    monkeypatch.setenv("RETAIL_EXECUTOR", "k8s")
    monkeypatch.setenv("RETAIL_EXECUTOR_CONFIG", json.dumps(config))
    return step_executor()


def _resolved(executor: dg.ExecutorDefinition, **said: object) -> dict[str, object]:
    @dg.job(executor_def=executor)
    def anything() -> None: ...

    return dict(dg.validate_run_config(anything, {"execution": {"config": said}})["execution"]["k8s"])


def test_one_process_unless_told_otherwise() -> None:
    assert step_executor() is dg.in_process_executor


def test_a_run_overrides_the_setting_and_only_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {"load_trading_day": {"container_config": {"resources": {"limits": {"memory": "1Gi"}}}}}
    executor = _k8s(monkeypatch, max_concurrent=4, per_step_k8s_config=steps)
    given = executor.apply_config_mapping
    merged = given({"config": _resolved(executor)}).value["config"]
    assert merged["max_concurrent"] == 4
    assert merged["per_step_k8s_config"]["load_trading_day"]["container_config"]["resources"]["limits"] == {
        "memory": "1Gi"
    }
    assert given({"config": _resolved(executor, max_concurrent=2)}).value["config"]["max_concurrent"] == 2


def test_unknown_words_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"RETAIL_EXECUTOR_CONFIG: concurrency is nothing .*max_concurrent"):
        _k8s(monkeypatch, concurrency=4)
    monkeypatch.setenv("RETAIL_EXECUTOR", "celery")
    retail_settings.cache_clear()
    with pytest.raises(SettingsError, match="RETAIL_EXECUTOR"):
        step_executor()
