"""The README's commands exist and do what it says, as far as one machine can tell."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from retail_platform.cli import main
from tests.conftest import Platform

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def shell_lines() -> list[str]:
    """The commands of the README's shell blocks, without comments."""
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def starting_with(*beginnings: str) -> list[str]:
    return [line for line in shell_lines() if line.startswith(beginnings)]


def test_the_readme_has_commands_of_every_kind() -> None:
    assert starting_with("make demo")
    assert starting_with(".venv/bin/dagster")
    assert starting_with(".venv/bin/retail-platform")
    assert starting_with("mysql")


@pytest.mark.parametrize("line", starting_with("make"))
def test_make_targets_exist(line: str) -> None:
    words = shlex.split(line, comments=True)
    done = subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", starting_with(".venv/bin/retail-platform"))
def test_platform_commands_exist(line: str) -> None:
    command = shlex.split(line, comments=True)[1]
    shown = CliRunner().invoke(main, [command, "--help"])
    assert shown.exit_code == 0, shown.output


def test_every_platform_command_explains_itself() -> None:
    listed = CliRunner().invoke(main, ["--help"])
    assert listed.exit_code == 0, listed.output
    commands = re.findall(r"^  ([a-z-]+)  ", listed.output, flags=re.MULTILINE)
    assert {"demo", "dev", "serve", "inspect", "init-db", "reset-db", "ingest"} <= set(commands)


@pytest.mark.parametrize("line", starting_with(".venv/bin/dagster"))
def test_dagster_commands_run(line: str, platform: Platform, tmp_path: Path) -> None:
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text())
    words = shlex.split(line, comments=True)
    # `python -m dagster` is the same program in whatever environment runs the tests.
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "dagster", *words[1:]],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    if "asset materialize" in line:
        assert list((Path(platform.retail.landing_root) / "orders").glob("dt=*/*.jsonl"))


@pytest.mark.parametrize("line", starting_with("mysql"))
def test_sql_of_the_readme_names_what_exists(line: str) -> None:
    sql = shlex.split(line)[-1]
    table = re.search(r"from (\w+)\.(\w+)", sql)
    assert table is not None
    model = ROOT / "dbt" / "models" / "marts" / f"{table[2]}.sql"
    assert model.is_file()
    declared = (ROOT / "dbt" / "models" / "marts" / "_marts.yml").read_text()
    for column in re.findall(r"order by (\w+)", sql):
        assert f"- name: {column}" in declared
