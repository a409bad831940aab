"""BEGIN ... COMMIT: several changes as one, within StarRocks' limits (version 4.0, docs: SQL transaction)."""

import pytest

CHANGED = "subjected to DML operations before"


@pytest.fixture
def pair(warehouse):
    for name in "ab":
        warehouse.table(f"CREATE TABLE {name} (k INT NOT NULL, v INT) PRIMARY KEY (k) DISTRIBUTED BY HASH (k)")
    warehouse.run("INSERT INTO a VALUES (1, 1), (2, 2)")
    warehouse.run("BEGIN")
    yield warehouse
    warehouse.run("ROLLBACK")


def test_inserts_into_two_tables(warehouse):
    for name in "ab":
        warehouse.table(f"CREATE TABLE {name} (k INT) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    warehouse.run("BEGIN")
    warehouse.run("INSERT INTO a VALUES (1)")
    warehouse.run("INSERT INTO b VALUES (2)")
    warehouse.run("COMMIT")
    assert (warehouse.one("SELECT k FROM a"), warehouse.one("SELECT k FROM b")) == (1, 2)
    warehouse.run("BEGIN")
    warehouse.run("INSERT INTO a VALUES (3)")
    warehouse.run("ROLLBACK")
    assert warehouse.run("SELECT k FROM a") == [(1,)]


def test_changes_come_before_inserts_and_all_are_seen_at_once(pair):
    pair.run("UPDATE a SET v = 10 WHERE k = 1")
    pair.run("DELETE FROM b WHERE k = 1")
    pair.run("INSERT INTO a VALUES (3, 3)")
    pair.run("INSERT INTO a VALUES (4, 4)")
    pair.run("COMMIT")
    assert pair.run("SELECT k, v FROM a ORDER BY k") == [(1, 10), (2, 2), (3, 3), (4, 4)]
    assert pair.versions("a")["a"][1] == 3  # the first INSERT, then the transaction


def test_rollback_leaves_everything(pair):
    pair.run("UPDATE a SET v = 10 WHERE k = 1")
    pair.run("ROLLBACK")
    assert pair.run("SELECT v FROM a WHERE k = 1") == [(1,)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("INSERT INTO a VALUES (3, 3)", "UPDATE a SET v = 0 WHERE k = 1"),
        ("INSERT INTO a VALUES (3, 3)", "DELETE FROM a WHERE k = 1"),
        ("UPDATE a SET v = 5 WHERE k = 1", "UPDATE a SET v = 6 WHERE k = 2"),
        ("UPDATE a SET v = 5 WHERE k = 1", "SELECT * FROM a"),
        ("UPDATE a SET v = 5 WHERE k = 1", "INSERT INTO b SELECT k, v FROM a"),
        ("INSERT INTO a VALUES (3, 3)", "UPDATE b SET v = a.v FROM a WHERE a.k = b.k"),
        ("INSERT INTO a VALUES (3, 3)", "DELETE FROM b WHERE k IN (SELECT k FROM a)"),
    ],
)
def test_a_changed_table_is_not_changed_or_read_again(pair, first, second):
    pair.run(first)
    pair.refuses(second, CHANGED, codes=(5303, 1064))
    pair.run("COMMIT")


def test_one_database(pair):
    other = f"{pair.database}_other"
    pair.run("ROLLBACK")
    pair.run(f"CREATE DATABASE {other}")
    pair.run(f"CREATE TABLE {other}.t (k INT) PROPERTIES ('replication_num' = '1')")
    pair.run("BEGIN")
    pair.run("INSERT INTO a VALUES (9, 9)")
    pair.refuses(f"INSERT INTO {other}.t VALUES (1)", "cross-database", codes=(5304, 1064))
    pair.run("ROLLBACK")
    pair.run(f"DROP DATABASE {other} FORCE")


@pytest.mark.parametrize("sql", ["INSERT OVERWRITE a VALUES (1, 1)", "CREATE TABLE c (k INT)", "TRUNCATE TABLE a"])
def test_nothing_but_changes(pair, sql):
    pair.refuses(sql, "transaction")


def test_a_statement_that_cannot_be_made_is_refused_when_it_comes(pair):
    pair.refuses("INSERT INTO a VALUES (1, 2, 3)", "count", codes=(5604, 1064))
    pair.run("INSERT INTO a VALUES (3, 3)")
    pair.run("COMMIT")
    assert pair.one("SELECT count(*) FROM a") == 3
