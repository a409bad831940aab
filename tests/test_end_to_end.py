"""The newcomer's path as they would walk it: the command line, the real protocols, the real code locations."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from retail_platform.starrocks.embedded import EmbeddedStarRocks
from tests.conftest import environment_of, find_free_ports

pytestmark = pytest.mark.first

ROOT = Path(__file__).resolve().parent.parent
DEMO = ["demo", "--days=2", "--orders=80", "--last-day=2026-11-18"]

Environment = dict[str, str]


def environment(home: Path, ports: tuple[int, int, int]) -> Environment:
    return environment_of(home, ports, COLUMNS="160")


def command(env: Environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "retail_platform.cli", *arguments],
        env=env, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip


def figures(home: Path) -> dict[str, Any]:
    """Every table's rows and the revenue, read from the data a demo left behind."""
    with EmbeddedStarRocks(data_dir=home / "starrocks") as server:
        env = environment(home, (server.mysql_port, server.fe_port, server.be_port))
        shown = command(env, "inspect", "--json")
        assert shown.returncode == 0, shown.stderr
        answer: dict[str, Any] = json.loads(shown.stdout)
        import pymysql

        with pymysql.connect(host=server.host, port=server.mysql_port, user="root") as connection:
            cursor = connection.cursor()
            cursor.execute(
                "SELECT currency, SUM(net_amount), SUM(returned_amount) FROM gold.fct_sales GROUP BY currency"
            )
            revenue = sorted(cursor.fetchall())
    return {
        "rows": {name: table["rows"] for name, table in answer["tables"].items()},
        "revenue": revenue,
        "full": answer,
    }


def without_bookkeeping(rows: dict[str, int]) -> dict[str, int]:
    """Tables of the business: what builds note for themselves grows with every build."""
    return {
        name: n
        for name, n in rows.items()
        if name.split(".")[1] not in ("raw_load_audit", "build_state", "key_changes")
    }


@dataclass(frozen=True)
class Demo:
    """A demo that ran from nothing, undisturbed."""

    home: Path
    env: Environment
    output: str
    figures: dict[str, Any]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home = tmp_path_factory.mktemp("demo")
    env = environment(home, find_free_ports())
    done = command(env, *DEMO)
    assert done.returncode == 0, done.stdout + done.stderr
    return Demo(home, env, done.stdout, figures(home))


def test_demo_from_nothing(demo: Demo) -> None:
    assert "make dev" in demo.output
    assert "equal at all 4" in demo.output
    assert "differ" not in demo.output
    rows = demo.figures["rows"]
    for table in (
        "silver.stg_orders",
        "gold.dim_customers",
        "gold.dim_products",
        "gold.fct_sales",
        "gold.fact_daily_sales",
    ):
        assert rows[table] > 0
    shown = demo.figures["full"]
    assert shown["tables"]["bronze.raw_orders"] == {
        **shown["tables"]["bronze.raw_orders"],
        "layer": "bronze",
        "newest_partition": "2026-11-18",
    }
    assert shown["warehouse"]["kind"] == "embedded"
    assert {load["status"] for load in shown["loads"]} == {"loaded"}


def test_again_adds_nothing_twice(demo: Demo) -> None:
    again = command(demo.env, *DEMO)
    assert again.returncode == 0, again.stdout + again.stderr
    before, after = demo.figures, figures(demo.home)
    assert without_bookkeeping(after["rows"]) == without_bookkeeping(before["rows"])
    assert after["rows"]["bronze.raw_load_audit"] == before["rows"]["bronze.raw_load_audit"]
    assert after["revenue"] == before["revenue"]


def test_the_command_the_demo_names_needs_no_running_warehouse(demo: Demo) -> None:
    assert "See: retail-platform quarantine list" in demo.output
    for arguments in (["list"], ["score"], ["replay", "--dry-run"]):
        done = command(demo.env, "quarantine", *arguments)
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_warehouse_killed_halfway_ends_in_the_same_figures(demo: Demo, tmp_path: Path) -> None:
    env = environment(tmp_path, find_free_ports())
    killed = subprocess.Popen(
        [sys.executable, "-m", "retail_platform.cli", *DEMO],
        env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert killed.stdout is not None
    for line in killed.stdout:
        if "raw_customers" in line:
            os.kill(server_pid(killed.pid), signal.SIGKILL)
            break
    else:
        pytest.fail("the demo never loaded raw_customers")
    killed.stdout.read()
    assert killed.wait(timeout=200) != 0, "a demo whose warehouse was killed must not claim success"

    again = command(env, *DEMO)
    assert again.returncode == 0, again.stdout + again.stderr
    after = figures(tmp_path)
    assert without_bookkeeping(after["rows"]) == without_bookkeeping(demo.figures["rows"])
    assert after["revenue"] == demo.figures["revenue"]


def server_pid(parent: int) -> int:
    """The warehouse process a demo started."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            if b"serve" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                return int(child)
    raise AssertionError(f"process {parent} has no warehouse among its children")
