"""The image's health check: `python -m retail_platform.deployment.alive`.

Asks what RETAIL_HEALTHCHECK says: `grpc:PORT`, `http:PORT/path` or `tcp:PORT`. It runs every few seconds, so it imports
as little as it can.
"""

from __future__ import annotations

import os
import socket
import sys
import urllib.request

_TIMEOUT = 5.0


def alive(question: str) -> str:
    """Ask; returns what is wrong, or an empty string."""
    kind, _, rest = question.partition(":")
    port, slash, path = rest.partition("/")
    if kind not in ("grpc", "http", "tcp") or not port.isdigit():
        return f"RETAIL_HEALTHCHECK={question!r} can't be asked; use grpc:PORT, http:PORT/path or tcp:PORT"
    try:
        if kind == "grpc":
            return _grpc(int(port))
        if kind == "http":
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{slash}{path}", timeout=_TIMEOUT):
                return ""
        with socket.create_connection(("127.0.0.1", int(port)), _TIMEOUT):
            return ""
    except OSError as error:
        return f"{question}: {error}"


def _grpc(port: int) -> str:
    # A tenth of a second that the other questions don't pay.
    import grpc  # type: ignore[import-untyped]  # noqa: PLC0415
    from grpc_health.v1 import health_pb2, health_pb2_grpc  # type: ignore[import-untyped]  # noqa: PLC0415

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            request = health_pb2.HealthCheckRequest(service="DagsterApi")
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=_TIMEOUT)
        except grpc.RpcError as error:
            return f"grpc:{port}: {error.code().name}"
    serving = health_pb2.HealthCheckResponse.SERVING
    return "" if answer.status == serving else f"grpc:{port}: status {answer.status}"


def main() -> int:
    """Exit status 0 if all is well; without a question there is nothing to ask."""
    question = os.environ.get("RETAIL_HEALTHCHECK", "")
    if not question:
        return 0
    trouble = alive(question)
    if trouble:
        sys.stderr.write(trouble + "\n")
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
