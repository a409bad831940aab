"""Functions beyond single expressions: hashes, sets, patterns from columns, lambdas over several arrays, json_each."""

import pytest

CASES = [
    ("murmur_hash3_32('hello')", 1321743225),
    ("murmur_hash3_32('hello', 'world')", 984713481),
    ("murmur_hash3_32(NULL)", None),
    ("xx_hash3_64('hello')", -7685981735718036227),
    ("xx_hash3_64('hello', 'world')", 7001965798170371843),
    ("xx_hash3_64(NULL)", None),
    ("bitmap_count(to_bitmap(5))", 1),
    ("bitmap_count(to_bitmap(NULL))", 0),
    ("bitmap_to_string(bitmap_or(to_bitmap(1), to_bitmap(2)))", "1,2"),
    ("bitmap_to_string(bitmap_and(bitmap_from_string('1,2,3'), bitmap_from_string('2,3,4')))", "2,3"),
    ("bitmap_contains(to_bitmap(1), 2)", 0),
    ("bitmap_to_array(bitmap_from_string('3,1'))", "[1,3]"),
    ("hll_cardinality(hll_hash('a'))", 1),
    ("hll_cardinality(hll_empty())", 0),
    ("to_bitmap(1)", None),  # a set has no text for clients
    ("hll_hash('a')", None),
    ("array_map((x, y) -> x + y, [1, 2], [10, 20])", "[11,22]"),
    ("array_map((x, y) -> concat(x, y), ['a'], ['b'])", '["ab"]'),
    ("array_map((x, y) -> x, [1], NULL)", None),
    ("array_map(x -> x + 1, [1])", "[2]"),
]


@pytest.fixture
def rows(warehouse):
    warehouse.table(
        "CREATE TABLE t (k INT, v INT, p STRING, d DATETIME, j JSON) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)"
    )
    warehouse.run(
        "INSERT INTO t VALUES"
        """ (1, 10, '%Y/%m', '2026-03-04 05:06:07', parse_json('{"a": 1, "b": [2]}')),"""
        """ (2, 10, '%d.%c %H%%', '2026-03-04 05:06:07', parse_json('{"a": 3}')), (3, 30, NULL, NULL, NULL)"""
    )
    return warehouse


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[case[0] for case in CASES])
def test_expression(warehouse, expression, expected):
    assert warehouse.one(f"SELECT {expression}") == expected


def test_sets_over_rows(rows):
    assert rows.run(
        "SELECT bitmap_union_count(to_bitmap(v)), hll_union_agg(hll_hash(v)), ndv(v), approx_count_distinct(v),"
        " bitmap_count(bitmap_union(to_bitmap(v))), bitmap_union_int(v), hll_cardinality(hll_union(hll_hash(v))) FROM t"
    ) == [(2, 2, 2, 2, 2, 2, 2)]
    assert rows.run("SELECT k % 2, bitmap_union_count(to_bitmap(v)) FROM t GROUP BY k % 2 ORDER BY 1") == [
        (0, 1),
        (1, 2),
    ]
    assert rows.run("SELECT bitmap_union_count(to_bitmap(v)) FROM t WHERE k > 9") == [(0,)]


def test_a_pattern_may_differ_from_row_to_row(rows):
    assert rows.run("SELECT date_format(d, p) FROM t ORDER BY k") == [("2026/03",), ("04.3 05%",), (None,)]


@pytest.mark.parametrize("call", ["LATERAL json_each(j)", "json_each(j)"])
def test_json_each(rows, call):
    assert rows.run(f"SELECT k, `key`, value FROM t, {call} ORDER BY k, `key`") == [
        (1, "a", "1"),
        (1, "b", "[2]"),
        (2, "a", "3"),
    ]
    assert rows.run(f"SELECT u.a FROM t, {call} AS u(a, b) WHERE k = 2") == [("a",)]
    rows.refuses(f"SELECT * FROM t, {call} AS u(a)", "columns")


def test_arrays_of_one_lambda_have_one_length(warehouse):
    warehouse.refuses("SELECT array_map((x, y) -> x + y, [1, 2], [10])", "size is not equal")
    warehouse.refuses("SELECT array_map((x, y) -> x, [1])", "array_map")
    warehouse.refuses("SELECT murmur_hash3_32()", "murmur_hash3_32")


def test_a_lambda_sees_columns_beside_its_parameters(rows):
    assert rows.run("SELECT array_map((x, y) -> x + y + k, [k], [v]) FROM t ORDER BY k") == [
        ("[12]",),
        ("[14]",),
        ("[36]",),
    ]
