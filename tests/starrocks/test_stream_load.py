"""The Stream Load client over the real protocols."""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import IO, Any, ClassVar

import pytest

from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.connection import connect, execute, query
from retail_platform.starrocks.load_outcome import (
    StreamLoadDenied,
    StreamLoadError,
    StreamLoadRejected,
    StreamLoadUnavailable,
    UnsafeRedirect,
)
from retail_platform.starrocks.stream_load import StreamLoadClient
from tests.conftest import Platform

HEADERS = {"format": "json"}


def lines(rows: list[dict[str, Any]]) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        yield io.BytesIO("".join(json.dumps(row) + "\n" for row in rows).encode())

    return opened


@pytest.fixture
def table(platform: Platform) -> tuple[Platform, str]:
    with connect(platform.starrocks) as connection:
        execute(
            connection,
            f"CREATE TABLE {platform.retail.bronze}.t (id INT NOT NULL, name VARCHAR(8) NULL, day DATE NULL) "
            "PRIMARY KEY (id) DISTRIBUTED BY HASH (id) PROPERTIES ('replication_num' = '1')",
        )
    return platform, platform.retail.bronze


def rows_of(platform: Platform) -> list[dict[str, Any]]:
    with connect(platform.starrocks) as connection:
        return query(connection, f"SELECT * FROM {platform.retail.bronze}.t ORDER BY id")


def no_wait(_seconds: float) -> None:
    """Instead of sleeping between attempts."""


def test_rows_arrive_and_are_counted(table: tuple[Platform, str]) -> None:
    platform, database = table
    client = StreamLoadClient(platform.starrocks)
    result = client.load(database, "t", lines([{"id": 1, "name": "a"}, {"id": 2}]), label="one", headers=HEADERS)
    assert (result.rows_total, result.rows_loaded, result.rows_filtered) == (2, 2, 0)
    assert not result.already_loaded
    assert [(row["id"], row["name"]) for row in rows_of(platform)] == [(1, "a"), (2, None)]


def test_the_same_label_loads_once(table: tuple[Platform, str]) -> None:
    platform, database = table
    client = StreamLoadClient(platform.starrocks)
    client.load(database, "t", lines([{"id": 1}]), label="once", headers=HEADERS)
    again = client.load(database, "t", lines([{"id": 1}, {"id": 2}]), label="once", headers=HEADERS)
    assert again.already_loaded
    assert again.rows_loaded is None
    assert len(rows_of(platform)) == 1
    assert client.settle(database, "once")
    assert not client.settle(database, "never")


def test_columns_are_computed_by_the_server(table: tuple[Platform, str]) -> None:
    platform, database = table
    headers = {**HEADERS, "columns": "id, name, day='2026-11-20'"}
    StreamLoadClient(platform.starrocks).load(
        database, "t", lines([{"id": 1, "name": "a"}]), label="c", headers=headers
    )
    assert str(rows_of(platform)[0]["day"]) == "2026-11-20"


def test_a_bad_row_fails_the_load_and_is_named(table: tuple[Platform, str]) -> None:
    platform, database = table
    body = lines([{"id": 1, "name": "fits"}, {"id": 2, "name": "far too long"}])
    with pytest.raises(StreamLoadRejected) as refused:
        StreamLoadClient(platform.starrocks).load(database, "t", body, label="bad", headers=HEADERS)
    message = str(refused.value)
    assert "too many filtered rows" in message
    assert "far too long" in message, "the error log must be part of the message"
    assert rows_of(platform) == []


def test_a_label_is_free_again_after_a_failure(table: tuple[Platform, str]) -> None:
    platform, database = table
    client = StreamLoadClient(platform.starrocks)
    with pytest.raises(StreamLoadRejected):
        client.load(database, "t", lines([{"id": None}]), label="retry", headers=HEADERS)
    assert client.load(database, "t", lines([{"id": 1}]), label="retry", headers=HEADERS).rows_loaded == 1


def test_wrong_credentials_are_said_to_be_wrong_without_repeating_them(table: tuple[Platform, str]) -> None:
    platform, database = table
    settings = platform.starrocks.model_copy(update={"user": "nobody", "password": _secret("hunter2-marker")})
    with pytest.raises(StreamLoadDenied) as denied:
        StreamLoadClient(settings).load(database, "t", lines([{"id": 1}]), label="x", headers=HEADERS)
    assert "STARROCKS_USER" in str(denied.value)
    assert "hunter2-marker" not in str(denied.value)


def test_nobody_there_is_unavailable_after_every_attempt(starrocks: StarRocksSettings, free_port: int) -> None:
    settings = starrocks.model_copy(update={"http_port": free_port})
    waits: list[float] = []
    client = StreamLoadClient(settings, attempts=3, sleep=waits.append)
    with pytest.raises(StreamLoadUnavailable, match="3 attempts"):
        client.load("db", "t", lines([{"id": 1}]), label="x", headers=HEADERS)
    assert waits == sorted(waits)
    assert len(waits) == 2


class Elsewhere(BaseHTTPRequestHandler):
    """A frontend that redirects loads to `target`, and counts what it is sent."""

    target = ""
    requests: ClassVar[list[str]] = []

    def do_PUT(self) -> None:
        self.requests.append(self.path)
        self.send_response(307)
        self.send_header("Location", self.target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Keep the test's output clean."""


def test_credentials_go_to_no_host_that_is_not_allowed(starrocks: StarRocksSettings) -> None:
    class Frontend(Elsewhere):
        target = "http://elsewhere.example:8040/api/d/t/_stream_load"
        requests: ClassVar[list[str]] = []

    with HTTPServer(("127.0.0.1", 0), Frontend) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = starrocks.model_copy(update={"host": "127.0.0.1", "http_port": server.server_port})
        with pytest.raises(UnsafeRedirect, match=r"elsewhere\.example:8040.*STARROCKS_ALLOWED_HOSTS"):
            StreamLoadClient(settings, sleep=no_wait).load("d", "t", lines([{"id": 1}]), label="x", headers=HEADERS)
        server.shutdown()
    assert Frontend.requests == ["/api/d/t/_stream_load"]


def test_a_redirect_is_mapped_to_where_the_backend_is_reached(table: tuple[Platform, str]) -> None:
    platform, database = table

    class Frontend(Elsewhere):
        target = f"http://be-0.internal:8040/api/{database}/t/_stream_load"
        requests: ClassVar[list[str]] = []

    with HTTPServer(("127.0.0.1", 0), Frontend) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        mapped = {"be-0.internal:8040": f"{platform.starrocks.host}:{platform.starrocks.be_port}"}
        settings = platform.starrocks.model_copy(update={"http_port": server.server_port, "redirect_map": mapped})
        StreamLoadClient(settings).load(database, "t", lines([{"id": 1}]), label="mapped", headers=HEADERS)
        server.shutdown()
    assert len(rows_of(platform)) == 1


def test_a_label_starrocks_would_refuse_is_refused_here(table: tuple[Platform, str]) -> None:
    platform, database = table
    with pytest.raises(StreamLoadError, match=r"a\.b"):
        StreamLoadClient(platform.starrocks).load(database, "t", lines([]), label="a.b", headers=HEADERS)


@pytest.mark.parametrize("method", ["gzip", "lz4", "zstd"])
def test_bodies_are_compressed_on_their_way(table: tuple[Platform, str], method: str) -> None:
    platform, database = table
    rows = [{"id": number, "name": "same"} for number in range(5_000)]
    plain = StreamLoadClient(platform.starrocks).load(database, "t", lines(rows), label="plain", headers=HEADERS)
    settings = platform.starrocks.model_copy(update={"load_compression": method})
    packed = StreamLoadClient(settings).load(database, "t", lines(rows), label="packed", headers=HEADERS)
    assert packed.rows_loaded == plain.rows_loaded == len(rows)
    assert packed.bytes_sent < plain.bytes_sent / 4
    assert len(rows_of(platform)) == len(rows)


def test_a_body_that_comes_compressed_is_left_alone(table: tuple[Platform, str]) -> None:
    platform, database = table

    @contextmanager
    def packed() -> Iterator[IO[bytes]]:
        yield io.BytesIO(gzip.compress(b'{"id": 1}'))

    settings = platform.starrocks.model_copy(update={"load_compression": "zstd"})
    headers = {**HEADERS, "compression": "gzip"}
    assert StreamLoadClient(settings).load(database, "t", packed, label="p", headers=headers).rows_loaded == 1


def _secret(text: str) -> Any:
    from pydantic import SecretStr

    return SecretStr(text)
