"""The exporter and the image's health check, over real sockets."""

from __future__ import annotations

import queue
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from retail_platform.deployment.alive import alive, main
from retail_platform.deployment.examination import Finding
from retail_platform.deployment.metrics import Exporter, exposition

FINDINGS = [Finding("clock-skew", True, "fine", seconds=0.25), Finding("warehouse-answers", False, 'a "quoted" reason')]


def test_exposition_holds_states_and_no_messages() -> None:
    page = exposition(FINDINGS)
    assert 'retail_platform_check_healthy{check="clock-skew"} 1\n' in page
    assert 'retail_platform_check_healthy{check="warehouse-answers"} 0\n' in page
    assert 'retail_platform_check_seconds{check="clock-skew"} 0.250\n' in page
    assert "reason" not in page


@pytest.fixture
def exporter_port() -> int:
    exporter = Exporter(lambda: FINDINGS, interval=0.05)
    ports: queue.Queue[int] = queue.Queue()
    thread = threading.Thread(target=exporter.serve, args=("127.0.0.1", 0, ports.put))
    thread.start()
    yield ports.get(timeout=10)
    exporter.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_exporter_serves_what_was_found_last(exporter_port: int) -> None:
    for _ in range(200):
        with urllib.request.urlopen(f"http://127.0.0.1:{exporter_port}/metrics", timeout=5) as answer:
            page = answer.read().decode()
        if 'check="clock-skew"' in page:
            break
    assert 'retail_platform_check_healthy{check="clock-skew"} 1' in page
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{exporter_port}/", timeout=5)


def test_alive_asks_http_and_tcp(exporter_port: int) -> None:
    assert alive(f"http:{exporter_port}/metrics") == ""
    assert alive(f"tcp:{exporter_port}") == ""
    assert "404" in alive(f"http:{exporter_port}/nothing")
    assert "refused" in alive("tcp:1").lower()


def test_alive_asks_grpc() -> None:
    service = health.HealthServicer()
    server = grpc.server(ThreadPoolExecutor(2))
    health_pb2_grpc.add_HealthServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        service.set("DagsterApi", health_pb2.HealthCheckResponse.SERVING)
        assert alive(f"grpc:{port}") == ""
        service.set("DagsterApi", health_pb2.HealthCheckResponse.NOT_SERVING)
        assert "status" in alive(f"grpc:{port}")
    finally:
        server.stop(None)
    assert "UNAVAILABLE" in alive("grpc:1")


def test_a_question_that_cannot_be_asked_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "use grpc:PORT, http:PORT/path or tcp:PORT" in alive("ping")
    monkeypatch.delenv("RETAIL_HEALTHCHECK", raising=False)
    assert main() == 0
    monkeypatch.setenv("RETAIL_HEALTHCHECK", "tcp:1")
    assert main() == 1
