"""JSON bodies: how documents are read, and what becomes of values that do not fit."""

import json
from decimal import Decimal

import pytest


def test_top_level_array_needs_strip_outer_array(t):
    body = b'[{"k": 1}, {"k": 2}]'
    answer = t.load("t", body, format="json")
    assert answer["Status"] == "Fail"
    assert "strip_outer_array=true" in t.log(answer)
    assert t.load("t", body, format="json", strip_outer_array="true")["NumberLoadedRows"] == 2


def test_concatenated_objects(t):
    assert t.load("t", b'{"k": 1}{"k": 2}\n\n {"k":\n3}', format="json")["NumberLoadedRows"] == 3


def test_keys_match_exactly_and_extra_keys_are_ignored(t):
    assert t.load("t", [{"k": 1, "V": "x", "zzz": 5}])["Status"] == "Success"
    assert t.run("SELECT k, v FROM t") == [(1, None)]


def test_a_missing_key_is_null_not_the_default(warehouse):
    warehouse.table("CREATE TABLE t (k INT, v STRING DEFAULT 'x') DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    warehouse.load("t", [{"k": 1}])
    warehouse.load("t", [{"k": 2}], columns="k")
    assert warehouse.run("SELECT v FROM t ORDER BY k") == [(None,), ("x",)]


MISFITS = [
    ({"k": 1, "v": "toolong"}, "too long"),
    ({"k": 1, "v": "ééé"}, "too long"),
    ({"k": 1, "n": "x"}, "out of range"),
    ({"k": 1, "n": "1_000"}, "out of range"),
]


@pytest.mark.parametrize(("row", "message"), MISFITS, ids=[str(case[0]) for case in MISFITS])
def test_misfits_are_null_unless_strict(t, row, message):
    assert t.load("t", [row])["Status"] == "Success"
    assert t.run("SELECT k, v, n FROM t") == [(1, None, None)]
    answer = t.load("t", [row], strict_mode="true")
    assert (answer["Status"], answer["Message"]) == ("Fail", "too many filtered rows")
    assert message in t.log(answer)


def test_filter_ratio(t):
    rows = [{"k": i if i else None} for i in range(10)]
    answer = t.load("t", rows)
    assert (answer["Message"], answer["NumberFilteredRows"]) == ("too many filtered rows", 1)
    answer = t.load("t", rows, max_filter_ratio="0.2")
    assert (answer["Status"], answer["NumberLoadedRows"], answer["NumberFilteredRows"]) == ("Success", 9, 1)
    assert "NULL value in non-nullable column 'k'" in t.log(answer)


def test_where_leaves_rows_out(t):
    answer = t.load("t", [{"k": 1}, {"k": 20}], where="k > 10")
    assert (answer["NumberLoadedRows"], answer["NumberUnselectedRows"]) == (1, 1)


def test_computed_columns(t):
    answer = t.load("t", [{"id": 4, "name": "x"}], columns="id, name, k = id * 2, v = concat(name, '!')")
    assert answer["Status"] == "Success", answer
    assert t.run("SELECT k, v FROM t") == [(8, "x!")]


def test_jsonpaths_and_root(t):
    body = json.dumps({"data": [{"a": {"b": 5}, "c": "x"}]})
    headers = {"format": "json", "json_root": "$.data", "jsonpaths": '["$.a.b", "$.c"]', "columns": "k, v"}
    assert t.load("t", body, **headers)["Status"] == "Success"
    assert t.run("SELECT k, v FROM t") == [(5, "x")]


def test_malformed_json_fails_as_a_whole(t):
    answer = t.load("t", b'{"k": 1}\n{"k": oops}\n', format="json")
    assert answer["Status"] == "Fail"
    assert t.one("SELECT count(*) FROM t") == 0


# be/src/formats/json: what StarRocks reads itself, and what it reads as text.
READ = [
    ("INT", "1.7", 1),
    ("INT", '"1.7"', 1),
    ("INT", "-1.7", -1),
    ("INT", "1e3", 1000),
    ("INT", "true", None),
    ("DOUBLE", "true", None),
    ("LARGEINT", "true", "1"),
    ("DECIMAL(10, 2)", "true", Decimal("1.00")),
    ("STRING", "true", "1"),
    ("STRING", '"true"', "true"),
    ("STRING", "false", "0"),
    ("STRING", "17", "17"),
    ("STRING", '{"a": [1, "x"]}', '{"a":[1,"x"]}'),
    ("BOOLEAN", "true", 1),
    ("BOOLEAN", '"false"', 0),
    ("DATE", '"12026-01-02"', None),
    ("DATETIME", '"10000-01-01 00:00:00"', None),
]


@pytest.mark.parametrize(("kind", "value", "stored"), READ)
def test_how_a_json_value_becomes_a_column(warehouse, kind, value, stored):
    warehouse.table(f"CREATE TABLE t (k INT, v {kind}) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    body = f'{{"k": 1, "v": {value}}}'
    for headers in ({}, {"jsonpaths": '["$.k", "$.v"]'}):
        warehouse.run("TRUNCATE TABLE t")
        assert warehouse.load("t", body, format="json", **headers)["Status"] == "Success"
        assert warehouse.run("SELECT k, v FROM t") == [(1, stored)]
    if stored is None:
        answer = warehouse.load("t", body, format="json", strict_mode="true")
        assert answer["Message"] == "too many filtered rows"


def test_json_that_is_none_is_refused(warehouse):
    warehouse.table("CREATE TABLE t (k INT, j JSON) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    for value in ("NaN", '{"a": Infinity}'):
        answer = warehouse.load("t", f'{{"k": 1, "j": {value}}}', format="json", strict_mode="true")
        assert answer["Status"] == "Fail", value
