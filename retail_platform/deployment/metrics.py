"""What doctor finds, as Prometheus metrics over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from retail_platform.deployment.examination import Finding

_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(findings: Sequence[Finding]) -> str:
    """Findings in Prometheus' text format."""
    lines = [
        "# HELP retail_platform_check_healthy Whether a check of `retail-platform doctor` passed.",
        "# TYPE retail_platform_check_healthy gauge",
        *(f'retail_platform_check_healthy{{check="{f.check}"}} {int(f.healthy)}' for f in findings),
        "# HELP retail_platform_check_seconds How long the check took.",
        "# TYPE retail_platform_check_seconds gauge",
        *(f'retail_platform_check_seconds{{check="{f.check}"}} {f.seconds:.3f}' for f in findings),
    ]
    return "\n".join(lines) + "\n"


class Exporter:
    """Examines again and again, and serves what it found last."""

    def __init__(self, examine: Callable[[], Sequence[Finding]], interval: float) -> None:
        self._examine = examine
        self._interval = interval
        self._page = exposition([])
        self._stopped = threading.Event()

    def serve(self, host: str, port: int, on_ready: Callable[[int], None]) -> None:
        """Serve until `stop`; `on_ready` is called with the port in use."""
        server = ThreadingHTTPServer((host, port), self._handler())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        on_ready(server.server_address[1])
        try:
            while not self._stopped.is_set():
                self._page = exposition(self._examine())
                self._stopped.wait(self._interval)
        finally:
            server.shutdown()
            server.server_close()

    def stop(self) -> None:
        """End `serve` after the round that is running."""
        self._stopped.set()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        exporter = self

        class Handler(BaseHTTPRequestHandler):
            """Answers GET /metrics."""

            def do_GET(self) -> None:
                body = exporter._page.encode() if self.path == "/metrics" else b"see /metrics\n"
                self.send_response(200 if self.path == "/metrics" else 404)
                self.send_header("Content-Type", _TYPE)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """A scrape a minute is no news."""

        return Handler
