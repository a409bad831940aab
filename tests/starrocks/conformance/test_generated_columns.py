"""Generated columns: computed whenever rows are written, never given (docs: generated columns)."""

import pytest

DDL = (
    "CREATE TABLE g (k INT NOT NULL, d DATE NOT NULL, a ARRAY<INT>, j JSON, mean DOUBLE AS array_avg(a),"
    " name STRING AS json_string(json_query(j, '$.a')) COMMENT 'from j')"
    " PRIMARY KEY (k, d) PARTITION BY date_trunc('day', d) DISTRIBUTED BY HASH (k)"
)


@pytest.fixture
def table(warehouse):
    warehouse.table(DDL)
    warehouse.run(
        """INSERT INTO g VALUES (1, '2026-01-01', [1, 2], parse_json('{"a": 1}')), (2, '2026-01-02', [3], NULL)"""
    )
    return warehouse


def test_every_way_of_writing_computes_them(table):
    rows = "SELECT k, mean, name FROM g ORDER BY k"
    assert table.run(rows) == [(1, 1.5, "1"), (2, 3.0, None)]
    table.run("UPDATE g SET a = [10] WHERE k = 1")
    table.run("INSERT INTO g (k, d, a) VALUES (2, '2026-01-02', [7])")
    assert table.run(rows) == [(1, 10.0, "1"), (2, 7.0, None)]
    answer = table.load("g", [{"k": 3, "d": "2026-01-01", "a": [4, 6], "j": {"a": "x"}}])
    assert answer["Status"] == "Success"
    assert table.run(rows)[2] == (3, 5.0, '"x"')
    part = table.load("g", [{"k": 3, "d": "2026-01-01", "a": [2]}], partial_update="true", columns="k,d,a")
    assert part["Status"] == "Success"
    assert table.run(rows)[2] == (3, 2.0, '"x"')
    table.run("INSERT OVERWRITE g SELECT k, d, [k], j FROM g")
    assert [row[1] for row in table.run(rows)] == [1.0, 2.0, 3.0]


def test_they_cannot_be_given(table):
    table.refuses("INSERT INTO g (k, d, mean) VALUES (3, '2026-01-01', 5)", "materialized column 'mean'")
    table.refuses("INSERT INTO g VALUES (3, '2026-01-01', [1], NULL, 5.0, 'a')", "count", codes=(1064, 5604))
    table.refuses("UPDATE g SET mean = 3 WHERE k = 1", "mean")


def test_what_they_are_computed_from_stays(table):
    table.refuses("ALTER TABLE g DROP COLUMN a", "generated column")
    table.run("ALTER TABLE g DROP COLUMN mean")
    table.run("ALTER TABLE g DROP COLUMN a")
    assert table.run("SELECT name FROM g WHERE k = 1") == [("1",)]


def test_ordinary_columns_come_first(table):
    table.run("ALTER TABLE g ADD COLUMN z INT DEFAULT '4'")
    names = [row[0] for row in table.run("DESC g")]
    assert names == ["k", "d", "a", "j", "z", "mean", "name"]
    with table.connection.cursor() as cursor:
        cursor.execute("SELECT * FROM g")
        assert [column[0] for column in cursor.description] == names
    table.refuses("ALTER TABLE g ADD COLUMN y INT AFTER name", "generated column")


REFUSED = [
    ("k INT, v BIGINT AS k * 2, w INT", "ordinary column after generated"),
    ("k INT, v INT AS k * 2", "expression type"),
    ("k INT, v BIGINT AS k * 2, u BIGINT AS v + 1", "generated column"),
    ("k INT, v BIGINT AS sum(k)", "aggregation"),
    ("k INT, v BIGINT AS nope + 1", "nope"),
]


@pytest.mark.parametrize(("columns", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_refused(warehouse, columns, message):
    warehouse.refuses(f"CREATE TABLE r ({columns}) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)", message)


def test_the_catalogue_shows_them(table):
    assert "AS " in table.run("SHOW CREATE TABLE g")[0][1]
    found = table.run(
        "SELECT COLUMN_NAME, GENERATION_EXPRESSION FROM information_schema.columns"
        f" WHERE TABLE_SCHEMA = '{table.database}' AND TABLE_NAME = 'g' AND COLUMN_NAME = 'mean'"
    )
    assert found[0][0] == "mean" and "array_avg" in found[0][1]
