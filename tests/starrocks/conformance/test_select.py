"""What queries mean: one expression per rule. The expected values are StarRocks'."""

import datetime
from decimal import Decimal

import pytest

D, T = datetime.date, datetime.datetime

CASES = [
    # conversions
    ("CAST('abc' AS INT)", None),
    ("CAST('12' AS INT)", 12),
    ("CAST(2.7 AS INT)", 2),
    ("CAST(-2.7 AS INT)", -2),
    ("CAST('0x10' AS INT)", None),
    ("CAST('0b11' AS BIGINT)", None),
    ("CAST('1_000' AS INT)", None),
    ("CAST('1_000' AS DOUBLE)", None),
    ("CAST('1_000' AS DECIMAL(10, 2))", None),
    ("CAST('infinity' AS DOUBLE)", None),
    ("CAST('-inf' AS FLOAT)", None),
    ("CAST('nan' AS DOUBLE)", None),
    ("CAST('1e400' AS DOUBLE)", None),
    ("CAST('1e3' AS DOUBLE)", 1000.0),
    ("CAST(' 7 ' AS INT)", 7),
    ("CAST('1.7' AS INT)", None),
    ("CAST('1e3' AS BIGINT)", None),
    ("CAST('1.5' AS BOOLEAN)", None),
    ("CAST('2' AS BOOLEAN)", 1),
    ("CAST('12026-01-05' AS DATE)", None),
    ("CAST('12026-01-05 10:11:12' AS DATETIME)", None),
    ("CAST('99990101' AS DATE)", D(9999, 1, 1)),
    ("CAST('epoch' AS DATE)", None),
    ("CAST('infinity' AS DATETIME)", None),
    ("CAST('x' AS DATE)", None),
    ("CAST('2026-01-05' AS DATE)", D(2026, 1, 5)),
    ("CAST('20260105' AS DATE)", D(2026, 1, 5)),
    ("CAST('2026-01-05 10:11:12' AS DATETIME)", T(2026, 1, 5, 10, 11, 12)),
    ("CAST('1.23456' AS DECIMAL(10, 2))", Decimal("1.23")),
    ("CAST('x' AS DECIMAL(10, 2))", None),
    ("CAST(TRUE AS STRING)", "1"),
    ("CAST(5 AS STRING)", "5"),
    ("CAST('true' AS BOOLEAN)", 1),
    ("CAST(DATE '2026-01-05' AS INT)", 20260105),
    ("CAST(1 AS DOUBLE)", 1.0),
    # arithmetic
    ("7 / 2", 3.5),
    ("7 DIV 2", 3),
    ("1 / 0", None),
    ("7 % 0", None),
    ("7 MOD 4", 3),
    ("CAST(1 AS DECIMAL(10, 2)) / 3 < 0.34", 1),
    ("CAST(1.5 AS DECIMAL(10, 2)) * CAST(2.25 AS DECIMAL(10, 2))", Decimal("3.3750")),
    ("round(2.5)", 3),
    ("ceil(1.2)", 2),
    ("floor(-1.2)", -2),
    ("abs(-5)", 5),
    ("pow(2, 10)", 1024.0),
    ("sqrt(-1)", None),
    ("ln(0)", None),
    ("truncate(1.239, 2) < 1.24", 1),
    ("greatest(1, 2, 3)", 3),
    ("greatest(1, NULL, 3)", None),
    ("least('b', 'a')", "a"),
    ("5 & 3", 1),
    ("5 | 3", 7),
    ("5 ^ 3", 6),
    # logic and conditions
    ("if(1 > 2, 'a', 'b')", "b"),
    ("ifnull(NULL, 5)", 5),
    ("nullif(5, 5)", None),
    ("coalesce(NULL, NULL, 'x')", "x"),
    ("CASE WHEN 1 = 1 THEN 'y' ELSE 'n' END", "y"),
    ("NULL <=> NULL", 1),
    ("1 <=> NULL", 0),
    ("TRUE || FALSE", 1),
    ("TRUE && FALSE", 0),
    ("'a' = 'A'", 0),
    ("'abc' LIKE 'a%'", 1),
    ("'abc' REGEXP '^a.c$'", 1),
    ("'abc' RLIKE 'b'", 1),
    ("5 BETWEEN 1 AND 5", 1),
    ("(1, 2) = (1, 2)", 1),
    ("3 IN (1, 2)", 0),
    # text
    ("concat('a', 1, 'b')", "a1b"),
    ("concat('a', NULL)", None),
    ("concat_ws('-', 'a', NULL, 'b')", "a-b"),
    ("upper('aé')", "AÉ"),
    ("length('aé')", 3),
    ("char_length('aé')", 2),
    ("substr('hello', 2, 3)", "ell"),
    ("substring('hello', -3)", "llo"),
    ("left('hello', 2)", "he"),
    ("right('hello', 2)", "lo"),
    ("lpad('5', 3, '0')", "005"),
    ("rpad('5', 3, '0')", "500"),
    ("trim('  a ')", "a"),
    ("replace('a-b-c', '-', '+')", "a+b+c"),
    ("reverse('abc')", "cba"),
    ("repeat('ab', 2)", "abab"),
    ("instr('hello', 'l')", 3),
    ("locate('l', 'hello')", 3),
    ("split_part('a,b,c', ',', 2)", "b"),
    ("substring_index('a.b.c', '.', 2)", "a.b"),
    ("starts_with('hello', 'he')", 1),
    ("regexp_extract('a12b', '([0-9]+)', 1)", "12"),
    ("regexp_replace('a1b2', '[0-9]', '#')", "a#b#"),
    ("md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
    ("ascii('a')", 97),
    ("find_in_set('b', 'a,b')", 2),
    ("null_or_empty('')", 1),
    # times
    ("date_trunc('month', '2026-03-04 05:06:07')", T(2026, 3, 1)),
    ("date_trunc('day', CAST('2026-03-04 05:06:07' AS DATETIME))", T(2026, 3, 4)),
    ("date_format('2026-03-04 05:06:07', '%Y/%m/%d %H:%i:%s')", "2026/03/04 05:06:07"),
    ("date_format('2026-03-04', '%Y%m')", "202603"),
    ("str_to_date('04.03.2026', '%d.%m.%Y')", D(2026, 3, 4)),
    ("str_to_date('2026-03-04 05:06:07', '%Y-%m-%d %H:%i:%s')", T(2026, 3, 4, 5, 6, 7)),
    ("str2date('2026-03-04', '%Y-%m-%d')", D(2026, 3, 4)),
    ("str_to_date('nonsense', '%Y-%m-%d')", None),
    ("days_add('2026-01-31', 1)", T(2026, 2, 1)),
    ("date_add('2026-01-31', INTERVAL 1 MONTH)", T(2026, 2, 28)),
    ("date_sub('2026-01-01', INTERVAL 1 DAY)", T(2025, 12, 31)),
    ("'2026-01-01' + INTERVAL 2 HOUR", T(2026, 1, 1, 2)),
    ("datediff('2026-01-03', '2026-01-01')", 2),
    ("date_diff('day', '2026-01-03', '2026-01-01')", 2),
    ("timestampdiff(MONTH, '2026-01-31', '2026-03-01')", 1),
    ("timestampdiff(HOUR, '2026-01-01', '2026-01-02')", 24),
    ("timestampadd(DAY, 1, '2026-01-01')", T(2026, 1, 2)),
    ("year('2026-03-04')", 2026),
    ("quarter('2026-05-04')", 2),
    ("month('2026-03-04')", 3),
    ("day('2026-03-04')", 4),
    ("hour('2026-03-04 05:06:07')", 5),
    ("dayofweek('2026-03-01')", 1),
    ("weekday('2026-03-02')", 0),
    ("dayofyear('2026-02-01')", 32),
    ("dayname('2026-03-01')", "Sunday"),
    ("last_day('2026-02-10')", D(2026, 2, 28)),
    ("to_date('2026-03-04 05:06:07')", D(2026, 3, 4)),
    ("extract(YEAR FROM '2026-03-04')", 2026),
    ("from_unixtime(0)", "1970-01-01 00:00:00"),
    ("unix_timestamp('1970-01-02 00:00:00')", 86400),
    ("time_slice('2026-03-04 05:06:07', INTERVAL 1 HOUR)", T(2026, 3, 4, 5)),
    ("convert_tz('2026-01-01 00:00:00', 'UTC', 'Asia/Shanghai')", T(2026, 1, 1, 8)),
    # JSON
    ('get_json_string(\'{"a": {"b": "x"}}\', \'$.a.b\')', "x"),
    ("get_json_int('{\"a\": 5}', '$.a')", 5),
    ("get_json_double('{\"a\": 1.5}', '$.a')", 1.5),
    ("get_json_string('{\"a\": 1}', '$.z')", None),
    ("parse_json('{\"a\": \"x\"}') -> '$.a'", '"x"'),
    ('parse_json(\'{"b":1,"a":[1,2]}\')', '{"a": [1, 2], "b": 1}'),
    ("parse_json('not json')", None),
    ("parse_json('[1,]')", None),
    ("parse_json('NaN')", None),
    ("parse_json('{\"a\": -Infinity}')", None),
    ("parse_json('[\"NaN,]\"]')", '["NaN,]"]'),
    ("CAST(parse_json('\"abc\"') AS VARCHAR)", "abc"),
    ("upper(parse_json('{\"a\": \"x\"}') -> '$.a')", "X"),
    ("concat(parse_json('{\"a\": 7}') -> '$.a', '!')", "7!"),
    ("CAST(parse_json('{\"a\": \"x\"}') -> '$.a' AS VARCHAR)", "x"),
    ("CAST(parse_json('{\"a\": 1.7}') -> '$.a' AS INT)", 1),
    ("CAST(parse_json('{\"a\": \"1.7\"}') -> '$.a' AS INT)", None),
    ("CAST(parse_json('{\"a\": true}') -> '$.a' AS INT)", 1),
    ("CAST(parse_json('{\"a\": 1.7}') -> '$.a' AS DOUBLE)", 1.7),
    ("CAST(parse_json('{\"a\": true}') -> '$.a' AS BOOLEAN)", 1),
    ("json_length(parse_json('[1,2,3]'))", 3),
    ("json_exists(parse_json('{\"a\": 1}'), '$.a')", 1),
    # arrays, maps
    ("[1, 2, 3]", "[1,2,3]"),
    ("array_length([1, 2])", 2),
    ("array_contains([1, 2], 2)", 1),
    ("array_join(['a', 'b'], '-')", "a-b"),
    ("array_sort([3, 1, 2])", "[1,2,3]"),
    ("[5, 6][1]", 5),
    ("array_map(x -> x + 1, [1, 2])", "[2,3]"),
    ("array_sum([1, 2, 3])", 6),
    ("split('a,b', ',')", '["a","b"]'),
    ("element_at(map{'k': 5}, 'k')", 5),
    # the server
    ("database() IS NOT NULL", 1),
    ("connection_id() > 0", 1),
]


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[case[0] for case in CASES])
def test_expression(warehouse, expression, expected):
    assert warehouse.one(f"SELECT {expression}") == expected


def rows_of_three(warehouse):
    warehouse.table("CREATE TABLE t (k INT, g STRING, n INT) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    warehouse.run("INSERT INTO t VALUES (1, 'a', 10), (2, 'a', NULL), (3, 'b', 30)")


QUERIES = [
    ("SELECT n FROM t ORDER BY n", [(None,), (10,), (30,)]),
    ("SELECT n FROM t ORDER BY n DESC", [(30,), (10,), (None,)]),
    ("SELECT count(*), count(n), sum(n), avg(n) FROM t", [(3, 2, 40, 20.0)]),
    ("SELECT g, group_concat(k ORDER BY k SEPARATOR '+') FROM t GROUP BY g ORDER BY g", [("a", "1+2"), ("b", "3")]),
    ("SELECT count(DISTINCT g, n) FROM t", [(2,)]),
    ("SELECT k, row_number() OVER (PARTITION BY g ORDER BY k DESC) FROM t ORDER BY k", [(1, 2), (2, 1), (3, 1)]),
    ("SELECT k, lag(n, 1, 0) OVER (ORDER BY k) FROM t ORDER BY k", [(1, 0), (2, 10), (3, None)]),
    ("SELECT k, last_value(n IGNORE NULLS) OVER (ORDER BY k) FROM t ORDER BY k", [(1, 10), (2, 10), (3, 30)]),
    ("SELECT k FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY k) = 1 ORDER BY k", [(1,), (3,)]),
    ("SELECT max_by(k, n), min_by(k, n) FROM t", [(3, 1)]),
    ("SELECT a.k FROM t a LEFT ANTI JOIN (SELECT 1 AS k) b ON a.k = b.k ORDER BY 1", [(2,), (3,)]),
    ("SELECT a.k FROM t a LEFT SEMI JOIN (SELECT 1 AS k) b ON a.k = b.k", [(1,)]),
    ("WITH x AS (SELECT 1 AS a UNION ALL SELECT 2) SELECT sum(a) FROM x", [(3,)]),
    ("SELECT generate_series FROM TABLE(generate_series(1, 3))", [(1,), (2,), (3,)]),
    ("SELECT x FROM (SELECT [1, 2] AS a) s, unnest(a) AS u(x) ORDER BY x", [(1,), (2,)]),
    ("SELECT g, sum(n) FROM t GROUP BY ROLLUP (g) ORDER BY g", [(None, 40), ("a", 10), ("b", 30)]),
    ("SELECT k FROM t ORDER BY k LIMIT 1, 1", [(2,)]),
    (
        "SELECT sum(n) OVER (ORDER BY k ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t ORDER BY k",
        [(10,), (10,), (30,)],
    ),
    ("SELECT k FROM t WHERE g IN (SELECT 'b') ORDER BY k", [(3,)]),
    ("SELECT t.k FROM t JOIN (SELECT 3 AS k) u USING (k)", [(3,)]),
    ("SELECT sum(CASE WHEN g = 'a' THEN 1 ELSE 0 END) FROM t", [(2,)]),
    ("SELECT g, bool_or(n > 20) FROM t GROUP BY g ORDER BY g", [("a", 0), ("b", 1)]),
]


@pytest.mark.parametrize(("sql", "expected"), QUERIES, ids=[query[0] for query in QUERIES])
def test_query(warehouse, sql, expected):
    rows_of_three(warehouse)
    assert warehouse.run(sql) == expected


REFUSED = [
    ("SELEC 1", "Getting syntax error"),
    ("SELECT FROM WHERE", "Getting syntax error"),
    ("SELECT 1::int", "Getting syntax error"),
    ("SELECT nope(1)", "No matching function"),
    ("SELECT list_sort([1])", "No matching function"),
    ("SELECT missing FROM (SELECT 1 AS a) t", "cannot be resolved"),
    ("SELECT * FROM (SELECT 1 AS a)", "must have its own alias"),
    ("SELECT 1 FROM t ILIKE 'x'", "Getting syntax error"),
]


@pytest.mark.parametrize(("sql", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_refused_query(warehouse, sql, message):
    warehouse.refuses(sql, message)


def test_unknown_names_have_their_own_numbers(warehouse):
    warehouse.refuses("SELECT * FROM missing", "Unknown table", codes=(5502, 1064))
    warehouse.refuses("SELECT * FROM nowhere.t", "Unknown database 'nowhere'", codes=(5501, 1049))
    warehouse.refuses("SELECT * FROM no_catalog.d.t", "Unknown catalog", codes=(5078,))
