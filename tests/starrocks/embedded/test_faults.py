"""Failures on demand: each happens as often as asked for, and leaves the state a client must be able to find out."""

import pytest
import requests

from retail_platform.starrocks.embedded import EmbeddedStarRocks
from tests.starrocks.embedded.conftest import connect, run


@pytest.fixture
def loads():
    with EmbeddedStarRocks() as server, connect(server) as connection:
        run(connection, "CREATE DATABASE d")
        run(connection, "CREATE TABLE d.t (k INT)")
        yield server, connection


def put(server, label):
    url = f"http://{server.host}:{server.be_port}/api/d/t/_stream_load"
    headers = {"format": "json", "label": label}
    return requests.put(url, data=b'{"k": 1}', headers=headers, auth=("root", ""), timeout=30)


def state(server, label):
    url = f"http://{server.host}:{server.fe_port}/api/d/get_load_state"
    return requests.get(url, params={"label": label}, auth=("root", ""), timeout=30).json()["state"]


def count(connection):
    return run(connection, "SELECT count(*) FROM d.t")[0][0]


def test_publish_timeout_is_committed(loads):
    server, connection = loads
    server.faults.publish_timeout = 1
    assert put(server, "a").json()["Status"] == "Publish Timeout"
    assert put(server, "b").json()["Status"] == "Success"
    assert count(connection) == 2


@pytest.mark.parametrize("fault", ["drop_after_commit", "truncated_answer"])
def test_a_lost_answer_leaves_a_known_label(loads, fault):
    server, connection = loads
    setattr(server.faults, fault, 1)
    with pytest.raises(requests.RequestException):
        put(server, "lost").json()
    assert state(server, "lost") == "VISIBLE"
    assert put(server, "lost").json()["ExistingJobStatus"] == "FINISHED"
    assert count(connection) == 1


def test_server_error_does_nothing(loads):
    server, connection = loads
    server.faults.server_error = 1
    assert put(server, "a").status_code == 503
    assert (state(server, "a"), count(connection)) == ("UNKNOWN", 0)


def test_redirect_to_a_dead_host(loads):
    server, _ = loads
    server.faults.redirect_to_dead_host = 1
    url = f"http://{server.host}:{server.fe_port}/api/d/t/_stream_load"
    options = {"headers": {"Expect": "100-continue"}, "auth": ("root", ""), "allow_redirects": False, "timeout": 30}
    assert ":1/" in requests.put(url, **options).headers["Location"]
    assert f":{server.be_port}/" in requests.put(url, **options).headers["Location"]


def test_redirect_to_the_advertised_host():
    with EmbeddedStarRocks(host="0.0.0.0", password="x", advertised_host="warehouse") as server:
        url = f"http://127.0.0.1:{server.fe_port}/api/d/t/_stream_load"
        options = {
            "headers": {"Expect": "100-continue"},
            "auth": ("root", "x"),
            "allow_redirects": False,
            "timeout": 30,
        }
        location = requests.put(url, **options).headers["Location"]
        assert location == f"http://warehouse:{server.be_port}/api/d/t/_stream_load"


def test_forgotten_labels(loads):
    server, connection = loads
    put(server, "a")
    server.forget_labels("d")
    assert state(server, "a") == "UNKNOWN"
    assert put(server, "a").json()["Status"] == "Success"
    assert count(connection) == 2
