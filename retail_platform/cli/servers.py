"""The two code locations as servers of this machine, as they are in production, for `dev` and `demo`."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

import yaml

from retail_platform.cli.processes import ProcessGroup

LOCATIONS = ("ingestion", "transformation")
_START_SECONDS = 120
_POLL_SECONDS = 0.1


class ServerError(RuntimeError):
    """A code location's server doesn't start; the message is the end of its log."""


def start_code_servers(group: ProcessGroup, *, warm: bool = True) -> dict[str, int]:
    """Start both code locations; returns their ports once they listen.

    Raises:
        ServerError: One ended, or didn't listen in time.
    """
    ports = {location: free_port() for location in LOCATIONS}
    for location, port in ports.items():
        mode = "--warm" if warm else "--cold"
        command = [sys.executable, "-m", "retail_platform.cli", "code-server", location, f"--port={port}", mode]
        group.start(location, command)
    deadline = time.monotonic() + _START_SECONDS
    for location, port in ports.items():
        while not _listens(port):
            ended = group.ended()
            if ended or time.monotonic() > deadline:
                name = ended or location
                raise ServerError(f"code location {name} doesn't start: {group.last_words(name)}")
            time.sleep(_POLL_SECONDS)
    return ports


def free_port() -> int:
    """A loopback port the operating system chose."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_workspace(path: Path, ports: dict[str, int]) -> Path:
    """A workspace file that points to the servers."""
    servers = [
        {"grpc_server": {"host": "127.0.0.1", "port": port, "location_name": location}}
        for location, port in ports.items()
    ]
    path.write_text(yaml.safe_dump({"load_from": servers}, sort_keys=False))
    return path


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
