"""Making sure a warehouse answers: the one the settings point to, or an embedded one started for the occasion."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from retail_platform.cli.processes import ProcessGroup
from retail_platform.settings import StarRocksSettings, retail_settings, starrocks_settings
from retail_platform.starrocks.connection import WarehouseError, WarehouseUnavailable, connect, query
from retail_platform.starrocks.metadata import server_version

_START_SECONDS = 60
_NAME = "starrocks"


@contextmanager
def running_warehouse(say: Callable[[str], None]) -> Iterator[StarRocksSettings]:
    """The warehouse of the settings; if none answers at a local address, an embedded one while the block lasts.

    Raises:
        WarehouseAccessDenied: One answers but refuses the credentials.
        WarehouseUnavailable: None answers and the address isn't this machine's.
        WarehouseError: The embedded warehouse doesn't start.
    """
    settings = starrocks_settings()
    try:
        with connect(settings) as connection:
            say(f"warehouse: StarRocks {server_version(connection)} answers at {settings.host}:{settings.port}")
    except WarehouseUnavailable:
        if not settings.is_local:
            raise
    else:
        yield settings
        return
    # Its own group: whoever works with it in the block is stopped first.
    with ProcessGroup(retail_settings().home / "logs") as group:
        start_embedded(settings, group)
        say(f"warehouse: embedded StarRocks started at {settings.host}:{settings.port}")
        yield settings


@contextmanager
def local_warehouse() -> Iterator[StarRocksSettings]:
    """For commands that only look or tidy up: the warehouse of the settings, or this machine's data served meanwhile.

    Raises:
        WarehouseUnavailable: None answers and there is no local data to serve.
    """
    data = retail_settings().home / "starrocks"
    if data.is_dir():
        with running_warehouse(lambda _message: None) as settings:
            yield settings
    else:
        yield starrocks_settings()


def serve_command(settings: StarRocksSettings, *extra: str) -> list[str]:
    """The command that serves the embedded warehouse at the settings' address; the password travels by environment."""
    return [
        sys.executable,
        "-m",
        "retail_platform.cli",
        "serve",
        f"--data-dir={retail_settings().home / 'starrocks'}",
        f"--host={settings.host}",
        f"--mysql-port={settings.port}",
        f"--fe-port={settings.http_port}",
        f"--be-port={settings.be_port}",
        f"--user={settings.user}",
        *extra,
    ]


def start_embedded(settings: StarRocksSettings, group: ProcessGroup) -> int:
    """Start the embedded warehouse in a group and wait until it answers; returns its process id.

    Raises:
        WarehouseError: It doesn't start; the message has its last words.
    """
    with tempfile.TemporaryDirectory() as directory:
        ready = Path(directory) / "ready.json"
        password = {"STARROCKS_PASSWORD": settings.password.get_secret_value()}
        pid = group.start(_NAME, serve_command(settings, f"--ready-file={ready}"), password)
        deadline = time.monotonic() + _START_SECONDS
        while not _is_ready(ready):
            if group.ended() == _NAME or time.monotonic() > deadline:
                reason = group.last_words(_NAME, 1).removeprefix("Error: ")
                raise WarehouseError(
                    f"the embedded warehouse didn't start: {reason or f'it said nothing; see {group.log(_NAME)}'}"
                )
            time.sleep(0.05)
    with connect(settings) as connection:
        query(connection, "SELECT 1")
    return pid


def _is_ready(path: Path) -> bool:
    try:
        return bool(json.loads(path.read_text()))
    except (FileNotFoundError, ValueError):
        return False
