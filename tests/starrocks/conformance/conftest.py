"""A StarRocks for every test: the embedded one, or a real cluster with --starrocks-host.

Each test has its own database. The clients are the ones people use: pymysql and requests.
"""

import os
import uuid

import pymysql
import pytest
import requests

from retail_platform.starrocks.embedded import EmbeddedStarRocks
from tests.starrocks.conformance.client import Warehouse

TABLE = (
    "CREATE TABLE t (k INT NOT NULL, v VARCHAR(5), n DECIMAL(10, 2), j JSON) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)"
)


@pytest.fixture(scope="session")
def embedded(request):
    host = _option(request.config, "--starrocks-host")
    if host:
        yield None
        return
    with EmbeddedStarRocks() as server:
        yield server


def _option(config, name):
    try:
        return config.getoption(name)
    except ValueError:
        return None


@pytest.fixture(scope="session")
def address(request, embedded):
    if embedded is not None:
        return {
            "host": embedded.host,
            "port": embedded.mysql_port,
            "fe_port": embedded.fe_port,
            "user": "root",
            "password": "",
        }
    config = request.config
    return {
        "host": _option(config, "--starrocks-host"),
        "port": int(_option(config, "--starrocks-port") or 9030),
        "fe_port": int(_option(config, "--starrocks-http-port") or 8030),
        "user": _option(config, "--starrocks-user") or "root",
        "password": os.environ.get("STARROCKS_PASSWORD", ""),
    }


@pytest.fixture
def warehouse(address):
    database = f"t_{uuid.uuid4().hex[:12]}"
    connection = pymysql.connect(
        host=address["host"], port=address["port"], user=address["user"], password=address["password"], autocommit=True
    )
    with connection, requests.Session() as http:
        found = Warehouse(connection, http, address, database)
        found.run(f"CREATE DATABASE {database}")
        found.run(f"USE {database}")
        yield found
        found.run(f"DROP DATABASE {database} FORCE")


@pytest.fixture
def t(warehouse):
    """A warehouse with a Duplicate Key table `t`."""
    warehouse.table(TABLE)
    return warehouse


@pytest.fixture
def pk(warehouse):
    """A warehouse with a Primary Key table `t` of two rows."""
    warehouse.table("CREATE TABLE t (k INT, v STRING, n INT) PRIMARY KEY (k) DISTRIBUTED BY HASH (k)")
    warehouse.run("INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)")
    return warehouse
