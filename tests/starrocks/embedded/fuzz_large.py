"""Bodies of more than a megabyte, whole or damaged, in pieces, with pauses, cut off, and two on one connection."""

import http.client
import json
import socket
import struct
import time

from tests.starrocks.embedded import fuzz_bodies

ROWS = 30_000
PAUSE = 0.05  # longer than the server's thread waits for bytes before it gives up its place


def load(fuzz):
    """One large load of a campaign: what it says it loaded is counted, and a body cut off must leave nothing."""
    random = fuzz.random
    whole = fuzz_bodies.as_lines([{"k": number, "v": -number, "s": "large"} for number in range(ROWS)])
    body = random.choice([whole, whole, fuzz_bodies.damaged(random, whole), random.randbytes(len(whole))])
    announced, sent = len(body), len(body)
    ending = random.choice(["whole", "whole", "twice", "cut", "reset", "short"])
    if ending in ("cut", "reset"):
        sent = random.randrange(len(body))
    elif ending == "short":  # less than announced comes, and then nothing
        announced += random.choice([1, 1 << 20])
    with socket.create_connection((fuzz.server.host, fuzz.server.be_port), timeout=60) as connection:
        for _ in range(2 if ending == "twice" else 1):
            connection.sendall(_head(announced, random.random() < 0.5))
            _send(connection, memoryview(body)[:sent], random)
            if ending in ("whole", "twice"):
                found = fuzz.understood(json.loads(_answer(connection)))
                fuzz.count(found)
                assert body is not whole or found["NumberLoadedRows"] == ROWS, found
        if ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _head(length, expecting):
    expect = "Expect: 100-continue\r\n" if expecting else ""
    return (
        "PUT /api/fuzz/t/_stream_load HTTP/1.1\r\nHost: x\r\nAuthorization: Basic cm9vdDo=\r\n"
        f"format: json\r\n{expect}Content-Length: {length}\r\n\r\n"
    ).encode()


def _send(connection, body, random):
    """In pieces of one size, now and then with a pause; a server that has answered already may refuse the rest."""
    piece = random.choice([1_000, 65_536, 1 << 20, len(body) or 1])
    pauses = random.choice([0, 0, 3])
    places = {random.randrange(len(body) // piece + 1) for _ in range(pauses)}
    for number, start in enumerate(range(0, len(body), piece)):
        if number in places:
            time.sleep(PAUSE)
        connection.sendall(body[start : start + piece])


def _answer(connection):
    """The response after any "100 Continue", read to its end so that the connection can be used again."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    assert response.status == 200, response.read()
    return response.read()
