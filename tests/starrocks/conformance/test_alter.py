"""ALTER TABLE: columns, names, content and partitions of tables that have rows."""

HASH = "DISTRIBUTED BY HASH (k)"


def test_alter_table(warehouse):
    warehouse.table(f"CREATE TABLE t (k INT, v INT) DUPLICATE KEY (k) {HASH}")
    warehouse.run("INSERT INTO t VALUES (1, 1)")
    warehouse.run("ALTER TABLE t ADD COLUMN w INT DEFAULT '5'")
    warehouse.run("ALTER TABLE t RENAME COLUMN v TO x")
    warehouse.run("ALTER TABLE t RENAME u")
    assert warehouse.run("SELECT k, x, w FROM u") == [(1, 1, 5)]
    warehouse.run("ALTER TABLE u DROP COLUMN w")
    assert [row[0] for row in warehouse.run("DESC u")] == ["k", "x"]


def test_a_column_that_rows_are_sorted_by_stays(warehouse):
    warehouse.table("CREATE TABLE t (k INT, v INT, w INT) PRIMARY KEY (k) DISTRIBUTED BY HASH (k) ORDER BY (w)")
    warehouse.refuses("ALTER TABLE t DROP COLUMN w", "sort column")
    warehouse.run("ALTER TABLE t DROP COLUMN v")
    assert [row[0] for row in warehouse.run("DESC t")] == ["k", "w"]


def test_swap_exchanges_content_and_identity(warehouse):
    for name, value in (("a", 1), ("b", 2)):
        warehouse.table(f"CREATE TABLE {name} (k INT) DUPLICATE KEY (k) {HASH}")
        warehouse.run(f"INSERT INTO {name} VALUES ({value})")
    before = {name: list(warehouse.versions(name).values()) for name in "ab"}
    warehouse.run("ALTER TABLE a SWAP WITH b")
    assert (warehouse.one("SELECT k FROM a"), warehouse.one("SELECT k FROM b")) == (2, 1)
    assert list(warehouse.versions("a").values()) == before["b"]


def test_range_partitions_must_be_declared(warehouse):
    warehouse.table(
        "CREATE TABLE t (d DATE, v INT) DUPLICATE KEY (d)"
        " PARTITION BY RANGE (d) (PARTITION p1 VALUES [('2026-01-01'), ('2026-02-01')))"
    )
    warehouse.run("INSERT INTO t VALUES ('2026-01-15', 1)")
    warehouse.refuses("INSERT INTO t VALUES ('2026-02-15', 1)", "partition", codes=(1064, 5610))
    warehouse.run("ALTER TABLE t ADD PARTITION p2 VALUES [('2026-02-01'), ('2026-03-01'))")
    warehouse.run("INSERT INTO t VALUES ('2026-02-15', 2)")
    warehouse.run("ALTER TABLE t DROP PARTITION p1")
    assert warehouse.run("SELECT v FROM t") == [(2,)]
