"""An embedded server for the tests of this room, and ways to start ones of their own."""

import pymysql
import pytest

from retail_platform.starrocks.embedded import EmbeddedStarRocks


def connect(server, **options):
    arguments = {"host": server.host, "port": server.mysql_port, "user": "root", "password": "", "autocommit": True}
    return pymysql.connect(**{**arguments, **options})


def run(connection, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@pytest.fixture(scope="module")
def server():
    with EmbeddedStarRocks() as found:
        yield found


@pytest.fixture(scope="module")
def shared(server):
    """One connection with a database `d` and a table `t` in it."""
    with connect(server) as connection:
        run(connection, "CREATE DATABASE d")
        run(connection, "USE d")
        run(connection, "CREATE TABLE t (k INT, v INT) DUPLICATE KEY (k)")
        yield lambda sql: run(connection, sql)
