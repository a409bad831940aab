"""Shared fixtures: a real warehouse for every test that wants one, in databases of its own."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from retail_platform import settings as settings_module
from retail_platform.settings import RetailSettings, StarRocksSettings
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.ddl import create_schema, drop_schema


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("starrocks", "run the client tests on a real StarRocks")
    group.addoption("--starrocks-host", default="", help="host of the frontend; empty: an embedded warehouse")
    group.addoption("--starrocks-port", type=int, default=9030)
    group.addoption("--starrocks-http-port", type=int, default=8030)
    group.addoption("--starrocks-user", default="root")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files marked `first` start first: a long one that starts last leaves the other core idle."""
    items.sort(key=lambda item: item.get_closest_marker("first") is None)


@pytest.fixture(scope="session")
def starrocks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StarRocksSettings]:
    """Address of a warehouse: the one named on the command line, or an embedded one for this test process."""
    host = request.config.getoption("--starrocks-host")
    if host:
        yield StarRocksSettings(
            host=host,
            port=request.config.getoption("--starrocks-port"),
            http_port=request.config.getoption("--starrocks-http-port"),
            user=request.config.getoption("--starrocks-user"),
            password=os.environ.get("STARROCKS_PASSWORD", ""),
        )
        return
    from retail_platform.starrocks.embedded import EmbeddedStarRocks

    with EmbeddedStarRocks(data_dir=tmp_path_factory.mktemp("starrocks")) as server:
        yield StarRocksSettings(
            host=server.host, port=server.mysql_port, http_port=server.fe_port, be_port=server.be_port
        )


@dataclass(frozen=True)
class Platform:
    """A platform of its own: databases with a prefix, a landing zone and local state in a temporary directory."""

    starrocks: StarRocksSettings
    retail: RetailSettings


@contextmanager
def own_environment(**values: str) -> Iterator[None]:
    """Exactly these settings, whatever was set before; what the code under test sets goes, too, at the end."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("RETAIL_", "STARROCKS_", "DBT_")):
            del os.environ[name]
    os.environ.update(values)
    settings_module.starrocks_settings.cache_clear()
    settings_module.retail_settings.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings_module.starrocks_settings.cache_clear()
        settings_module.retail_settings.cache_clear()


def environment_of(home: Path, ports: tuple[int, int, int], **values: str) -> dict[str, str]:
    """The environment of a command in a process of its own: its state, its warehouse's ports, no other setting."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("STARROCKS_", "RETAIL_", "DAGSTER_"))}
    names = ("STARROCKS_PORT", "STARROCKS_HTTP_PORT", "STARROCKS_BE_PORT")
    return {**kept, "RETAIL_HOME": str(home), **dict(zip(names, map(str, ports), strict=True)), **values}


@pytest.fixture
def platform(starrocks: StarRocksSettings, tmp_path: Path) -> Iterator[Platform]:
    """Databases of this test alone, created and, afterwards, dropped; the process' settings point to them."""
    prefix = f"t{uuid.uuid4().hex[:10]}_"
    address = {
        "STARROCKS_HOST": starrocks.host,
        "STARROCKS_PORT": str(starrocks.port),
        "STARROCKS_HTTP_PORT": str(starrocks.http_port),
        "STARROCKS_BE_PORT": str(starrocks.be_port),
        "STARROCKS_USER": starrocks.user,
        "STARROCKS_PASSWORD": starrocks.password.get_secret_value(),
    }
    with own_environment(**address, RETAIL_DB_PREFIX=prefix, RETAIL_HOME=str(tmp_path)):
        retail = settings_module.retail_settings()
        with connect(starrocks) as connection:
            create_schema(connection, retail)
        yield Platform(starrocks, retail)
        with connect(starrocks) as connection:
            drop_schema(connection, retail)


@pytest.fixture
def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_free_ports() -> tuple[int, int, int]:
    """Three loopback ports nobody listens on, for servers that are told their ports."""
    with socket.socket() as one, socket.socket() as two, socket.socket() as three:
        for probe in (one, two, three):
            probe.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1], three.getsockname()[1]


@pytest.fixture
def free_ports() -> tuple[int, int, int]:
    """Three loopback ports nobody listens on."""
    return find_free_ports()
