"""What a cluster does by itself, asked for by name: compaction and stale row counts."""

import pytest

from tests.starrocks.embedded.conftest import connect, run

SIGNAL = (
    "SELECT PARTITION_ID, VISIBLE_VERSION, DATA_VERSION FROM information_schema.partitions_meta WHERE TABLE_NAME = 'c'"
)
ROWS = "SELECT TABLE_ROWS FROM information_schema.tables WHERE TABLE_NAME = 'c'"


@pytest.fixture
def counted(server):
    with connect(server) as connection:
        run(connection, "CREATE DATABASE u")
        run(connection, "USE u")
        run(connection, "CREATE TABLE c (k INT)")
        run(connection, "INSERT INTO c VALUES (1)")
        yield lambda sql: run(connection, sql)
        run(connection, "DROP DATABASE u FORCE")


def test_compaction_is_a_new_version_of_the_same_content(server, counted):
    [(identity, visible, data)] = counted(SIGNAL)
    server.compact("u", "c")
    assert counted(SIGNAL) == [(identity, visible + 1, data)]
    assert counted("SELECT k FROM c") == [(1,)]
    counted("INSERT INTO c VALUES (2)")
    assert counted(SIGNAL) == [(identity, visible + 2, data + 1)]


def test_row_counts_stay_behind_until_they_are_updated(server, counted):
    server.freeze_statistics()
    try:
        counted("INSERT INTO c VALUES (2), (3)")
        counted("CREATE TABLE later (k INT)")
        counted("INSERT INTO later VALUES (1)")
        assert counted(ROWS) == [(1,)]
        assert counted("SELECT TABLE_ROWS FROM information_schema.tables WHERE TABLE_NAME = 'later'") == [(0,)]
        assert counted("SELECT count(*) FROM c") == [(3,)]
        assert counted("SHOW PARTITIONS FROM c")[0][17] == "1"
        assert counted("SELECT ROW_COUNT FROM information_schema.partitions_meta WHERE TABLE_NAME = 'c'") == [(1,)]
    finally:
        server.update_statistics()
    assert counted(ROWS) == [(3,)]
    assert counted("SHOW PARTITIONS FROM c")[0][17] == "3"
