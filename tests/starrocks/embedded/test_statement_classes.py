"""Every class of statements that is accepted, at least once: a new handler without an example here fails."""

import pytest

from retail_platform.starrocks.embedded.statements import HANDLERS, alter, show
from tests.starrocks.embedded.conftest import connect, run

# What a statement needs before it, and what is true after it (a query and its rows).
STATEMENTS = {
    ("SELECT",): ("", "SELECT v FROM t WHERE k = 1", "SELECT 1", [(1,)]),
    ("(",): ("", "(SELECT 1) UNION ALL (SELECT 2)", "SELECT 1", [(1,)]),
    ("VALUES",): ("", "VALUES (1, 'a')", "SELECT 1", [(1,)]),
    ("WITH",): ("", "WITH c AS (SELECT 2 AS k) DELETE FROM t USING c WHERE t.k = c.k", "SELECT k FROM t", [(1,)]),
    ("EXPLAIN",): ("", "EXPLAIN SELECT * FROM t", "SELECT 1", [(1,)]),
    ("INSERT", "INTO"): ("", "INSERT INTO t VALUES (3, 30)", "SELECT count(*) FROM t", [(3,)]),
    ("INSERT", "OVERWRITE"): ("", "INSERT OVERWRITE t VALUES (9, 9)", "SELECT k FROM t", [(9,)]),
    ("UPDATE",): ("", "UPDATE t SET v = 0 WHERE k = 1", "SELECT v FROM t WHERE k = 1", [(0,)]),
    ("DELETE",): ("", "DELETE FROM t WHERE k = 1", "SELECT k FROM t", [(2,)]),
    ("CREATE", "DATABASE"): ("", "CREATE DATABASE classes_b", "SHOW DATABASES LIKE 'classes_b'", [("classes_b",)]),
    ("CREATE", "SCHEMA"): ("", "CREATE SCHEMA classes_b", "SHOW DATABASES LIKE 'classes_b'", [("classes_b",)]),
    ("DROP", "DATABASE"): (
        "CREATE DATABASE classes_b", "DROP DATABASE classes_b", "SHOW DATABASES LIKE 'classes_b'", [],
    ),
    ("DROP", "SCHEMA"): (
        "CREATE DATABASE classes_b", "DROP SCHEMA classes_b", "SHOW DATABASES LIKE 'classes_b'", [],
    ),
    ("CREATE", "TABLE"): ("", "CREATE TABLE c (k INT)", "SHOW TABLES", [("c",), ("t",)]),
    ("DROP", "TABLE"): ("", "DROP TABLE t", "SHOW TABLES", []),
    ("TRUNCATE", "TABLE"): ("", "TRUNCATE TABLE t", "SELECT count(*) FROM t", [(0,)]),
    ("ALTER", "TABLE"): ("", "ALTER TABLE t RENAME u", "SHOW TABLES", [("u",)]),
    ("CREATE", "VIEW"): ("", "CREATE VIEW w AS SELECT k FROM t", "SELECT count(*) FROM w", [(2,)]),
    ("CREATE", "OR", "REPLACE", "VIEW"): (
        "CREATE VIEW w AS SELECT k FROM t", "CREATE OR REPLACE VIEW w AS SELECT 5 AS k", "SELECT k FROM w", [(5,)],
    ),
    ("DROP", "VIEW"): ("CREATE VIEW w AS SELECT k FROM t", "DROP VIEW w", "SHOW TABLES", [("t",)]),
    ("ALTER", "VIEW"): (
        "CREATE VIEW w AS SELECT k FROM t", "ALTER VIEW w AS SELECT 6 AS k", "SELECT k FROM w", [(6,)],
    ),
    ("CREATE", "MATERIALIZED", "VIEW"): (
        "", "CREATE MATERIALIZED VIEW m REFRESH MANUAL AS SELECT k FROM t", "SELECT count(*) FROM m", [(2,)],
    ),
    ("DROP", "MATERIALIZED", "VIEW"): (
        "CREATE MATERIALIZED VIEW m REFRESH MANUAL AS SELECT k FROM t", "DROP MATERIALIZED VIEW m", "SHOW TABLES",
        [("t",)],
    ),
    ("REFRESH", "MATERIALIZED", "VIEW"): (
        "CREATE MATERIALIZED VIEW m REFRESH DEFERRED MANUAL AS SELECT k FROM t",
        "REFRESH MATERIALIZED VIEW m WITH SYNC MODE", "SELECT count(*) FROM m", [(2,)],
    ),
    ("ALTER", "MATERIALIZED", "VIEW"): (
        "CREATE MATERIALIZED VIEW m REFRESH MANUAL AS SELECT k FROM t", "ALTER MATERIALIZED VIEW m RENAME n",
        "SELECT count(*) FROM n", [(2,)],
    ),
    ("SUBMIT", "TASK"): (
        "", "SUBMIT TASK classes_task AS INSERT INTO t VALUES (7, 7)",
        "SELECT TASK_NAME FROM information_schema.tasks WHERE TASK_NAME = 'classes_task'", [("classes_task",)],
    ),
    ("DROP", "TASK"): (
        "SUBMIT TASK classes_task AS INSERT INTO t VALUES (7, 7)", "DROP TASK classes_task",
        "SELECT TASK_NAME FROM information_schema.tasks WHERE TASK_NAME = 'classes_task'", [],
    ),
    ("SHOW",): ("", "SHOW TABLES", "SELECT 1", [(1,)]),
    ("DESC",): ("", "DESC t", "SELECT 1", [(1,)]),
    ("DESCRIBE",): ("", "DESCRIBE t", "SELECT 1", [(1,)]),
    ("USE",): ("", "USE information_schema", "SELECT database()", [("information_schema",)]),
    ("SET",): ("", "SET query_timeout = 77", "SELECT @@query_timeout", [(77,)]),
    ("KILL",): ("", "KILL QUERY {connection}", "SELECT 1", [(1,)]),
    ("SYNC",): ("", "SYNC", "SELECT 1", [(1,)]),
    ("ADMIN", "SET", "FRONTEND", "CONFIG"): (
        "", 'ADMIN SET FRONTEND CONFIG ("label_keep_max_num" = "1000")', "SELECT 1", [(1,)],
    ),
    ("ADMIN", "SHOW", "FRONTEND", "CONFIG"): ("", "ADMIN SHOW FRONTEND CONFIG LIKE 'label%'", "SELECT 1", [(1,)]),
    ("ANALYZE",): ("", "ANALYZE TABLE t", "SELECT 1", [(1,)]),
    ("BEGIN",): ("", "BEGIN", "SELECT count(*) FROM t", [(2,)]),
    ("START", "TRANSACTION"): ("", "START TRANSACTION", "SELECT count(*) FROM t", [(2,)]),
    ("COMMIT",): ("BEGIN; INSERT INTO t VALUES (3, 3)", "COMMIT", "SELECT count(*) FROM t", [(3,)]),
    ("ROLLBACK",): ("BEGIN; INSERT INTO t VALUES (3, 3)", "ROLLBACK", "SELECT count(*) FROM t", [(2,)]),
}  # fmt: skip

ALTERATIONS = {
    ("RENAME", "COLUMN"): "ALTER TABLE d RENAME COLUMN v TO w",
    ("RENAME",): "ALTER TABLE d RENAME e",
    ("SWAP", "WITH"): "ALTER TABLE d SWAP WITH f",
    ("ADD", "COLUMN"): "ALTER TABLE d ADD COLUMN w INT AFTER k",
    ("ADD", "PARTITION"): "ALTER TABLE r ADD PARTITION p2 VALUES LESS THAN ('20')",
    ("DROP", "COLUMN"): "ALTER TABLE d DROP COLUMN v",
    ("DROP", "PARTITION"): "ALTER TABLE r DROP PARTITION p1",
    ("TRUNCATE", "PARTITION"): "ALTER TABLE r TRUNCATE PARTITION p1",
    ("MODIFY", "COLUMN"): "ALTER TABLE d MODIFY COLUMN v BIGINT",
    ("SET",): "ALTER TABLE d SET ('in_memory' = 'false')",
    ("COMMENT",): "ALTER TABLE d COMMENT = 'x'",
}

SHOWN = {
    ("CREATE", "TABLE"): "t", ("CREATE", "VIEW"): "w", ("CREATE", "MATERIALIZED", "VIEW"): "m",
    ("CREATE", "DATABASE"): "classes", ("CREATE", "SCHEMA"): "classes", ("COLUMNS",): "FROM t", ("FIELDS",): "FROM t",
    ("FULL", "COLUMNS"): "FROM t", ("FULL", "FIELDS"): "FROM t", ("INDEX",): "FROM t", ("INDEXES",): "FROM t",
    ("KEYS",): "FROM t", ("KEY",): "FROM t", ("PARTITIONS",): "FROM t", ("TEMPORARY", "PARTITIONS"): "FROM t",
}  # fmt: skip


@pytest.fixture
def classes(server):
    with connect(server) as connection:
        run(connection, "CREATE DATABASE classes")
        run(connection, "USE classes")
        run(connection, "CREATE TABLE t (k INT NOT NULL, v INT) PRIMARY KEY (k)")
        run(connection, "INSERT INTO t VALUES (1, 10), (2, 20)")
        yield connection
        run(connection, "ROLLBACK")
        run(connection, "DROP DATABASE IF EXISTS classes_b FORCE")
        run(connection, "DROP TASK IF EXISTS classes_task")
        run(connection, "DROP DATABASE classes FORCE")


def test_every_class_has_an_example():
    assert set(STATEMENTS) == set(HANDLERS)
    assert set(ALTERATIONS) == set(alter.ACTIONS)


@pytest.mark.parametrize("words", STATEMENTS, ids=" ".join)
def test_a_class_of_statements(classes, words):
    before, statement, query, expected = STATEMENTS[words]
    for sql in filter(None, before.split("; ")):
        run(classes, sql)
    run(classes, statement.format(connection=classes.thread_id()))
    assert sorted(run(classes, query)) == expected


@pytest.mark.parametrize("words", ALTERATIONS, ids=" ".join)
def test_a_class_of_alterations(classes, words):
    for name in "df":
        run(classes, f"CREATE TABLE {name} (k INT, v INT) DUPLICATE KEY (k)")
    run(classes, "CREATE TABLE r (k INT) PARTITION BY RANGE (k) (PARTITION p1 VALUES LESS THAN ('10'))")
    run(classes, "INSERT INTO d VALUES (1, 2)")
    run(classes, ALTERATIONS[words])


def test_everything_that_is_shown(classes):
    run(classes, "CREATE VIEW w AS SELECT k FROM t")
    run(classes, "CREATE MATERIALIZED VIEW m REFRESH MANUAL AS SELECT k FROM t")
    for words in show.SHOWERS.keys() - {("LOAD",)}:  # refused, naming information_schema.loads
        assert isinstance(run(classes, f"SHOW {' '.join(words)} {SHOWN.get(words, '')}"), list), words
