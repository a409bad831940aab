"""information_schema, SHOW and DESC, session statements, and statements that are refused."""

import pytest


def test_information_schema_lists_tables_as_starrocks_does(warehouse):
    warehouse.table(
        "CREATE TABLE t (k INT COMMENT 'the key', v DECIMAL(10, 2)) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)"
    )
    warehouse.run("CREATE VIEW w AS SELECT k FROM t")
    where = f"WHERE TABLE_SCHEMA = '{warehouse.database}'"
    rows = warehouse.run(f"SELECT TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.tables {where} ORDER BY 1")
    assert rows == [("t", "BASE TABLE", "StarRocks"), ("w", "VIEW", None)]
    rows = warehouse.run(
        f"SELECT COLUMN_NAME, DATA_TYPE, COLUMN_COMMENT FROM information_schema.columns {where} AND TABLE_NAME = 't'"
        " ORDER BY ORDINAL_POSITION"
    )
    assert rows == [("k", "int", "the key"), ("v", "decimal", "")]
    assert (
        warehouse.one(f"SELECT TABLE_MODEL FROM information_schema.tables_config {where} AND TABLE_NAME = 't'")
        == "DUP_KEYS"
    )
    assert warehouse.run(f"SELECT TABLE_NAME FROM information_schema.views {where}") == [("w",)]


def test_loads_are_listed(warehouse):
    warehouse.table("CREATE TABLE t (k INT) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    warehouse.run("INSERT INTO t WITH LABEL listed VALUES (1)")
    assert warehouse.run("SELECT STATE, TYPE FROM information_schema.loads WHERE LABEL = 'listed'") == [
        ("FINISHED", "INSERT")
    ]


def test_desc(warehouse):
    warehouse.table("CREATE TABLE t (k INT NOT NULL, v STRING DEFAULT 'x') PRIMARY KEY (k) DISTRIBUTED BY HASH (k)")
    assert warehouse.run("DESC t") == [
        ("k", "int", "NO", "true", None, ""),
        ("v", "varchar(65533)", "YES", "false", "x", ""),
    ]


SHOWN = [
    "SHOW DATABASES", "SHOW TABLES", "SHOW FULL TABLES", "SHOW VARIABLES LIKE 'time_zone'", "SHOW BACKENDS",
    "SHOW FRONTENDS", "SHOW CATALOGS", "SHOW PROCESSLIST", "SHOW WARNINGS", "SHOW CHARSET", "SHOW COLLATION",
    "SHOW ENGINES", "SHOW GRANTS", "SHOW TABLE STATUS", "SHOW STATUS",
]  # fmt: skip


@pytest.mark.parametrize("sql", SHOWN)
def test_show(warehouse, sql):
    assert isinstance(warehouse.run(sql), list)


def test_session_statements(warehouse):
    for sql in (
        "SET query_timeout = 100",
        "SET NAMES utf8mb4",
        "SET autocommit = 1",
        "SET sql_mode = 'ONLY_FULL_GROUP_BY'",
        "COMMIT",
        "ROLLBACK",
        "SYNC",
        "-- nothing but a comment",
        "/* nothing */",
        f"USE default_catalog.{warehouse.database}",
    ):
        warehouse.run(sql)
    assert warehouse.one("SELECT @@query_timeout") == 100
    warehouse.refuses("SET nonsense = 1", "Unknown system variable", codes=(1193, 1064))
    warehouse.run("SET time_zone = 'Asia/Shanghai'")
    assert warehouse.one("SELECT hours_diff(now(), utc_timestamp())") == 8


def test_version(warehouse):
    assert warehouse.one("SELECT current_version()").count(".") == 2
    assert warehouse.one("SELECT @@version") == warehouse.one("SELECT version()")


def test_a_task_runs_in_the_background(warehouse):
    warehouse.table("CREATE TABLE t (k INT) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    name = f"task_{warehouse.database}"
    warehouse.run(f"SUBMIT TASK {name} AS INSERT INTO t VALUES (1)")
    query = f"SELECT STATE FROM information_schema.task_runs WHERE TASK_NAME = '{name}'"
    for _ in range(1000):
        state = warehouse.one(query)
        if state in ("SUCCESS", "FAILED"):
            break
    assert state == "SUCCESS"
    assert warehouse.one("SELECT count(*) FROM t") == 1
