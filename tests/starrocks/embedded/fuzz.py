"""Malformed input, reproducible from a seed, against a server whose rows are known at every moment."""

import json
import random
import socket
import struct

import pymysql
import requests

from tests.starrocks.embedded.conftest import connect, run

COLUMNS = ("k", "v", "s")
_HEADERS = {
    "format": ["json", "csv", "JSON", "xml", "", "gzip", "parquet", "json; charset=utf8"],
    "columns": [
        "k,v,s",
        "k,v",
        "k, v, s, x = k + 1",
        "k,,v",
        "(",
        "s = now(), k, v",
        "k,v,__op='delete'",
        "'",
        "k=",
        ";",
    ],
    "where": ["k > 3", "k >", "nothing = 1", "1 = 1; DROP TABLE t", "(SELECT 1)", "'"],
    "jsonpaths": ['["$.k","$.v","$.s"]', "[]", "{", '["$"]', '["$..k"]', "[1]", '["$.k[*]"]'],
    "json_root": ["$", "$.a", "$.a[0]", "x", "$[", "'"],
    "strip_outer_array": ["true", "false", "maybe", ""],
    "strict_mode": ["true", "false", "2"],
    "max_filter_ratio": ["0", "0.5", "1", "nan", "-1", "x", "1e400"],
    "column_separator": [",", "\\t", "\\x01", "", "||", "'", "\\xZZ", "very long separator"],
    "row_delimiter": ["\\n", "\\r\\n", ";", ""],
    "enclose": ['"', "'", "ab", ""],
    "escape": ["\\", "ab", ""],
    "skip_header": ["0", "1", "-1", "x", "99999999999999999999"],
    "timeout": ["1", "0", "x", "259201"],
    "compression": ["gzip", "zstd", "lz4_frame", "bzip2", "deflate", "nonsense"],
    "partial_update": ["true", "no"],
    "merge_condition": ["v", "k", "none"],
    "partitions": ["t", "p1,p2", "'"],
    "timezone": ["UTC", "Mars/Base", "+08:00", "'"],
    "label": ["a b", "x" * 200, "ä", "'", "../up", ""],
    "log_rejected_record_num": ["-1", "-2", "x"],
    "load_mem_limit": ["x", "1"],
    "transaction_type": ["multi", "other"],
    "Content-Encoding": ["gzip", "br"],
}
_VALUES = [
    1,
    -1,
    0,
    2**31,
    2**70,
    1.5,
    1e400,
    True,
    None,
    "",
    "7",
    " 8 ",
    "text",
    "ä" * 40,
    "\0",
    [1],
    {"a": 1},
    "\\N",
    "a,b",
]


class Fuzz:
    """Sends what nobody should, and knows what must be there afterwards."""

    def __init__(self, server, seed):
        self.server = server
        self.random = random.Random(seed)
        self.http = requests.Session()
        self.connection = connect(server)
        self.rows = 0
        self.statuses = {}

    def prepare(self):
        run(self.connection, "CREATE DATABASE IF NOT EXISTS fuzz")
        run(self.connection, "USE fuzz")
        run(self.connection, "CREATE TABLE t (k INT NOT NULL, v INT, s VARCHAR(20)) DUPLICATE KEY (k)")

    def check(self):
        """Exactly the rows of the loads that succeeded are there, and the server still answers."""
        assert run(self.connection, "SELECT count(*) FROM t") == [(self.rows,)]

    def load(self):
        body = self.body()
        headers = {"Expect": "100-continue", "format": self.random.choice(["json", "json", "csv"])}
        for name in self.random.sample(sorted(_HEADERS), self.random.choice([0, 0, 1, 1, 2, 5])):
            headers[name] = self.random.choice(_HEADERS[name]).encode("utf-8", "replace")
        if self.random.random() < 0.1:
            self.raw_http(body)
            return
        url = f"http://{self.server.host}:{self.server.be_port}/api/fuzz/t/_stream_load"
        answer = self.http.put(url, data=body, headers=headers, auth=("root", ""), timeout=30)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["Status"] in ("Success", "Fail", "Label Already Exists"), found
        assert "Unexpected exception" not in found["Message"], (found, headers, body)
        if found["Status"] == "Success":
            self.rows += found["NumberLoadedRows"]
        self.statuses[found["Status"]] = self.statuses.get(found["Status"], 0) + 1

    def body(self):
        kind = self.random.random()
        count = self.random.choice([0, 1, 2, 20])
        rows = [{name: self.random.choice(_VALUES) for name in COLUMNS} for _ in range(count)]
        if self.random.random() < 0.5:
            rows = [{"k": number, "v": number, "s": "fine"} for number in range(count)]
        if kind < 0.4:
            text = "\n".join(json.dumps(row) for row in rows)
        elif kind < 0.5:
            text = json.dumps(rows)
        elif kind < 0.8:
            text = "\n".join(self.random.choice(["\t", ","]).join(str(v) for v in row.values()) for row in rows)
        else:
            return self.random.randbytes(self.random.choice([0, 1, 10, 500]))
        return self.damaged(text.encode("utf-8", "surrogatepass"))

    def damaged(self, data):
        change = self.random.random()
        if not data or change < 0.4:
            return data
        place = self.random.randrange(len(data))
        if change < 0.6:
            return data[:place]
        if change < 0.8:
            return data[:place] + self.random.randbytes(self.random.choice([1, 4])) + data[place:]
        return data[:place] + data[place + 1 :] + data[: self.random.randrange(len(data))]

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


def campaign(server, seed, loads, packets):
    """All of it, with the rows counted every so often; returns what was answered."""
    fuzz = Fuzz(server, seed)
    fuzz.prepare()
    per_connection = 50
    steps = [fuzz.load] * loads + [lambda: fuzz.packets(per_connection)] * (packets // per_connection)
    steps += [fuzz.handshake] * 100
    fuzz.random.shuffle(steps)
    for number, step in enumerate(steps):
        step()
        if number % 200 == 0:
            fuzz.check()
    fuzz.check()
    assert pymysql.__version__
    fuzz.close()
    return fuzz
