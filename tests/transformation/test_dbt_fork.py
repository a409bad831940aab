"""dbt in a fork of a run's process: events, exit codes and interruption as the command line has them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from retail_platform.transformation.models import PROJECT
from tests.conftest import Platform

# A run's process: one thread, and nothing of pytest's.
_RUN = """
import json, signal, sys
from retail_platform.settings import child_environment
from retail_platform.transformation.dbt_fork import DbtFork

command, interrupt_at = json.loads(sys.argv[1]), sys.argv[2]
dbt = DbtFork(command, child_environment())
for line in dbt.stdout:
    print(line.decode(), end="", flush=True)
    if interrupt_at and interrupt_at in line.decode():
        dbt.send_signal(signal.SIGINT)
code = dbt.wait(60)
assert dbt.poll() == code == dbt.returncode
sys.exit(99 if code is None else code)
"""


@pytest.fixture
def run(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Any:
    scratch = str(tmp_path_factory.mktemp("dbt"))
    paths = ["--project-dir", str(PROJECT.project_dir), "--profiles-dir", str(PROJECT.project_dir)]
    paths += ["--target-path", scratch, "--log-path", scratch]

    def started(*command: str, interrupt_at: str = "") -> tuple[int, list[dict[str, Any]]]:
        arguments = [sys.executable, "-c", _RUN, json.dumps([command[0], *paths, *command[1:]]), interrupt_at]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=200, check=False)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    return started


def _messages(events: list[dict[str, Any]]) -> str:
    return "\n".join(event["info"]["msg"] for event in events)


def test_events_come_as_the_command_line_writes_them(run: Any) -> None:
    code, events = run("run", "--select", "dim_date")
    assert code == 0, _messages(events)
    finished = [event for event in events if event["info"]["name"] == "LogModelResult"]
    assert {event["data"]["node_info"]["node_name"] for event in finished} == {"dim_date"}
    assert not [event for event in events if event["info"]["level"] == "debug"]


def test_a_failing_node_ends_with_one_and_an_error_with_two(run: Any) -> None:
    code, events = run("build", "--select", "dim_date", "--exclude-resource-type", "unit_test")
    assert code == 1
    assert "Unknown table" in _messages(events)  # the facts that its tests read were never built
    code, events = run("build", "--no-such-option")
    assert code == 2
    assert "no-such-option" in _messages(events)


def test_an_interrupt_ends_dbt_while_a_query_runs(run: Any) -> None:
    # the query alone takes longer than the test may
    code, events = run("show", "--inline", "select sleep(3000)", interrupt_at="Found ")
    assert code not in (0, 99), _messages(events)
