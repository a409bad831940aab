"""A kept translation is used only while it is true."""

import time


def test_rows_change_and_the_answer_follows(shared):
    shared("CREATE TABLE kept (k INT) DUPLICATE KEY (k)")
    for expected in (0, 1, 2):
        assert shared("SELECT count(*) FROM kept") == [(expected,)]
        shared("INSERT INTO kept VALUES (1)")


def test_another_table_of_the_name_is_another_table(shared):
    for rows in (1, 3):
        shared("DROP TABLE IF EXISTS again FORCE")
        shared("CREATE TABLE again (k INT) DUPLICATE KEY (k)")
        for _ in range(rows):
            shared("INSERT INTO again VALUES (1)")
        assert shared("SELECT count(*) FROM again") == [(rows,)]


def test_a_view_replaced_or_below_another_view(shared):
    for value in (1, 2):
        shared(f"CREATE OR REPLACE VIEW below AS SELECT {value} AS x")
        shared("CREATE OR REPLACE VIEW above AS SELECT x FROM below")
        assert shared("SELECT x FROM above") == [(value,)]


def test_swap_is_seen(shared):
    for name, value in (("left_one", 1), ("right_one", 2)):
        shared(f"CREATE TABLE {name} (k INT) DUPLICATE KEY (k)")
        shared(f"INSERT INTO {name} VALUES ({value})")
    assert shared("SELECT k FROM left_one") == [(1,)]
    shared("ALTER TABLE left_one SWAP WITH right_one")
    assert shared("SELECT k FROM left_one") == [(2,)]


def test_time_and_variables_are_never_kept(shared):
    before = shared("SELECT now(), @@query_timeout")
    shared("SET query_timeout = 77")
    time.sleep(1.1)
    after = shared("SELECT now(), @@query_timeout")
    shared("SET query_timeout = DEFAULT")
    assert after[0][0] > before[0][0]
    assert after[0][1] == 77


def test_a_database_that_comes_changes_what_a_name_means(server, shared):
    cache = server.engine.translations
    shared("SELECT k FROM t")
    known = len(cache._kept)
    shared("SELECT k FROM t")
    assert len(cache._kept) == known
    shared("SELECT k FROM other_db.t") if server.engine.catalog.has_database("other_db") else None
    shared("CREATE DATABASE other_db")
    assert shared("SELECT k FROM t") == []
