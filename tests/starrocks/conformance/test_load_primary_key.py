"""Loads into Primary Key tables: upsert, delete, partial and conditional update."""

import pytest


def test_upsert_and_last_row_wins(pk):
    pk.load("t", [{"k": 1, "v": "x", "n": 5}, {"k": 3, "v": "c", "n": 3}, {"k": 1, "v": "y", "n": 6}])
    assert pk.run("SELECT * FROM t ORDER BY k") == [(1, "y", 6), (2, "b", 2), (3, "c", 3)]


def test_operation_column(pk):
    pk.load("t", [{"k": 1, "o": 1}, {"k": 3, "o": 0}], columns="k, o, __op = o")
    assert pk.run("SELECT k FROM t ORDER BY k") == [(2,), (3,)]
    pk.load("t", [{"k": 2}], columns="k, __op = 'delete'")
    assert pk.run("SELECT k FROM t ORDER BY k") == [(3,)]


def test_partial_update(pk):
    assert pk.load("t", [{"k": 1, "n": 50}], columns="k, n", partial_update="true")["Status"] == "Success"
    assert pk.run("SELECT * FROM t ORDER BY k") == [(1, "a", 50), (2, "b", 2)]


NUMBERED = "CREATE TABLE a (k INT, id BIGINT NOT NULL AUTO_INCREMENT, v INT, n INT NOT NULL) PRIMARY KEY (k)"


def test_a_partial_update_keeps_numbers_and_gives_new_rows_theirs(warehouse):
    """docs: AUTO_INCREMENT, partial updates; there a NOT NULL column without default becomes 0 in a new row."""
    warehouse.table(f"{NUMBERED} DISTRIBUTED BY HASH (k)")
    warehouse.run("INSERT INTO a VALUES (1, -5, 1, 1)")
    rows = [{"k": 1, "v": 10}, {"k": 2, "v": 20}, {"k": 3, "v": 30}]
    assert warehouse.load("a", rows, columns="k, v", partial_update="true")["Status"] == "Success"
    found = warehouse.run("SELECT k, id, v, n FROM a ORDER BY k")
    assert [(k, v, n) for k, _, v, n in found] == [(1, 10, 1), (2, 20, 0), (3, 30, 0)]
    numbers = [number for _, number, _, _ in found]
    assert numbers[0] == -5 and None not in numbers and len(set(numbers)) == 3
    warehouse.run("INSERT INTO a (k, v, n) VALUES (1, 11, 1)")
    assert warehouse.run("SELECT id, v FROM a WHERE k = 1") == [(-5, 11)]


def test_merge_condition(pk):
    pk.load("t", [{"k": 1, "v": "old", "n": 0}, {"k": 2, "v": "new", "n": 9}], merge_condition="n")
    assert pk.run("SELECT v FROM t ORDER BY k") == [("a",), ("new",)]


def test_operation_column_needs_a_primary_key(t):
    answer = t.load("t", [{"k": 1}], columns="k, __op = 'delete'")
    assert answer["Status"] == "Fail"


@pytest.mark.parametrize(("condition", "message"), [("k", "primary key"), ("x", "does not exist")])
def test_merge_condition_is_a_value_column(pk, condition, message):
    answer = pk.load("t", [{"k": 1, "v": "x", "n": 3}], merge_condition=condition)
    assert answer["Status"] == "Fail" and message in answer["Message"]


def test_merge_condition_needs_a_primary_key(t):
    answer = t.load("t", [{"k": 1, "v": "x"}], merge_condition="v")
    assert answer["Status"] == "Fail" and "primary key" in answer["Message"]


@pytest.mark.parametrize("partial", ["false", "true"])
def test_a_default_time_is_in_the_time_zone_of_the_load(warehouse, partial):
    """Column.calculatedDefaultValueWithTime; issue 33872 says partial updates left it out once."""
    warehouse.table("CREATE TABLE t (k INT, v INT, at DATETIME DEFAULT CURRENT_TIMESTAMP) PRIMARY KEY (k)")
    headers = {"columns": "k, v", "partial_update": partial, "timezone": "+14:00"}
    assert warehouse.load("t", "1\t1\n", **headers)["Status"] == "Success"
    assert warehouse.one("SELECT hours_diff(at, utc_timestamp()) FROM t") in (13, 14)


def test_a_default_time_is_in_the_time_zone_of_the_session(warehouse):
    warehouse.table("CREATE TABLE t (k INT, v INT, at DATETIME DEFAULT CURRENT_TIMESTAMP) PRIMARY KEY (k)")
    warehouse.run("SET time_zone = '+14:00'")
    warehouse.run("INSERT INTO t (k, v) VALUES (1, 1)")
    warehouse.run("INSERT INTO t VALUES (2, 2, DEFAULT)")
    first, second = warehouse.run("SELECT hours_diff(at, utc_timestamp()) FROM t")
    assert first[0] in (13, 14)
    assert second[0] in (13, 14)
