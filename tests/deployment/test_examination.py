"""doctor's own logic: running checks, waiting, telling what is wrong."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from retail_platform import settings as settings_module
from retail_platform.cli.doctor import doctor
from retail_platform.deployment.catalogue import CHECKS, DEFAULT, ON_REQUEST
from retail_platform.deployment.examination import Ailment, Check, Finding, Subject, examine, wait_until_well
from retail_platform.settings import RetailSettings, StarRocksSettings


@pytest.fixture
def subject() -> Subject:
    return Subject(StarRocksSettings(_env_file=None), RetailSettings(_env_file=None))


def _ill(_subject: Subject) -> str:
    raise Ailment("it hurts", "rest")


def test_every_check_is_run_whatever_the_first_finds(subject: Subject) -> None:
    checks = [Check("a", _ill, ""), Check("b", lambda _s: "fine", "")]
    assert examine(checks, subject) == [Finding("a", False, "it hurts", "rest"), Finding("b", True, "fine")]


def test_waiting_tells_news_once_and_ends_with_health(subject: Subject) -> None:
    answers = iter(["cold", "cold", "warm", ""])
    now = [0.0]

    def warming(_subject: Subject) -> str:
        trouble = next(answers)
        if trouble:
            raise Ailment(trouble, "")
        return "hot"

    def sleep(seconds: float) -> None:
        now[0] += seconds

    told: list[str] = []
    findings = wait_until_well(
        [Check("oven", warming, "")], subject, 60, lambda f: told.append(f.message), sleep=sleep, clock=lambda: now[0]
    )
    assert findings[0].healthy
    assert told == ["cold", "warm"]


def test_waiting_gives_up_in_time(subject: Subject) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    findings = wait_until_well(
        [Check("a", _ill, "")], subject, 7, lambda _f: None, sleep=sleep, clock=lambda: now[0]
    )  # fmt: skip
    assert not findings[0].healthy
    assert now[0] <= 7


def test_default_checks_need_no_address_and_no_particular_user() -> None:
    assert set(DEFAULT) | ON_REQUEST == set(CHECKS)
    assert not set(DEFAULT) & ON_REQUEST


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that point to a port nobody listens on."""
    for name, value in {"STARROCKS_PORT": "1", "STARROCKS_HTTP_PORT": "2", "STARROCKS_PASSWORD": "marker-9c1f"}.items():
        monkeypatch.setenv(name, value)
    settings_module.starrocks_settings.cache_clear()
    yield
    settings_module.starrocks_settings.cache_clear()


@pytest.mark.usefixtures("nowhere")
def test_the_command_says_what_is_wrong_and_how_to_mend_it() -> None:
    result = CliRunner().invoke(doctor, ["--check=warehouse-answers", "--check=warehouse-login"])
    assert result.exit_code == 1
    assert "nothing answers at 127.0.0.1:1" in result.output
    assert "STARROCKS_HOST and STARROCKS_PORT" in result.output
    assert "marker-9c1f" not in result.output


@pytest.mark.usefixtures("nowhere")
def test_json_for_machines() -> None:
    result = CliRunner().invoke(doctor, ["--check=warehouse-answers", "--json"])
    (row,) = json.loads(result.stdout)
    assert row["check"] == "warehouse-answers"
    assert row["healthy"] is False
    assert row["remedy"]


def test_an_unknown_check_is_named_with_those_there_are() -> None:
    result = CliRunner().invoke(doctor, ["--check=pulse"])
    assert result.exit_code == 2
    assert "'pulse' is not one of" in result.output
    assert "warehouse-answers" in result.output
