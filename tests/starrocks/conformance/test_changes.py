"""The change signal: partition identities are stable, versions rise by one per transaction."""

import pytest

PARTITIONED = (
    "CREATE TABLE t (d DATE NOT NULL, k INT NOT NULL, v INT) PRIMARY KEY (d, k)"
    " PARTITION BY date_trunc('day', d) DISTRIBUTED BY HASH (k)"
)


@pytest.fixture
def days(warehouse):
    warehouse.table(PARTITIONED)
    warehouse.run("INSERT INTO t VALUES ('2026-01-01', 1, 1), ('2026-01-02', 1, 1)")
    return warehouse


def test_partitions_are_named_by_their_value(days):
    assert set(days.versions("t")) == {"p20260101", "p20260102"}


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO t VALUES ('2026-01-01', 5, 5)",
        "INSERT INTO t VALUES ('2026-01-01', 1, 9)",
        "UPDATE t SET v = 7 WHERE d = '2026-01-01'",
        "DELETE FROM t WHERE d = '2026-01-01'",
    ],
)
def test_a_transaction_raises_the_version_of_the_partition_it_touches(days, change):
    before = days.versions("t")
    days.run(change)
    after = days.versions("t")
    assert after["p20260101"] == (before["p20260101"][0], before["p20260101"][1] + 1)
    assert after["p20260102"] == before["p20260102"]


@pytest.mark.parametrize("query", ["SELECT count(*) FROM t", "INSERT INTO t SELECT * FROM t WHERE k > 100"])
def test_nothing_written_nothing_raised(days, query):
    before = days.versions("t")
    days.run(query)
    assert days.versions("t") == before


@pytest.mark.parametrize(
    "change", ["TRUNCATE TABLE t", "INSERT OVERWRITE t SELECT * FROM t", "TRUNCATE TABLE t PARTITION (p20260101)"]
)
def test_replaced_partitions_have_new_identities(days, change):
    before = days.versions("t")
    days.run(change)
    after = days.versions("t")
    assert after["p20260101"][0] != before["p20260101"][0] if "p20260101" in after else True
    assert set(after.values()) != set(before.values())


def test_a_recreated_table_has_new_identities(days):
    before = {identity for identity, _ in days.versions("t").values()}
    days.run("DROP TABLE t")
    days.table(PARTITIONED)
    days.run("INSERT INTO t VALUES ('2026-01-01', 1, 1)")
    assert not before & {identity for identity, _ in days.versions("t").values()}


def test_show_partitions_agrees_with_the_schema(days):
    shown = {row[1]: (int(row[0]), int(row[2])) for row in days.run("SHOW PARTITIONS FROM t")}
    assert shown == days.versions("t")


def test_a_failed_load_raises_nothing(days):
    before = days.versions("t")
    answer = days.load("t", [{"d": "2026-01-01", "k": None, "v": 1}])
    assert answer["Status"] == "Fail"
    assert days.versions("t") == before


def test_update_time_is_the_newest_version(days):
    newest = days.one(
        f"SELECT max(VISIBLE_VERSION_TIME) FROM information_schema.partitions_meta WHERE DB_NAME = '{days.database}'"
    )
    assert (
        days.one(f"SELECT UPDATE_TIME FROM information_schema.tables WHERE TABLE_SCHEMA = '{days.database}'") == newest
    )


def test_columns_change_without_losing_rows_or_order(warehouse):
    warehouse.table("CREATE TABLE c (k INT, v INT, s STRING) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    warehouse.run("INSERT INTO c VALUES (1, 10, '5')")
    warehouse.run("ALTER TABLE c MODIFY COLUMN v BIGINT")
    warehouse.run("ALTER TABLE c ADD COLUMN x INT DEFAULT '7' AFTER k")
    assert warehouse.run("SELECT * FROM c") == [(1, 7, 10, "5")]
    warehouse.run("INSERT INTO c VALUES (2, 8, 4000000000, 'b')")
    assert warehouse.run("SELECT * FROM c ORDER BY k") == [(1, 7, 10, "5"), (2, 8, 4000000000, "b")]


def test_json_values_are_inserted_as_what_is_in_them(warehouse):
    warehouse.table("CREATE TABLE t (k INT, s STRING, d DOUBLE, b BOOLEAN) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    warehouse.run(
        "INSERT INTO t SELECT j->'$.k', j->'$.s', j->'$.d', j->'$.b' FROM (SELECT parse_json("
        """'{"k": 1.7, "s": "x", "d": 1.5, "b": true}') AS j) AS q"""
    )
    assert warehouse.run("SELECT * FROM t") == [(1, "x", 1.5, 1)]
