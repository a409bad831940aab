"""Tables: what StarRocks accepts, what it refuses, and how each type treats its rows."""

import pytest

HASH = "DISTRIBUTED BY HASH (k)"
REFUSED = [
    ("(a INT, k INT) PRIMARY KEY (k) DISTRIBUTED BY HASH (k)", "ordered prefix"),
    ("(k INT) PRIMARY KEY (z) DISTRIBUTED BY HASH (k)", "doesn't exist"),
    ("(k DOUBLE) PRIMARY KEY (k) DISTRIBUTED BY HASH (k)", "not supported"),
    ("(k DECIMAL(10, 2)) PRIMARY KEY (k) DISTRIBUTED BY HASH (k)", "not supported"),
    ("(k JSON) PRIMARY KEY (k) DISTRIBUTED BY HASH (k)", "not supported"),
    ("(k INT NULL) PRIMARY KEY (k) DISTRIBUTED BY HASH (k)", "nullable"),
    ("(k DOUBLE, v INT)", "first column"),
    ("(k JSON, v INT)", "first column"),
    ("(k INT, v INT) UNIQUE KEY (k)", "default distribution"),
    ("(k INT, v INT) UNIQUE KEY (k) DISTRIBUTED BY RANDOM", "RANDOM"),
    ("(k INT, v INT) AGGREGATE KEY (k) DISTRIBUTED BY HASH (k)", "ggregate"),
    ("(k INT, v INT, k INT) DUPLICATE KEY (k)", "Duplicate column"),
    ("(k INT, d DATE) PRIMARY KEY (k) PARTITION BY date_trunc('day', d) DISTRIBUTED BY HASH (k)", "partition column"),
    ("(k INT, d DATE) PRIMARY KEY (k) DISTRIBUTED BY HASH (d)", "distribution column"),
    ("(k INT, __op INT) DUPLICATE KEY (k)", "system reserved"),
    ("(k VARCHAR(2000000)) DUPLICATE KEY (k)", "size"),
    ("(k CHAR(300)) DUPLICATE KEY (k)", "size"),
    ("(k INT, v DECIMAL(50, 2)) DUPLICATE KEY (k)", "precision"),
    ("(k INT, v NOPE) DUPLICATE KEY (k)", "syntax"),
    ("(k INT, select INT) DUPLICATE KEY (k)", "syntax"),
    ("(k INT PRIMARY KEY)", "syntax"),
    ("(k INT, PRIMARY KEY (k))", "syntax"),
    ("(k INT) COMMENT 'x' DUPLICATE KEY (k)", "syntax"),
    ("(k INT) PROPERTIES ()", "syntax"),
    ("(k INT, v INT AUTO_INCREMENT) DUPLICATE KEY (k)", "BIGINT"),
    ("(k INT) DUPLICATE KEY (k) PARTITION BY date_trunc('week', k)", "unit"),
    ('(k INT) DUPLICATE KEY (k) PROPERTIES ("replication_num" = "3")', "replication num"),
]


@pytest.mark.parametrize(("body", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_refused_table(warehouse, body, message):
    warehouse.refuses(f"CREATE TABLE t {body}", message)
    assert warehouse.run("SHOW TABLES") == []


ACCEPTED = [
    "(k INT, v STRING)",
    "(k INT, v STRING) DUPLICATE KEY (k) DISTRIBUTED BY RANDOM",
    "(k BIGINT, v JSON) PRIMARY KEY (k) DISTRIBUTED BY HASH (k) BUCKETS 3",
    "(k BIGINT, d DATETIME, v INT) PRIMARY KEY (k, d) PARTITION BY date_trunc('hour', d) DISTRIBUTED BY HASH (k)",
    "(k BIGINT, c STRING, v INT) PRIMARY KEY (k, c) PARTITION BY (c) DISTRIBUTED BY HASH (k)",
    "(k INT, v INT SUM) AGGREGATE KEY (k) DISTRIBUTED BY HASH (k)",
    "(k INT, v INT) UNIQUE KEY (k) DISTRIBUTED BY HASH (k) COMMENT 'never'".replace(" COMMENT 'never'", ""),
    "(k INT COMMENT 'key', v STRING DEFAULT 'x', w DATETIME DEFAULT CURRENT_TIMESTAMP) COMMENT 'a table'",
    "(k INT, a ARRAY<INT>, m MAP<STRING, INT>, s STRUCT<x INT, y STRING>)",
    "(k LARGEINT, b BOOLEAN, t TINYINT, f FLOAT, c CHAR(3), l DECIMAL(38, 9))",
    "(k INT, `select` INT)",
    "(d DATE, k INT) PARTITION BY RANGE (d) (PARTITION p1 VALUES LESS THAN ('2026-01-01'))",
    "(c STRING NOT NULL, k INT) PARTITION BY LIST (c) (PARTITION pa VALUES IN ('a', 'b'))",
]


@pytest.mark.parametrize("body", ACCEPTED)
def test_accepted_table_is_shown_as_it_can_be_created(warehouse, body):
    warehouse.table(f"CREATE TABLE t {body}")
    shown = warehouse.run("SHOW CREATE TABLE t")[0][1]
    described = warehouse.run("DESC t")
    warehouse.run("DROP TABLE t")
    warehouse.run(shown)
    assert warehouse.run("SHOW CREATE TABLE t")[0][1] == shown
    assert warehouse.run("DESC t") == described


def test_duplicate_key_appends(warehouse):
    warehouse.table(f"CREATE TABLE t (k INT, v INT) DUPLICATE KEY (k) {HASH}")
    warehouse.run("INSERT INTO t VALUES (1, 1), (1, 2)")
    warehouse.run("INSERT INTO t VALUES (1, 1)")
    assert warehouse.one("SELECT count(*) FROM t") == 3


@pytest.mark.parametrize("model", ["PRIMARY", "UNIQUE"])
def test_a_key_keeps_its_last_row(warehouse, model):
    warehouse.table(f"CREATE TABLE t (k INT, v INT) {model} KEY (k) {HASH}")
    warehouse.run("INSERT INTO t VALUES (1, 1), (2, 2), (1, 3)")
    warehouse.run("INSERT INTO t VALUES (2, 20)")
    assert warehouse.run("SELECT * FROM t ORDER BY k") == [(1, 3), (2, 20)]


def test_aggregate_key_merges(warehouse):
    warehouse.table(
        "CREATE TABLE t (k INT, s BIGINT SUM, lo INT MIN, hi INT MAX, r INT REPLACE, n INT REPLACE_IF_NOT_NULL)"
        f" AGGREGATE KEY (k) {HASH}"
    )
    warehouse.run("INSERT INTO t VALUES (1, 1, 5, 5, 1, 7)")
    warehouse.run("INSERT INTO t VALUES (1, 2, 3, 9, 2, NULL), (2, 1, 1, 1, 1, 1)")
    assert warehouse.run("SELECT * FROM t ORDER BY k") == [(1, 3, 3, 9, 2, 7), (2, 1, 1, 1, 1, 1)]


def test_insert_with_columns_updates_part_of_a_primary_key_row(warehouse):
    warehouse.table(f"CREATE TABLE t (k INT, a INT, b INT DEFAULT '7') PRIMARY KEY (k) {HASH}")
    warehouse.run("INSERT INTO t VALUES (1, 1, 1)")
    warehouse.run("INSERT INTO t (k, a) VALUES (1, 10), (2, 20)")
    assert warehouse.run("SELECT * FROM t ORDER BY k") == [(1, 10, 1), (2, 20, 7)]


BAD_ROWS = [
    ("(1, 'toolong')", "too long"),
    ("(1, 'ééé')", "too long"),
    ("(NULL, 'a')", "NULL value"),
]


@pytest.mark.parametrize(("row", "message"), BAD_ROWS)
def test_rows_that_do_not_fit_fail_the_insert(warehouse, row, message):
    warehouse.table(f"CREATE TABLE t (k INT NOT NULL, v VARCHAR(5)) DUPLICATE KEY (k) {HASH}")
    warehouse.refuses(f"INSERT INTO t VALUES (2, 'ok'), {row}", message, codes=(1064, 5610, 5609))
    assert warehouse.one("SELECT count(*) FROM t") == 0


def test_insert_column_count(warehouse):
    warehouse.table(f"CREATE TABLE t (k INT, v INT) DUPLICATE KEY (k) {HASH}")
    warehouse.refuses("INSERT INTO t VALUES (1)", "column count", codes=(1064, 1058, 5604))
    warehouse.refuses("INSERT INTO t (k, z) VALUES (1, 2)", "z", codes=(1064, 1054, 5509))


def test_insert_overwrite_replaces_the_whole_table(warehouse):
    warehouse.table("CREATE TABLE t (d DATE, v INT) DUPLICATE KEY (d) PARTITION BY date_trunc('day', d)")
    warehouse.run("INSERT INTO t VALUES ('2026-01-01', 1), ('2026-01-02', 2)")
    warehouse.run("INSERT OVERWRITE t VALUES ('2026-01-02', 20)")
    assert warehouse.run("SELECT v FROM t") == [(20,)]


def test_dynamic_overwrite_replaces_only_the_partitions_of_the_rows(warehouse):
    warehouse.table("CREATE TABLE t (d DATE, v INT) DUPLICATE KEY (d) PARTITION BY date_trunc('day', d)")
    warehouse.run("INSERT INTO t VALUES ('2026-01-01', 1), ('2026-01-02', 2)")
    before = warehouse.versions("t")
    warehouse.run("INSERT /*+SET_VAR(dynamic_overwrite=TRUE)*/ OVERWRITE t VALUES ('2026-01-02', 20)")
    assert warehouse.run("SELECT v FROM t ORDER BY v") == [(1,), (20,)]
    after = warehouse.versions("t")
    assert after["p20260101"] == before["p20260101"]
    assert after["p20260102"][0] != before["p20260102"][0]


def test_overwrite_of_a_named_partition(warehouse):
    warehouse.table("CREATE TABLE t (d DATE, v INT) DUPLICATE KEY (d) PARTITION BY date_trunc('day', d)")
    warehouse.run("INSERT INTO t VALUES ('2026-01-01', 1), ('2026-01-02', 2)")
    warehouse.run("INSERT OVERWRITE t PARTITION (p20260101) VALUES ('2026-01-01', 10)")
    assert warehouse.run("SELECT v FROM t ORDER BY v") == [(2,), (10,)]


def test_update_and_delete_on_a_primary_key_table(warehouse):
    warehouse.table(f"CREATE TABLE t (k INT, v INT) PRIMARY KEY (k) {HASH}")
    warehouse.run("INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")
    warehouse.run("UPDATE t SET v = v * 10 WHERE k < 3")
    warehouse.run("UPDATE t SET v = s.n FROM (SELECT 3 AS k, 33 AS n) s WHERE t.k = s.k")
    warehouse.run("DELETE FROM t WHERE k IN (SELECT 2)")
    assert warehouse.run("SELECT * FROM t ORDER BY k") == [(1, 10), (3, 33)]


REFUSED_CHANGES = [
    ("PRIMARY", "UPDATE t SET v = 1", "where"),
    ("PRIMARY", "UPDATE t SET k = 1 WHERE k = 1", "key"),
    ("PRIMARY", "UPDATE t SET z = 1 WHERE k = 1", "z"),
    ("PRIMARY", "UPDATE t, (SELECT 1 AS k) s SET t.v = 1 WHERE t.k = s.k", "syntax"),
    ("PRIMARY", "DELETE FROM t", "where"),
    ("DUPLICATE", "UPDATE t SET v = 1 WHERE k = 1", "primary key"),
    ("DUPLICATE", "DELETE FROM t WHERE k = 1 OR k = 2", "where clause"),
    ("DUPLICATE", "DELETE FROM t WHERE k IN (SELECT 1)", "where clause"),
    ("UNIQUE", "DELETE FROM t WHERE v = 1", "value column"),
    ("PRIMARY", "MERGE INTO t USING t s ON t.k = s.k WHEN MATCHED THEN DELETE", "syntax"),
    ("PRIMARY", "INSERT INTO t VALUES (1, 1) ON DUPLICATE KEY UPDATE v = 2", "syntax"),
    ("PRIMARY", "REPLACE INTO t VALUES (1, 1)", "syntax"),
]


@pytest.mark.parametrize(("model", "sql", "message"), REFUSED_CHANGES, ids=[f"{c[0]} {c[1]}" for c in REFUSED_CHANGES])
def test_refused_change(warehouse, model, sql, message):
    warehouse.table(f"CREATE TABLE t (k INT, v INT) {model} KEY (k) {HASH}")
    warehouse.refuses(sql, message)


def test_ctas_turns_double_into_decimal(warehouse):
    warehouse.run(
        "CREATE TABLE t PROPERTIES ('replication_num' = '1') AS SELECT 1 AS k, CAST(1.5 AS DOUBLE) AS d, NULL AS n"
    )
    assert [row[:2] for row in warehouse.run("DESC t")][1] == ("d", "decimal(38,9)")
    assert warehouse.run("DESC t")[2][1].startswith("varchar")


def test_ctas_refuses_unique_key(warehouse):
    warehouse.refuses("CREATE TABLE t UNIQUE KEY (k) DISTRIBUTED BY HASH (k) AS SELECT 1 AS k", "CTAS does not support")


def test_views(warehouse):
    warehouse.table(f"CREATE TABLE t (k INT, v INT) DUPLICATE KEY (k) {HASH}")
    warehouse.run("INSERT INTO t VALUES (1, 2)")
    warehouse.run("CREATE VIEW w AS SELECT *, k + v AS total FROM t")
    assert warehouse.run("SELECT * FROM w") == [(1, 2, 3)]
    warehouse.run("ALTER TABLE t ADD COLUMN z INT")
    assert warehouse.run("SELECT * FROM w") == [(1, 2, 3)]
    warehouse.refuses("CREATE VIEW w AS SELECT 1", "exists", codes=(1050, 1064))
    warehouse.run("CREATE OR REPLACE VIEW w AS SELECT k FROM t")
    assert warehouse.run("SELECT * FROM w") == [(1,)]
    warehouse.refuses("INSERT INTO w VALUES (1)", "view")
    warehouse.refuses("DROP TABLE w", "")
    warehouse.run("DROP VIEW w")


def test_materialized_view_refreshes_on_demand(warehouse):
    warehouse.table(f"CREATE TABLE t (k INT, v INT) DUPLICATE KEY (k) {HASH}")
    warehouse.run("INSERT INTO t VALUES (1, 2)")
    warehouse.run(
        "CREATE MATERIALIZED VIEW m REFRESH DEFERRED MANUAL PROPERTIES ('replication_num' = '1')"
        " AS SELECT k, sum(v) AS s FROM t GROUP BY k"
    )
    assert warehouse.run("SELECT * FROM m") == []
    warehouse.run("REFRESH MATERIALIZED VIEW m WITH SYNC MODE")
    assert warehouse.run("SELECT * FROM m") == [(1, 2)]
    kind = warehouse.run(
        "SELECT TABLE_TYPE, ENGINE FROM information_schema.tables"
        f" WHERE TABLE_SCHEMA = '{warehouse.database}' AND TABLE_NAME = 'm'"
    )
    assert kind == [("VIEW", "StarRocks")]


def test_names_of_tables_are_case_sensitive_and_columns_are_not(warehouse):
    warehouse.table(f"CREATE TABLE t (k INT) DUPLICATE KEY (k) {HASH}")
    warehouse.run("INSERT INTO t VALUES (1)")
    assert warehouse.run("SELECT K FROM t") == [(1,)]
    warehouse.refuses("SELECT k FROM T", "Unknown table", codes=(1064, 5502))


def test_existing_things_and_missing_things(warehouse):
    warehouse.table(f"CREATE TABLE t (k INT) DUPLICATE KEY (k) {HASH}")
    warehouse.refuses(f"CREATE TABLE t (k INT) DUPLICATE KEY (k) {HASH}", "already exists", codes=(1050,))
    warehouse.run("CREATE TABLE IF NOT EXISTS t (k INT)")
    warehouse.refuses(f"CREATE DATABASE {warehouse.database}", "exists", codes=(1007,))
    warehouse.refuses("DROP DATABASE nowhere", "exist", codes=(1008,))
    warehouse.refuses("DROP TABLE nope", "Unknown table", codes=(5502, 1064, 1051))
    warehouse.run("DROP TABLE IF EXISTS nope")
    warehouse.run("DROP DATABASE IF EXISTS nowhere")
