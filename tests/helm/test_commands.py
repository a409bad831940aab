"""Every command the chart and compose start, probes included, is there and knows the options it is given."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from chart import CI_FILES, ROOT, containers, objects

BIN = Path(sys.executable).parent
OURS = ("dagster", "dagster-daemon", "dagster-webserver", "retail-platform")


def _of_the_chart() -> Iterator[list[str]]:
    for values in CI_FILES:
        for _, container in containers(objects(values)):
            yield container.get("command") or container.get("args") or []
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                yield container.get(probe, {}).get("exec", {}).get("command", [])


def _of_compose() -> Iterator[list[str]]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for service in services.values():
        for words in (service.get("command", []), service.get("healthcheck", {}).get("test", [])[1:]):
            for part in " ".join(map(str, words)).split("&&"):
                left = [word for word in shlex.split(part) if word not in ("with-secrets", "sh", "-c", "exec")]
                yield left


def _split(words: list[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Command with its subcommands, and the names of the options."""
    first = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
    return tuple(words[:first]), frozenset(word.split("=")[0] for word in words[first:] if word.startswith("--"))


@cache
def _commands() -> dict[tuple[str, ...], frozenset[str]]:
    found: dict[tuple[str, ...], frozenset[str]] = {}
    for words in [*_of_the_chart(), *_of_compose()]:
        if words and words[0] in OURS:
            command, options = _split([str(word) for word in words])
            found[command] = found.get(command, frozenset()) | options
    return found


COMMANDS = [
    ("dagster", "api", "grpc"),
    ("dagster", "api", "grpc-health-check"),
    ("dagster", "instance", "migrate"),
    ("dagster-daemon", "liveness-check"),
    ("dagster-daemon", "run"),
    ("dagster-webserver",),
    ("retail-platform", "doctor"),
    ("retail-platform", "init-db"),
    ("retail-platform", "limit-pools"),
    ("retail-platform", "serve"),
]


def test_no_command_is_left_out() -> None:
    assert sorted(_commands()) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_command_knows_its_options(command: tuple[str, ...]) -> None:
    done = subprocess.run([str(BIN / command[0]), *command[1:], "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    unknown = {option for option in _commands()[command] if option not in done.stdout}
    assert not unknown
