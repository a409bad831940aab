"""Large bodies go past uvicorn into their file; load and connection are as with small ones, however the bytes come."""

import base64
import http.client
import json
import socket
import time

import pytest

from retail_platform.starrocks.embedded.http import uploads

LINE = b'{"k": 1, "v": %d}\n'
BODY = b"".join(LINE % number for number in range(200_000))
CREDENTIALS = base64.b64encode(b"root:").decode()


@pytest.fixture
def table(shared):
    shared("TRUNCATE TABLE d.t")
    return lambda: shared("SELECT count(*), count(DISTINCT v) FROM d.t")


@pytest.fixture
def turns(monkeypatch):
    """How many bytes each turn of a worker thread has moved."""
    found, move = [], uploads._move

    def counted(*arguments):
        found.append(move(*arguments))
        return found[-1]

    monkeypatch.setattr(uploads, "_move", counted)
    return found


def head(length, label):
    return (
        f"PUT /api/d/t/_stream_load HTTP/1.1\r\nHost: h\r\nAuthorization: Basic {CREDENTIALS}\r\nformat: json\r\n"
        f"label: {label}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def answer(connection):
    response = http.client.HTTPResponse(connection)
    response.begin()
    return json.loads(response.read())


def opened(server):
    return socket.create_connection((server.host, server.be_port), timeout=30)


def test_a_connection_serves_one_large_body_after_another(server, table, turns):
    with opened(server) as connection:
        for number in (1, 2):
            connection.sendall(head(len(BODY), f"large_{number}") + BODY)
            assert answer(connection)["NumberLoadedRows"] == 200_000
        small = LINE % 1
        connection.sendall(head(len(small), "small") + small)
        assert answer(connection)["NumberLoadedRows"] == 1
    assert sum(turns) > len(BODY), "they went past uvicorn"
    assert table() == [(400_001, 200_000)]


def test_the_next_request_may_follow_a_large_body_at_once(server, table, turns):
    small = LINE % 1
    with opened(server) as connection:
        connection.sendall(head(len(BODY), "first") + BODY + head(len(small), "second") + small)
        received = b""
        while received.count(b'"Status"') < 2:
            received += connection.recv(65536)
    assert received.count(b'"Success"') == 2
    assert turns
    assert table() == [(200_001, 200_000)]


def test_a_slow_client_gives_its_thread_back(server, table, turns):
    with opened(server) as connection:
        connection.sendall(head(len(BODY), "slow") + BODY[:100])
        for start in range(100, len(BODY), 1_500_000):
            time.sleep(5 * uploads._PATIENCE / 1000)
            connection.sendall(BODY[start : start + 1_500_000])
        assert answer(connection)["Status"] == "Success"
    assert len(turns) > 2
    assert table() == [(200_000, 200_000)]


def test_a_client_that_leaves_frees_its_label(server, table):
    with opened(server) as connection:
        connection.sendall(head(len(BODY), "left") + BODY[:2_000_000])
    deadline = time.monotonic() + 30
    status = "Label Already Exists"
    while status == "Label Already Exists" and time.monotonic() < deadline:
        with opened(server) as connection:
            connection.sendall(head(len(BODY), "left") + BODY)
            status = answer(connection)["Status"]
    assert status == "Success"
    assert table() == [(200_000, 200_000)]
    assert not any(server.engine.directory.spool.iterdir())


def test_a_full_disk_is_told_and_the_connection_goes_on(server, table, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    with opened(server) as connection, monkeypatch.context() as context:
        context.setattr(uploads, "_move", full)
        connection.sendall(head(len(BODY), "full") + BODY)
        assert "No space left on device" in answer(connection)["Message"]
        context.undo()
        connection.sendall(head(len(BODY), "full") + BODY)
        assert answer(connection)["Status"] == "Success"
    assert table() == [(200_000, 200_000)]
