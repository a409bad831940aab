"""Starting, stopping, crashing: what was acknowledged is there afterwards, and every refusal names its remedy."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading

import pymysql
import pytest
import requests

from retail_platform.starrocks.embedded import (
    DataDirectoryCorrupt,
    DataDirectoryInUse,
    EmbeddedStarRocks,
    PortInUse,
    UnsafeBinding,
)
from tests.starrocks.embedded.conftest import connect, run

COMMAND = "from retail_platform.starrocks.embedded.cli import serve; serve()"


def start(data_dir, *options, **environment):
    arguments = ["--data-dir", str(data_dir), "--mysql-port", "0", "--fe-port", "0", "--be-port", "0", *options]
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    line = process.stdout.readline()
    return process, json.loads(line)


def client(facts, **options):
    return pymysql.connect(host=facts["host"], port=facts["mysql_port"], user="root", autocommit=True, **options)


def put(facts, body, **headers):
    url = f"http://{facts['host']}:{facts['be_port']}/api/d/t/_stream_load"
    return requests.put(url, data=body, headers={"format": "json", **headers}, auth=("root", ""), timeout=30).json()


def create(connection):
    run(connection, "CREATE DATABASE d")
    run(connection, "CREATE TABLE d.t (k INT, v STRING) PRIMARY KEY (k) DISTRIBUTED BY HASH (k)")


def test_everything_is_there_after_a_restart(tmp_path):
    with EmbeddedStarRocks(tmp_path) as server, connect(server) as connection:
        create(connection)
        run(connection, "INSERT INTO d.t WITH LABEL l VALUES (1, 'a')")
        run(connection, "CREATE VIEW d.w AS SELECT k FROM d.t")
        before = run(connection, "SELECT PARTITION_ID, VISIBLE_VERSION FROM information_schema.partitions_meta")
    with EmbeddedStarRocks(tmp_path) as server, connect(server) as connection:
        assert run(connection, "SELECT * FROM d.t") == [(1, "a")]
        assert run(connection, "SELECT * FROM d.w") == [(1,)]
        assert run(connection, "SELECT PARTITION_ID, VISIBLE_VERSION FROM information_schema.partitions_meta") == before
        with pytest.raises(pymysql.err.MySQLError, match="already been used"):
            run(connection, "INSERT INTO d.t WITH LABEL l VALUES (1, 'a')")
        run(connection, "CREATE TABLE d.u (k INT)")
        ids = run(connection, "SELECT max(PARTITION_ID) FROM information_schema.partitions_meta WHERE TABLE_NAME = 'u'")
        assert ids[0][0] > before[0][0]


def test_kill_9_loses_nothing_acknowledged(tmp_path):
    process, facts = start(tmp_path)
    acknowledged = []
    stopped = threading.Event()

    def load():
        number = 0
        while not stopped.is_set():
            number += 1
            body = "\n".join(json.dumps({"k": number * 100 + i, "v": "x"}) for i in range(20))
            try:
                if put(facts, body, label=f"l{number}")["Status"] == "Success":
                    acknowledged.append(number)
            except requests.RequestException:
                return
            if number == 30:
                os.kill(facts["pid"], signal.SIGKILL)

    with client(facts) as connection:
        create(connection)
    loader = threading.Thread(target=load)
    loader.start()
    process.wait(60)
    stopped.set()
    loader.join()
    process.stdout.close()
    assert len(acknowledged) >= 29
    with EmbeddedStarRocks(tmp_path) as server, connect(server) as connection:
        counts = run(connection, "SELECT k DIV 100, count(*) FROM d.t GROUP BY k DIV 100 ORDER BY 1")
        assert {count for _, count in counts} == {20}, "a load is there as a whole or not at all"
        assert {number for number, _ in counts} >= set(acknowledged)
        labels = run(connection, "SELECT LABEL FROM information_schema.loads WHERE STATE = 'FINISHED'")
        assert {label for (label,) in labels} == {f"l{number}" for number, _ in counts}


def test_sigterm_stops_cleanly(tmp_path):
    ready = tmp_path / "ready.json"
    process, facts = start(tmp_path / "data", "--ready-file", str(ready))
    assert json.loads(ready.read_text()) == facts
    with client(facts) as connection:
        create(connection)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    process.stdout.close()
    assert not ready.exists()
    with EmbeddedStarRocks(tmp_path / "data") as server, connect(server) as connection:
        assert run(connection, "SHOW TABLES FROM d") == [("t",)]


def test_a_second_server_on_the_same_directory_is_refused(tmp_path):
    with EmbeddedStarRocks(tmp_path), pytest.raises(DataDirectoryInUse, match="in use by another"):
        EmbeddedStarRocks(tmp_path).start()


def test_a_corrupt_directory_is_named_with_its_remedy(tmp_path):
    (tmp_path / "warehouse.duckdb").write_bytes(b"this is not a database" * 1000)
    with pytest.raises(DataDirectoryCorrupt, match=r"warehouse\.duckdb.*(Restore|remove)"):
        EmbeddedStarRocks(tmp_path).start()


def test_a_taken_port_is_named_with_its_remedy(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortInUse, match="--fe-port"):
            EmbeddedStarRocks(tmp_path, fe_port=taken.getsockname()[1]).start()
    with EmbeddedStarRocks(tmp_path):
        pass


def test_other_addresses_want_a_password(tmp_path):
    with pytest.raises(UnsafeBinding, match="password"):
        EmbeddedStarRocks(tmp_path, host="0.0.0.0").start()


@pytest.mark.parametrize(("password", "using"), [("wrong", "YES"), ("", "NO")])
def test_wrong_passwords_are_refused_and_nothing_runs(password, using):
    with EmbeddedStarRocks(password="right") as server:
        with pytest.raises(pymysql.err.OperationalError) as caught:
            connect(server, password=password)
        assert caught.value.args == (1045, f"Access denied for user 'root' (using password: {using})")
        with pytest.raises(pymysql.err.OperationalError) as caught:
            connect(server, user="nobody", password="right")
        assert caught.value.args[0] == 1045
        with connect(server, password="right") as connection:
            assert run(connection, "SELECT 1") == [(1,)]


def test_a_refused_client_cannot_go_on(server):
    """After the refusal the connection is closed: a command sent anyway meets nobody."""
    with socket.create_connection((server.host, server.mysql_port), 10) as raw:
        raw.recv(4096)
        flags = (0x00000200 | 0x00008000 | 0x00080000).to_bytes(4, "little")
        body = flags + bytes(4) + bytes([33]) + bytes(23) + b"nobody\x00" + b"\x00" + b"mysql_native_password\x00"
        raw.sendall(len(body).to_bytes(3, "little") + b"\x01" + body)
        answer = raw.recv(4096)
        assert answer[4] == 0xFF and b"1045" not in answer[:4]
        assert int.from_bytes(answer[5:7], "little") == 1045
        query = b"\x03SELECT 1"
        try:
            raw.sendall(len(query).to_bytes(3, "little") + b"\x00" + query)
            rest = raw.recv(4096)
        except ConnectionError:
            rest = b""
        assert rest == b""


def test_an_error_log_is_found_after_a_restart_on_other_ports(tmp_path):
    auth = ("root", "")
    with EmbeddedStarRocks(tmp_path) as server, connect(server) as connection:
        run(connection, "CREATE DATABASE d")
        run(connection, "CREATE TABLE d.t (k INT NOT NULL) DUPLICATE KEY (k)")
        url = f"http://{server.host}:{server.be_port}/api/d/t/_stream_load"
        requests.put(url, data=b"x\n", headers={"label": "bad"}, auth=auth, timeout=30)
    with EmbeddedStarRocks(tmp_path) as server:
        info = f"http://{server.host}:{server.fe_port}/api/d/_load_info"
        job = requests.get(info, params={"label": "bad"}, auth=auth, timeout=30).json()["jobInfo"]
        assert "NULL value in non-nullable column 'k'" in requests.get(job["trackingUrl"], timeout=30).text
