"""Malformed input, reproducible from a seed, against a server whose rows are known at every moment."""

import random
import socket
import struct

import requests

from tests.starrocks.embedded import fuzz_bodies, fuzz_large
from tests.starrocks.embedded.conftest import connect, run


class Fuzz:
    """Sends what nobody should, and knows what must be there afterwards."""

    def __init__(self, server, seed):
        self.server = server
        self.random = random.Random(seed)
        self.http = requests.Session()
        self.connection = connect(server)
        self.rows = 0
        self.statuses = {}
        self.open = {}  # label of a transaction → rows of each of its loads, None for a bad one
        self.generation = 0

    def prepare(self):
        run(self.connection, "CREATE DATABASE IF NOT EXISTS fuzz")
        run(self.connection, "USE fuzz")
        run(self.connection, "CREATE TABLE t (k INT NOT NULL, v INT, s VARCHAR(20)) DUPLICATE KEY (k)")

    def check(self):
        """Exactly the rows of the loads that succeeded are there, and the server still answers."""
        assert run(self.connection, "SELECT count(*) FROM t") == [(self.rows,)]

    def load(self):
        headers, body = fuzz_bodies.load(self.random)
        if self.random.random() < 0.1:
            self.raw_http(body)
            return
        url = f"http://{self.server.host}:{self.server.be_port}/api/fuzz/t/_stream_load"
        self.count(self.send("PUT", url, {"Expect": "100-continue", **headers}, body))

    def large_load(self):
        fuzz_large.load(self)

    def count(self, found):
        """Add the rows of a load that succeeded."""
        assert found["Status"] in ("Success", "Fail", "Label Already Exists"), found
        if found["Status"] == "Success":
            self.rows += found["NumberLoadedRows"]
        self.statuses[found["Status"]] = self.statuses.get(found["Status"], 0) + 1

    def understood(self, found, *sent):
        """An answer, which must not be about a mistake of the server's own."""
        assert "Internal error" not in found["Message"], (found, *sent)
        assert "Unexpected exception" not in found["Message"], (found, *sent)
        return found

    def send(self, method, url, headers, body=b""):
        answer = self.http.request(method, url, data=body, headers=headers, auth=("root", ""), timeout=30)
        assert answer.status_code == 200, (answer.text, headers, body)
        return self.understood(answer.json(), headers, body)

    def transaction(self):
        """One operation on one of a few transactions, whatever state that is in."""
        label = f"transaction_{self.random.randrange(4)}_{self.generation}"
        multi = label.startswith(("transaction_0", "transaction_1"))
        operation = self.random.choice(["begin", "load", "load", "prepare", "commit", "commit", "rollback"])
        port = self.server.fe_port if multi and operation != "load" else self.server.be_port
        headers = {"db": "fuzz", "table": "t", "label": label, "format": "json", "Expect": "100-continue"}
        if multi:
            headers["transaction_type"] = "multi"
        rows = fuzz_bodies.fine(self.random)
        good = self.random.random() < 0.8
        body = fuzz_bodies.as_lines(rows) if good else self.random.randbytes(30)
        url = f"http://{self.server.host}:{port}/api/transaction/{operation}"
        found = self.send("POST", url, headers, body if operation == "load" else b"")
        open_rows = self.open.get(label)
        if operation == "begin" and found["Status"] == "OK":
            self.open[label] = []
        elif operation == "load" and found["Status"] == "OK":
            open_rows.append(len(rows) if good else None)
        elif operation == "commit" and open_rows is not None:
            assert (found["Status"] == "OK") == (None not in open_rows and (multi or bool(open_rows))), (
                found,
                open_rows,
            )
            if found["Status"] == "OK":
                self.rows += sum(self.open.pop(label))
                self.generation += 1
            elif open_rows:  # given up: nothing of it is in
                del self.open[label]
        elif operation == "rollback" and found["Status"] == "OK":
            self.open.pop(label, None)

    def raw_http(self, body):
        """A request that is wrong below HTTP: cut off, with another length, or no HTTP at all."""
        head = (
            f"PUT /api/fuzz/t/_stream_load HTTP/1.1\r\nHost: x\r\nAuthorization: Basic cm9vdDo=\r\n"
            f"format: json\r\nContent-Length: {len(body) + self.random.choice([1, 100])}\r\n\r\n"
        ).encode()
        data = self.random.choice([head + body, head[: self.random.randrange(len(head))], self.random.randbytes(60)])
        port = self.random.choice([self.server.be_port, self.server.fe_port])
        with socket.create_connection((self.server.host, port), timeout=10) as raw:
            raw.sendall(data)

    def packets(self, count):
        """One connection: a true handshake, then command packets that make little sense."""
        client = connect(self.server, read_timeout=30)
        try:
            for _ in range(count):
                client._sock.sendall(self.packet())
            client._sock.shutdown(socket.SHUT_WR)
            while client._sock.recv(65536):
                pass
        except OSError:
            return  # the server may end such a conversation
        finally:
            client._force_close()

    def packet(self):
        command = self.random.choice([3, 3, 22, 23, 24, 25, 26, 2, 4, 14, 27, 31, 17, self.random.randrange(256)])
        payload = self.random.choice(
            [
                b"SELECT " + self.random.randbytes(8),
                b"SELECT ? FROM t",
                struct.pack("<IBI", self.random.randrange(3), 0, 1) + self.random.randbytes(6),
                b"INSERT INTO t VALUES (1, 'x" + self.random.randbytes(4),
                b"SELECT 1; SELECT",
                self.random.randbytes(self.random.randrange(40)),
                b"",
            ]
        )
        if command == 1:
            command = 0
        body = bytes([command]) + payload
        length = len(body) if self.random.random() < 0.97 else self.random.randrange(1 << 24)
        return struct.pack("<I", length)[:3] + bytes([0]) + body

    def handshake(self):
        """What is no answer to the server's greeting."""
        with socket.create_connection((self.server.host, self.server.mysql_port), timeout=10) as raw:
            raw.recv(200)
            data = self.random.randbytes(self.random.randrange(1, 80))
            raw.sendall(struct.pack("<I", len(data))[:3] + b"\1" + data)

    def close(self):
        self.http.close()
        self.connection.close()


def campaign(server, seed, loads=0, large=0, transactions=0, packets=0):
    """All of it in any order, with the rows counted every so often; returns what was answered."""
    fuzz = Fuzz(server, seed)
    fuzz.prepare()
    per_connection = 50
    steps = (
        [fuzz.load] * loads
        + [fuzz.large_load] * large
        + [fuzz.transaction] * transactions
        + [lambda: fuzz.packets(per_connection)] * (packets // per_connection)
    )
    steps += [fuzz.handshake] * (packets // 100)
    fuzz.random.shuffle(steps)
    for number, step in enumerate(steps):
        step()
        if number % 200 == 0:
            fuzz.check()
    fuzz.check()
    fuzz.close()
    return fuzz
