"""The client of the transaction interface, over the real protocols."""

from __future__ import annotations

import threading
from http.server import HTTPServer
from typing import Any

import pytest
import requests

from retail_platform.starrocks.connection import connect, execute, query
from retail_platform.starrocks.http import StarRocksHttp
from retail_platform.starrocks.load_outcome import (
    StreamLoadError,
    StreamLoadRejected,
    StreamLoadUnavailable,
    UnsafeRedirect,
)
from retail_platform.starrocks.transaction import LabelTaken, Transaction, has_multi_table
from retail_platform.starrocks.transaction_load import Part, TransactionClient
from tests.conftest import Platform
from tests.starrocks.test_stream_load import HEADERS, Elsewhere, lines, no_wait


@pytest.fixture
def two(platform: Platform) -> tuple[Platform, str]:
    database = platform.retail.bronze
    with connect(platform.starrocks) as connection:
        for table in ("a", "b"):
            execute(
                connection,
                f"CREATE TABLE {database}.{table} (id INT NOT NULL, name VARCHAR(8) NULL) PRIMARY KEY (id) "
                "DISTRIBUTED BY HASH (id) PROPERTIES ('replication_num' = '1')",
            )
    return platform, database


def part(table: str, *rows: dict[str, Any]) -> Part:
    return Part(table, lines(list(rows)), HEADERS)


def ids(platform: Platform, table: str) -> list[int]:
    with connect(platform.starrocks) as connection:
        rows = query(connection, f"SELECT id FROM {platform.retail.bronze}.{table} ORDER BY id")
    return [row["id"] for row in rows]


def opened(platform: Platform, label: str, table: str | None = None) -> Transaction:
    transaction = Transaction(StarRocksHttp(platform.starrocks), platform.retail.bronze, label, table=table)
    transaction.begin()
    return transaction


def test_tables_become_visible_together(two: tuple[Platform, str]) -> None:
    platform, database = two
    parts = [part("a", {"id": 1}), part("b", {"id": 2}), part("a", {"id": 3})]
    result = TransactionClient(platform.starrocks).load(database, parts, label="day")
    assert (result.label, result.attempts, result.already_loaded) == ("day-0", 1, False)
    assert result.bytes_sent == sum(len('{"id": 1}\n') for _ in parts)
    assert (ids(platform, "a"), ids(platform, "b")) == ([1, 3], [2])


def test_the_same_label_loads_once(two: tuple[Platform, str]) -> None:
    platform, database = two
    client = TransactionClient(platform.starrocks)
    client.load(database, [part("a", {"id": 1})], label="once")
    again = client.load(database, [part("a", {"id": 2})], label="once")
    assert again.already_loaded
    assert ids(platform, "a") == [1]
    assert client.settle(database, "once")
    assert not client.settle(database, "never")


def test_one_bad_row_keeps_everything_out_and_is_named(two: tuple[Platform, str]) -> None:
    platform, database = two
    parts = [part("a", {"id": 1}), part("b", {"id": 2, "name": "far too long"})]
    client = TransactionClient(platform.starrocks)
    with pytest.raises(StreamLoadRejected, match="far too long") as refused:
        client.load(database, parts, label="bad")
    assert "Failed to load table b" in str(refused.value)
    assert (ids(platform, "a"), ids(platform, "b")) == ([], [])
    assert client.load(database, [part("a", {"id": 1})], label="bad").label == "bad-1", "the label of a failure is over"


def test_what_a_dead_process_left_open_is_given_up(two: tuple[Platform, str]) -> None:
    platform, database = two
    dead = opened(platform, "left-0")
    dead.load("a", lines([{"id": 1}]), HEADERS)
    client = TransactionClient(platform.starrocks)
    assert not client.settle(database, "left")
    assert client.load(database, [part("a", {"id": 2})], label="left").label == "left-1"
    with pytest.raises((StreamLoadError, requests.RequestException)):
        dead.commit()
    assert ids(platform, "a") == [2]


@pytest.mark.parametrize("step", ["begin", "load", "commit"])
def test_an_answer_is_lost(two: tuple[Platform, str], step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    platform, database = two
    original, calls = getattr(Transaction, step), []

    def lossy(*arguments: Any) -> Any:
        answer = original(*arguments)
        calls.append(step)
        if len(calls) == 1:
            raise requests.ConnectionError("the answer is lost")
        return answer

    monkeypatch.setattr(Transaction, step, lossy)
    parts = [part("a", {"id": 1}), part("b", {"id": 2})]
    TransactionClient(platform.starrocks, sleep=no_wait).load(database, parts, label="lost")
    assert (ids(platform, "a"), ids(platform, "b")) == ([1], [2])


def test_nobody_there_is_unavailable_after_every_attempt(platform: Platform, free_port: int) -> None:
    settings = platform.starrocks.model_copy(update={"http_port": free_port})
    client = TransactionClient(settings, attempts=2, sleep=no_wait)
    with pytest.raises(StreamLoadUnavailable, match="2 attempts"):
        client.load("db", [part("a", {"id": 1})], label="x")
    with pytest.raises(StreamLoadUnavailable, match=str(free_port)):
        client.settle("db", "x")


def test_one_table_in_two_phases(two: tuple[Platform, str]) -> None:
    platform, _ = two
    transaction = opened(platform, "single", table="a")
    assert transaction.load("a", lines([{"id": 1}]), HEADERS) > 0
    transaction.load("a", lines([{"id": 2}]), HEADERS)
    transaction.prepare()
    assert ids(platform, "a") == []
    answer = transaction.commit()
    assert answer["NumberLoadedRows"] == 2
    assert ids(platform, "a") == [1, 2]
    assert not transaction.rollback(), "what is committed can't be given up"
    with pytest.raises(LabelTaken):
        opened(platform, "single", table="a")


def test_a_rollback_leaves_nothing(two: tuple[Platform, str]) -> None:
    platform, _ = two
    transaction = opened(platform, "back")
    transaction.load("a", lines([{"id": 1}]), HEADERS)
    assert transaction.rollback()
    assert transaction.rollback(), "may be repeated"
    assert ids(platform, "a") == []


def test_credentials_go_to_no_host_that_is_not_allowed(platform: Platform) -> None:
    class Frontend(Elsewhere):
        target = "http://elsewhere.example:8040/api/transaction/begin"
        do_POST = Elsewhere.do_PUT

    with HTTPServer(("127.0.0.1", 0), Frontend) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = platform.starrocks.model_copy(update={"host": "127.0.0.1", "http_port": server.server_port})
        transaction = Transaction(StarRocksHttp(settings), "d", "label")
        with pytest.raises(UnsafeRedirect, match=r"elsewhere\.example"):
            transaction.begin()
        with pytest.raises(UnsafeRedirect, match=r"elsewhere\.example"):
            transaction.load("t", lines([{"id": 1}]), HEADERS)
        server.shutdown()


def test_the_leading_frontend_is_asked_before_the_body_is_sent(two: tuple[Platform, str]) -> None:
    """A follower redirects to the leader: another host, the same port."""
    platform, database = two
    port = platform.starrocks.http_port

    class Follower(Elsewhere):
        target = f"http://leader:{port}/api/transaction/load"

    with HTTPServer(("127.0.0.1", 0), Follower) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        follower = f"127.0.0.1:{server.server_port}"
        http = StarRocksHttp(
            platform.starrocks.model_copy(update={"redirect_map": {f"leader:{port}": f"127.0.0.1:{port}"}})
        )
        http.frontend = f"http://{follower}"
        label = opened(platform, "led").label
        headers = {"db": database, "label": label, "table": "a", "transaction_type": "multi", "Expect": "100-continue"}
        target = http.ask_frontend("/api/transaction/load", headers, leader=True)
        server.shutdown()
    assert f":{platform.starrocks.be_port}/" in target


@pytest.mark.parametrize(
    ("version", "has"),
    [("4.0.1-abc", True), ("4.1", True), ("10.0.0", True), ("3.5.14-e1", False), ("2.4.0 c0", False), ("", False)],
)
def test_several_tables_from_4_0_on(version: str, has: bool) -> None:
    assert has_multi_table(version) is has
