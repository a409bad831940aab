"""StarRocks' own clients, unchanged: mysql-connector in both modes, SQLAlchemy, pandas, curl, the mariadb CLI."""

import datetime
import shutil
import subprocess
import threading
from decimal import Decimal

import mysql.connector
import pandas
import pymysql
import pytest
import sqlalchemy

from tests.starrocks.embedded.conftest import connect, run

LONG_QUERY = (
    "count(*) FROM TABLE(generate_series(1, 300000)) a(x), TABLE(generate_series(1, 300000)) b(y) WHERE x * y % 7 = 3"
)


@pytest.fixture(scope="module")
def typed(server):
    with connect(server) as connection:
        run(connection, "CREATE DATABASE types")
        run(
            connection,
            "CREATE TABLE types.t (k INT, b BOOLEAN, n DECIMAL(20, 4), d DATE, m DATETIME, s STRING, j JSON, f DOUBLE,"
            " l LARGEINT, a ARRAY<INT>)",
        )
        run(
            connection,
            "INSERT INTO types.t VALUES"
            " (1, true, 1.25, '2026-01-02', '2026-01-02 03:04:05', 'é''\\\\', '{\"z\": 1}', 0.5,"
            " 170141183460469231731687303715884105727, [1, 2]),"
            " (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
        )
    return server


ROW = (
    1,
    1,
    Decimal("1.2500"),
    datetime.date(2026, 1, 2),
    datetime.datetime(2026, 1, 2, 3, 4, 5),
    "é'\\",
    '{"z": 1}',
    0.5,
)


@pytest.mark.parametrize("pure", [True, False] if mysql.connector.HAVE_CEXT else [True])
@pytest.mark.parametrize("prepared", [True, False])
def test_mysql_connector(typed, pure, prepared):
    connection = mysql.connector.connect(
        host=typed.host,
        port=typed.mysql_port,
        user="root",
        password="",
        database="default_catalog.types",
        use_pure=pure,
    )
    cursor = connection.cursor(prepared=prepared)
    mark = "?" if prepared else "%s"
    cursor.execute(
        f"SELECT k, b, n, d, m, s, j, f FROM t WHERE k = {mark} AND d = {mark}", (1, datetime.date(2026, 1, 2))
    )
    assert cursor.fetchall() == [ROW]
    cursor.execute(f"SELECT {mark}, {mark}, {mark}", ("it's \\ ?", None, -5))
    assert cursor.fetchall() == [("it's \\ ?", None, -5)]
    connection.close()


def test_pymysql_types(typed):
    with connect(typed, database="types") as connection:
        rows = run(connection, "SELECT k, b, n, d, m, s, j, f FROM t ORDER BY k")
        assert rows == [ROW, (2, *[None] * 7)]
        assert run(connection, "SELECT l, a FROM t WHERE k = 1") == [(str(2**127 - 1), "[1,2]")]


def test_sqlalchemy_with_the_starrocks_dialect(typed):
    engine = sqlalchemy.create_engine(f"starrocks://root@{typed.host}:{typed.mysql_port}/types")
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT k, s FROM t ORDER BY k")).fetchall() == [
            (1, "é'\\"),
            (2, None),
        ]
        inspector = sqlalchemy.inspect(connection)
        assert inspector.get_table_names() == ["t"]
        assert [column["name"] for column in inspector.get_columns("t")][:2] == ["k", "b"]
        frame = pandas.read_sql("SELECT k, f FROM t ORDER BY k", connection)
        assert frame["k"].tolist() == [1, 2]
    engine.dispose()


def test_several_statements_in_one_query(typed):
    connection = connect(typed, client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1; SELECT 2; SET query_timeout = 5")
        assert cursor.fetchall() == ((1,),)
        assert cursor.nextset() and cursor.fetchall() == ((2,),)
        assert cursor.nextset() and not cursor.nextset()


def test_affected_rows_and_label_of_an_insert(typed):
    with connect(typed, database="types") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE i (k INT)")
        assert cursor.execute("INSERT INTO i WITH LABEL told VALUES (1), (2)") == 2
        message = connection._result.message.decode()
        assert "{'label':'told', 'status':'VISIBLE', 'txnId':'" in message


def test_curl_location_trusted(typed, tmp_path):
    with connect(typed, database="types") as connection:
        run(connection, "CREATE TABLE c (k INT, v STRING)")
        body = tmp_path / "body.json"
        body.write_text('{"k": 1, "v": "curl"}\n' * 1000)
        command = [
            "curl", "-sS", "--location-trusted", "-u", "root:", "-H", "Expect: 100-continue", "-H", "format: json",
            "-T", str(body), f"http://{typed.host}:{typed.fe_port}/api/types/c/_stream_load",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        assert '"Status": "Success"' in done.stdout
        assert run(connection, "SELECT count(*) FROM c") == [(1000,)]


@pytest.mark.skipif(shutil.which("mariadb") is None, reason="the mariadb client is not installed")
def test_mariadb_cli(typed):
    command = ["mariadb", "-h", typed.host, "-P", str(typed.mysql_port), "-u", "root", "types", "-e", "SELECT k FROM t"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["k", "1", "2"]


def test_kill_ends_a_running_query(server):
    with connect(server) as victim, connect(server) as killer:
        identity = run(victim, "SELECT connection_id()")[0][0]
        outcome = []

        def work():
            try:
                run(victim, f"SELECT {LONG_QUERY}")
                outcome.append("finished")
            except pymysql.err.MySQLError as error:
                outcome.append(error.args[0])

        thread = threading.Thread(target=work)
        thread.start()
        while not any(row[1] == str(identity) and row[5] == "Query" for row in run(killer, "SHOW PROCESSLIST")):
            pass
        while thread.is_alive():
            run(killer, f"KILL QUERY {identity}")
            thread.join(0.05)
        assert outcome == [1317]
        assert run(victim, "SELECT 1") == [(1,)]
        with pytest.raises(pymysql.err.MySQLError, match="Unknown thread id"):
            run(killer, "KILL 999999")


def test_query_timeout(server):
    with connect(server) as connection:
        with pytest.raises(pymysql.err.MySQLError, match="timeout") as caught:
            run(connection, f"SELECT /*+ SET_VAR(query_timeout=1) */ {LONG_QUERY}")
        assert caught.value.args[0] == 5024


def test_a_million_rows_do_not_hold_the_others_up(server):
    with connect(server) as wide, connect(server) as other:
        rows = []

        def read():
            with wide.cursor(pymysql.cursors.SSCursor) as cursor:
                cursor.execute("SELECT generate_series, 'some text' FROM TABLE(generate_series(1, 1000000))")
                rows.append(sum(1 for _ in cursor))

        thread = threading.Thread(target=read)
        thread.start()
        answers = 0
        while thread.is_alive():
            assert run(other, "SELECT 1") == [(1,)]
            answers += 1
        assert rows == [1_000_000]
        assert answers > 10


def test_readers_never_see_half_a_change(server):
    with connect(server) as writer, connect(server) as reader:
        run(writer, "CREATE DATABASE IF NOT EXISTS halves")
        run(writer, "CREATE TABLE halves.t (k INT)")
        run(writer, "INSERT INTO halves.t SELECT generate_series FROM TABLE(generate_series(1, 1000))")
        seen, stop = set(), threading.Event()

        def read():
            while not stop.is_set():
                seen.add(run(reader, "SELECT count(*) FROM halves.t")[0][0])

        thread = threading.Thread(target=read)
        thread.start()
        for _ in range(15):
            run(writer, "INSERT OVERWRITE halves.t SELECT generate_series FROM TABLE(generate_series(1, 1000))")
        stop.set()
        thread.join()
        assert seen == {1000}
