"""Runs the embedded server as a process of its own, until SIGTERM or SIGINT."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retail_platform.starrocks.embedded.server import EmbeddedStarRocks

_GLANCE = 0.5  # seconds between looks at the signals


def announcement(server: EmbeddedStarRocks) -> dict[str, Any]:
    """What a starter needs to know: where the server listens and where its data is."""
    return {
        "event": "ready",
        "host": server.host,
        "mysql_port": server.mysql_port,
        "fe_port": server.fe_port,
        "be_port": server.be_port,
        "pid": os.getpid(),
        "data_dir": str(server.data_dir),
        "version": server.profile.version,
    }


def run_server(
    data_dir: Path | None,
    host: str = "127.0.0.1",
    mysql_port: int = 9030,
    fe_port: int = 8030,
    be_port: int = 8040,
    user: str = "root",
    password: str = "",
    ready_file: Path | None = None,
    on_ready: Callable[[dict[str, Any]], None] | None = None,
    advertised_host: str = "",
) -> None:
    """Serve until a signal; announces itself with one JSON line on standard output and in `ready_file`."""
    stopping = threading.Event()
    previous = {sign: signal.signal(sign, lambda *_: stopping.set()) for sign in (signal.SIGTERM, signal.SIGINT)}
    try:
        server = EmbeddedStarRocks(
            data_dir, host, mysql_port, fe_port, be_port, user, password, advertised_host=advertised_host
        )
        with server:
            facts = announcement(server)
            line = json.dumps(facts)
            if ready_file is not None:
                _publish(ready_file, line)
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
            if on_ready is not None:
                on_ready(facts)
            while not stopping.wait(_GLANCE):
                pass  # a signal that comes just before the thread falls asleep would wake nobody
    finally:
        for sign, handler in previous.items():
            signal.signal(sign, handler)
        if ready_file is not None:
            ready_file.unlink(missing_ok=True)


def _publish(path: Path, line: str) -> None:
    """Whole or not at all: a reader never sees half a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".tmp")
    unfinished.write_text(line + "\n", encoding="utf-8")
    unfinished.replace(path)
