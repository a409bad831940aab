"""Connections of dbt outlive a model or test, and nothing of one reaches the next."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dbt.adapters.starrocks.connections import StarRocksConnectionManager, StarRocksCredentials

from retail_platform.settings import child_environment, starrocks_settings
from retail_platform.starrocks.connection import connect, execute, query
from retail_platform.transformation import dbt_connections
from retail_platform.transformation.dbt_project import dbt_executable
from retail_platform.transformation.models import PROJECT
from tests.conftest import Platform


@pytest.fixture
def manager(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("release", "set_connection_name"):  # put back afterwards
        monkeypatch.setattr(StarRocksConnectionManager, name, getattr(StarRocksConnectionManager, name))
    dbt_connections.keep_connections()
    settings = starrocks_settings()
    credentials = StarRocksCredentials(
        host=settings.host,
        port=settings.port,
        catalog="default_catalog",
        schema=platform.retail.bronze,
        username=settings.user,
        password=settings.password.get_secret_value(),
    )
    made = StarRocksConnectionManager(SimpleNamespace(credentials=credentials), multiprocessing.get_context("spawn"))
    yield made
    made.cleanup_all()


def _ask(manager: Any, sql: str) -> Any:
    _, cursor = manager.add_query(sql)
    return cursor.fetchall()[0][0]


def test_the_next_node_has_the_same_connection_and_no_transaction(manager: Any) -> None:
    manager.set_connection_name("model.a")
    first = _ask(manager, "select connection_id()")
    assert manager.get_thread_connection().transaction_open
    manager.release()
    assert not manager.get_thread_connection().transaction_open
    manager.set_connection_name("test.b")
    assert _ask(manager, "select connection_id()") == first
    assert manager.get_thread_connection().name == "test.b"


def test_a_connection_that_was_closed_meanwhile_is_opened_again(manager: Any, platform: Platform) -> None:
    manager.set_connection_name("model.a")
    first = _ask(manager, "select connection_id()")
    manager.release()
    with connect(platform.starrocks) as other:
        execute(other, f"KILL {first}")
    manager.set_connection_name("test.b")
    assert _ask(manager, "select connection_id()") != first


def test_what_never_connected_is_released(manager: Any) -> None:
    manager.set_connection_name("model.a")
    manager.release()
    assert manager.get_thread_connection().state == "init"


def test_a_build_opens_a_connection_for_each_thread(platform: Platform, tmp_path: Path) -> None:
    paths = {"DBT_PROJECT_DIR": PROJECT.project_dir, "DBT_PROFILES_DIR": PROJECT.project_dir}
    paths |= {"DBT_TARGET_PATH": tmp_path, "DBT_LOG_PATH": tmp_path}
    environment = {**os.environ, **child_environment(), **{name: str(path) for name, path in paths.items()}}
    command = [dbt_executable(), "--no-use-colors", "build", "--select", "staging", "--threads", "2"]
    with connect(platform.starrocks) as connection:
        before = query(connection, "SELECT connection_id() AS id")[0]["id"]
    done = subprocess.run(
        [*command, "--exclude-resource-type", "unit_test"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    nodes = done.stdout.count("OK created") + done.stdout.count("PASS ")
    with connect(platform.starrocks) as connection:
        opened = query(connection, "SELECT connection_id() AS id")[0]["id"] - before - 1
    # dbt lists schemas with threads of its own before it begins
    assert opened <= 8 < nodes, f"{opened} connections for {nodes} nodes"
