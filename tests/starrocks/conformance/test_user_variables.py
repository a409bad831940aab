"""SET @name = expression: the session's own variables."""

import datetime
from decimal import Decimal


def test_a_variable_has_the_type_of_its_value(warehouse):
    warehouse.table("CREATE TABLE t (k INT, d DATETIME) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    warehouse.run("INSERT INTO t VALUES (5, '2026-01-02 03:04:05')")
    warehouse.run("SET @n = 5, @text = 'a''b', @d = (SELECT max(d) FROM t), @a = [1, 2], @`my var` = 1.5")
    assert warehouse.run("SELECT @n + 1, @text, @d, @a, @`my var`") == [
        (6, "a'b", datetime.datetime(2026, 1, 2, 3, 4, 5), "[1,2]", Decimal("1.5"))
    ]
    assert warehouse.run("SELECT k FROM t WHERE k = @N") == [(5,)]
    warehouse.run("SET @n = 6")
    assert warehouse.one("SELECT @n") == 6


def test_what_was_never_set_is_null(warehouse):
    assert warehouse.one("SELECT @never") is None


def test_json_is_kept_as_text(warehouse):
    warehouse.run("""SET @j = parse_json('{"a": 1}')""")
    assert warehouse.one("SELECT get_json_int(@j, '$.a')") == 1


def test_one_value_only(warehouse):
    warehouse.refuses("SET @s = to_bitmap(1)", "BITMAP")
    warehouse.refuses("SET @s = (SELECT 1 UNION ALL SELECT 2)", "LE 1")
    warehouse.refuses(f"SET @{'x' * 65} = 1", "x")
