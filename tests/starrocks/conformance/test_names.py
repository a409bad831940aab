"""Names that do not exist: StarRocks' own errors, wherever in a statement they stand."""

import pytest

TABLES = (
    "CREATE TABLE t (k INT, v INT, s STRING) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)",
    "CREATE TABLE p (k INT NOT NULL, v INT, s STRING) PRIMARY KEY (k) DISTRIBUTED BY HASH (k)",
)

MISSING = [
    "SELECT nope FROM t",
    "SELECT concat(nope, 'a') FROM t",
    "SELECT upper(x.nope) FROM t AS x",
    "SELECT x.nope FROM t AS x",
    "SELECT k FROM t WHERE upper(nope) = 'A'",
    "SELECT k FROM t GROUP BY k HAVING max(nope) > 1",
    "SELECT k FROM t ORDER BY upper(nope)",
    "SELECT * FROM t AS a JOIN t AS b ON upper(a.s) = upper(b.nope)",
    "WITH c AS (SELECT k AS z FROM t) SELECT upper(nope) FROM c",
    "SELECT upper(nope) FROM (SELECT * FROM t) AS q",
    "SELECT k FROM t WHERE EXISTS (SELECT 1 FROM p WHERE upper(nope) = upper(t.s))",
    "SELECT timestampdiff(DAY, nope, now()) FROM t",
    "SELECT upper(nope) FROM information_schema.tables",
    "CREATE VIEW w AS SELECT concat(nope, 'a') AS c FROM t",
    "CREATE TABLE c AS SELECT upper(nope) AS c FROM t",
    "INSERT INTO t SELECT k, v, upper(nope) FROM t",
    "UPDATE p SET s = upper(nope) WHERE true",
    "DELETE FROM p WHERE upper(nope) = 'A'",
]


@pytest.fixture
def named(warehouse):
    for ddl in TABLES:
        warehouse.table(ddl)
    return warehouse


def test_an_unknown_column_is_named(named):
    for sql in MISSING:
        named.refuses(sql, "column", codes=(1064, 1054, 5509))
        assert "nope" in named.refuses(sql, "cannot be resolved", codes=(1064, 1054, 5509)), sql


def test_names_that_exist_are_found_everywhere(named):
    for sql in (
        "SELECT k AS a FROM t GROUP BY a HAVING a > 1 ORDER BY a",
        "SELECT array_map(x -> upper(x), [s]) FROM t",
        "SELECT upper(u.x) FROM t, unnest(['a']) AS u(x)",
        "WITH c AS (SELECT k AS z FROM t) SELECT upper(z) FROM c",
        "SELECT k FROM t WHERE EXISTS (SELECT 1 FROM p WHERE upper(p.s) = upper(t.s))",
    ):
        assert named.run(sql) == []


@pytest.mark.parametrize("headers", [{"columns": "k, w, s = upper(nope)"}, {"where": "upper(nope) = 'a'"}])
def test_an_unknown_column_of_a_load_is_named(named, headers):
    answer = named.load("t", [{"k": 1, "w": 2}], **headers)
    assert answer["Status"] == "Fail"
    assert "nope" in answer["Message"]


def test_an_unknown_alias_is_named(named):
    named.refuses("SELECT x.k FROM t", "x", codes=(1064, 5502))


@pytest.mark.parametrize("literal", ["TIMESTAMP '2026-01-01 00:00:00'", "CAST('2026-01-01' AS TIMESTAMP)"])
def test_timestamp_is_not_a_type(warehouse, literal):
    warehouse.refuses(f"SELECT {literal}", "TIMESTAMP")
