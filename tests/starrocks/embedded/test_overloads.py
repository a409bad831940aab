"""Overloaded functions and sums over aggregates and windows, as BI tools write them."""

import decimal

import pytest

D = decimal.Decimal
CASES = [
    ("SELECT g, sum(sum(m)) OVER () FROM o GROUP BY g ORDER BY g", [("a", D("60.00")), ("b", D("60.00"))]),
    (
        "SELECT g, sum(sum(m)) OVER (ORDER BY g) AS running FROM o GROUP BY g ORDER BY g",
        [("a", D("30.00")), ("b", D("60.00"))],
    ),
    ("SELECT g, sum(count(*)) OVER () FROM o GROUP BY g ORDER BY g", [("a", 3), ("b", 3)]),
    ("SELECT g, sum(sum(i)) OVER () AS t FROM o GROUP BY g ORDER BY g", [("a", 6), ("b", 6)]),
    ("SELECT g, avg(sum(i)) OVER () FROM o GROUP BY g ORDER BY g", [("a", 3.0), ("b", 3.0)]),
    ("SELECT g, round(sum(m) / sum(sum(m)) OVER (), 2) FROM o GROUP BY g ORDER BY g", [("a", 0.5), ("b", 0.5)]),
    ("SELECT i, avg(m) OVER (ORDER BY i) FROM o ORDER BY i", [(1, D(10)), (2, D(15)), (3, D(20))]),
    ("SELECT i, sum(i) OVER (ORDER BY i ROWS 1 PRECEDING) FROM o ORDER BY i", [(1, 1), (2, 3), (3, 5)]),
    (
        "SELECT g, rank() OVER (ORDER BY sum(m) DESC), max(max(i)) OVER () FROM o GROUP BY g ORDER BY g",
        [("a", 1, 3), ("b", 1, 3)],
    ),
    ("SELECT g FROM o GROUP BY g QUALIFY sum(sum(i)) OVER (ORDER BY g) > 3", [("b",)]),
    ("SELECT g, lag(sum(i)) OVER (ORDER BY g) FROM o GROUP BY g ORDER BY g", [("a", None), ("b", 3)]),
    ("SELECT round(sum(m) * 100.0 / count(*), 1), abs(min(i)) FROM o", [(2000.0, 1)]),
    ("SELECT g FROM o GROUP BY g HAVING coalesce(sum(i), 0) * 2 >= 6 ORDER BY g", [("a",), ("b",)]),
    ("SELECT date_trunc('month', max(d)) FROM o", [("2026-01-01 00:00:00",)]),
]


@pytest.fixture(scope="module")
def orders(shared):
    shared("CREATE TABLE o (g VARCHAR(5), i INT, m DECIMAL(10, 2), d DATETIME) DUPLICATE KEY (g)")
    shared(
        "INSERT INTO o VALUES ('a', 1, 10, '2026-01-05 10:00:00'), ('a', 2, 20, '2026-01-06 10:00:00'),"
        " ('b', 3, 30, '2026-01-07 10:00:00')"
    )
    return shared


@pytest.mark.parametrize(("sql", "expected"), CASES, ids=[sql for sql, _ in CASES])
def test_over_aggregates(orders, sql, expected):
    found = orders(sql)
    shown = [tuple(str(value) if hasattr(value, "year") else value for value in row) for row in found]
    assert [tuple(float(v) if isinstance(v, D) else v for v in row) for row in shown] == [
        tuple(float(v) if isinstance(v, D) else v for v in row) for row in expected
    ]


def test_the_type_of_a_sum_over_a_window_is_that_of_a_plain_sum(orders):
    plain = orders("SELECT sum(m) AS s, sum(i) AS t FROM o")[0]
    windows = orders("SELECT sum(sum(m)) OVER () AS s, sum(sum(i)) OVER () AS t FROM o")[0]
    assert [type(value) for value in plain] == [type(value) for value in windows]
    assert plain == windows


@pytest.mark.parametrize(
    "value", ["'1.5'", "1.5", "parse_json('1.5')", """parse_json('"1.5"')""", "CAST(1.5 AS DOUBLE)"]
)
def test_a_decimal_of_every_type(shared, value):
    assert shared(f"SELECT CAST({value} AS DECIMAL(5, 2))") == [(D("1.50"),)]
