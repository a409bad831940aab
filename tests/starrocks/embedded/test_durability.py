"""kill -9 amid definitions, INSERTs and UPDATEs: what was acknowledged is there afterwards, and nothing is half done.

Each round kills a server at a moment of its own while clients write; the next server on the directory is examined.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pymysql
import pytest

from retail_platform.starrocks.embedded import EmbeddedStarRocks
from tests.starrocks.embedded.conftest import connect, run

COMMAND = "from retail_platform.starrocks.embedded.cli import serve; serve()"
ROWS = 500


class Doomed:
    """A server process and the clients that write to it until it is killed."""

    def __init__(self, directory):
        arguments = ["--data-dir", str(directory), "--mysql-port", "0", "--fe-port", "0", "--be-port", "0"]
        self.process = subprocess.Popen([sys.executable, "-c", COMMAND, *arguments], stdout=subprocess.PIPE, text=True)
        self.facts = json.loads(self.process.stdout.readline())

    def client(self):
        return pymysql.connect(host=self.facts["host"], port=self.facts["mysql_port"], user="root", autocommit=True)

    def write_until_killed(self, writers, logs, delay):
        """The kill comes a while after every client has been told of a change, however busy the machine is."""
        threads = [threading.Thread(target=self._write, args=(writer,)) for writer in writers]
        before = {name: log.acknowledged for name, log in logs.items()}
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 120
        while any(log.acknowledged == before[name] for name, log in logs.items()):
            assert self.process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(delay)
        os.kill(self.facts["pid"], signal.SIGKILL)
        for thread in threads:
            thread.join(60)
        self.process.wait(60)
        self.process.stdout.close()

    def _write(self, writer):
        with self.client() as connection:
            try:
                writer(connection)
            except (pymysql.err.OperationalError, pymysql.err.InterfaceError):
                return  # the server is gone


class Log:
    """What one client sent last and what was acknowledged to it."""

    def __init__(self):
        self.sent = self.acknowledged = -1

    def step(self, connection, number, *statements):
        self.sent = number
        for sql in statements:
            run(connection, sql)
        self.acknowledged = number


def forever(log, statements):
    def writer(connection):
        number = log.acknowledged
        while True:
            number += 1
            log.step(connection, number, *statements(number))

    return writer


def insert(number):
    return [f"INSERT INTO d.i WITH LABEL i{number} SELECT {number}, x FROM TABLE(generate_series(1, {ROWS})) AS g(x)"]


def update(number):
    return [f"UPDATE d.u SET v = {number} WHERE true"]


def define(number):
    return [f"CREATE TABLE d.t{number} (k INT, n INT DEFAULT '{number}')", f"INSERT INTO d.t{number} (k) VALUES (1)"]


def swap(number):
    """One of two names always shows the whole of the newest overwrite."""
    return [
        f"INSERT OVERWRITE d.s SELECT {number}, x FROM TABLE(generate_series(1, {ROWS})) AS g(x)",
        "ALTER TABLE d.s SWAP WITH s2",
        "ALTER TABLE d.s SWAP WITH s2",
    ]


def prepare(connection):
    run(connection, "CREATE DATABASE d")
    run(connection, "CREATE TABLE d.i (n BIGINT, x BIGINT) DUPLICATE KEY (n)")
    run(connection, "CREATE TABLE d.u (k BIGINT NOT NULL, v BIGINT) PRIMARY KEY (k)")
    run(connection, f"INSERT INTO d.u SELECT x, -1 FROM TABLE(generate_series(1, {ROWS})) AS g(x)")
    for name in ("s", "s2"):
        run(connection, f"CREATE TABLE d.{name} (n BIGINT, x BIGINT) DUPLICATE KEY (n)")
        run(connection, f"INSERT INTO d.{name} SELECT -1, x FROM TABLE(generate_series(1, {ROWS})) AS g(x)")


def examine(connection, logs):
    inserted = run(connection, "SELECT n, count(*) FROM d.i GROUP BY n ORDER BY n")
    assert {count for _, count in inserted} <= {ROWS}, "an INSERT is there as a whole or not at all"
    assert len(inserted) in (logs["insert"].acknowledged + 1, logs["insert"].sent + 1)
    labels = run(connection, "SELECT LABEL FROM information_schema.loads WHERE LABEL LIKE 'i%' AND TABLE_NAME = 'i'")
    assert {label for (label,) in labels} == {f"i{number}" for number, _ in inserted}
    updated = run(connection, "SELECT v, count(*) FROM d.u GROUP BY v")
    assert updated in [[(logs["update"].acknowledged, ROWS)], [(logs["update"].sent, ROWS)]]
    names = {name for (name,) in run(connection, "SHOW TABLES FROM d") if name[1:].isdigit() and name[0] == "t"}
    assert names >= {f"t{number}" for number in range(logs["define"].acknowledged + 1)}
    for number in range(logs["define"].acknowledged + 1):
        assert run(connection, f"SELECT n FROM d.t{number}") == [(number,)]
    counts = [run(connection, f"SELECT count(DISTINCT n), count(*) FROM d.{name}") for name in ("s", "s2")]
    assert counts == [[(1, ROWS)], [(1, ROWS)]]
    versions = run(
        connection,
        "SELECT TABLE_NAME, VISIBLE_VERSION FROM information_schema.partitions_meta WHERE TABLE_NAME IN ('i', 'u')",
    )
    expected = {"i": 1 + len(inserted), "u": 2 + updated[0][0] + 1}
    assert dict(versions) == expected, "one version per transaction, as many as there are"


def rounds(directory, count, seed):
    moments = random.Random(seed)
    logs = {name: Log() for name in ("insert", "update", "define", "swap")}
    makers = {"insert": insert, "update": update, "define": define, "swap": swap}
    for number in range(count):
        doomed = Doomed(directory)
        if number == 0:
            with doomed.client() as connection:
                prepare(connection)
        writers = [forever(log, makers[name]) for name, log in logs.items()]
        doomed.write_until_killed(writers, logs, moments.uniform(0, 1))
        with EmbeddedStarRocks(directory) as server, connect(server) as connection:
            examine(connection, logs)
            for name, log in logs.items():
                log.acknowledged = log.sent = _last(connection, name, log)


def _last(connection, name, log):
    """What the next round goes on from: the newest change that is there."""
    if name == "insert":
        return run(connection, "SELECT coalesce(max(n), -1) FROM d.i")[0][0]
    if name == "update":
        return run(connection, "SELECT max(v) FROM d.u")[0][0]
    if name == "define":
        run(connection, f"DROP TABLE IF EXISTS d.t{log.acknowledged + 1}")
        return log.acknowledged
    return max(run(connection, f"SELECT max(n) FROM d.{table}")[0][0] for table in ("s", "s2"))


def test_one_kill_amid_everything(tmp_path):
    rounds(tmp_path, 1, seed=7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_many_kills_amid_everything(tmp_path, seed):
    rounds(tmp_path, 8, seed)
