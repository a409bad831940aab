"""What goes wrong on a newcomer's machine: one message, with the remedy, and no stack trace."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from retail_platform.starrocks.embedded import EmbeddedStarRocks
from tests.conftest import environment_of

pytestmark = pytest.mark.first

ROOT = Path(__file__).resolve().parent.parent
MARKER = "hunter2-marker"


@pytest.fixture
def env(tmp_path: Path, free_ports: tuple[int, int, int]) -> dict[str, str]:
    return environment_of(tmp_path, free_ports)


def refused(env: dict[str, str], *arguments: str) -> str:
    """Run a command that must fail; returns its message after checking that it is one."""
    done = subprocess.run(
        [sys.executable, "-m", "retail_platform.cli", *arguments],
        env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert "Traceback" not in output
    assert "Error: " in done.stderr
    assert MARKER not in output
    return done.stderr


@contextmanager
def listener(port: int) -> Iterator[None]:
    """A server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", port)) as server:
        threading.Thread(target=server.accept, daemon=True).start()
        yield


def test_unreachable_warehouse(env: dict[str, str]) -> None:
    message = refused({**env, "STARROCKS_HOST": "127.0.0.9"}, "demo")
    assert f"127.0.0.9:{env['STARROCKS_PORT']}" in message
    assert "STARROCKS_HOST" in message


def test_wrong_password(tmp_path: Path, env: dict[str, str]) -> None:
    with EmbeddedStarRocks(data_dir=tmp_path / "starrocks", password="right") as server:
        message = refused({**env, "STARROCKS_PORT": str(server.mysql_port), "STARROCKS_PASSWORD": MARKER}, "inspect")
    assert "'root'" in message
    assert "STARROCKS_PASSWORD" in message


def test_port_in_use(env: dict[str, str]) -> None:
    with listener(int(env["STARROCKS_HTTP_PORT"])):
        message = refused(env, "init-db")
    assert f"Port {env['STARROCKS_HTTP_PORT']} on 127.0.0.1 is in use" in message


def test_port_of_another_kind_of_server(env: dict[str, str]) -> None:
    with listener(int(env["STARROCKS_PORT"])):
        message = refused(env, "inspect")
    assert "MySQL protocol" in message
    assert "STARROCKS_PORT" in message


def test_port_of_the_ui_in_use(env: dict[str, str], free_port: int) -> None:
    with listener(free_port):
        message = refused(env, "dev", f"--port={free_port}")
    assert str(free_port) in message
    assert "PORT=" in message


def test_corrupt_data_directory(tmp_path: Path, env: dict[str, str]) -> None:
    data = tmp_path / "starrocks"
    with EmbeddedStarRocks(data_dir=data):
        pass
    largest = max(data.iterdir(), key=lambda path: path.stat().st_size)
    with largest.open("r+b") as file:
        file.write(b"not a database")
    message = refused(env, "init-db")
    assert str(data) in message
    assert "Restore it from a copy" in message


def test_data_directory_in_use(tmp_path: Path, env: dict[str, str]) -> None:
    """The one that RETAIL_HOME names, as nothing else is said."""
    with EmbeddedStarRocks(data_dir=tmp_path / "starrocks"):
        message = refused(env, "serve")
    assert "in use" in message


def test_a_port_to_serve_at_in_use(env: dict[str, str]) -> None:
    with listener(int(env["STARROCKS_BE_PORT"])):
        assert env["STARROCKS_BE_PORT"] in refused(env, "serve")


def test_unknown_partition(env: dict[str, str]) -> None:
    message = refused(env, "ingest", "--day=2031-01-01")
    assert "2031-01-01" in message
    assert "2024-01-01" in message


def test_negative_orders(env: dict[str, str]) -> None:
    message = refused(env, "ingest", "--orders=-5", "--day=2026-11-18")
    assert "orders_per_day=-5" in message
    assert "greater than or equal" in message


@pytest.mark.parametrize("command", ["inspect", "serve"])
def test_a_variable_that_is_no_number(env: dict[str, str], command: str) -> None:
    assert "STARROCKS_PORT" in refused({**env, "STARROCKS_PORT": "abc"}, command)


def test_a_day_that_is_no_day(env: dict[str, str]) -> None:
    assert "2026-11-20" in refused(env, "demo", "--last-day=yesterday")
