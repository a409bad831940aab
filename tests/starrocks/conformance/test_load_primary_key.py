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
