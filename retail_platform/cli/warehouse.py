"""Making sure a warehouse answers: the one the settings point to, or an embedded one started for the occasion."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from retail_platform.settings import StarRocksSettings, retail_settings, starrocks_settings
from retail_platform.starrocks.connection import WarehouseError, WarehouseUnavailable, connect, query
from retail_platform.starrocks.metadata import server_version

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_START_SECONDS = 60
_STOP_SECONDS = 30


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
        if settings.host not in _LOOPBACK:
            raise
    else:
        yield settings
        return
    process = _start(settings)
    try:
        say(f"warehouse: embedded StarRocks started at {settings.host}:{settings.port}")
        yield settings
    finally:
        _stop(process)


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


def _start(settings: StarRocksSettings) -> subprocess.Popen[str]:
    with tempfile.TemporaryDirectory() as directory:
        ready = Path(directory) / "ready.json"
        log = retail_settings().home / "starrocks.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as output:
            process = subprocess.Popen(  # noqa: S603 - our own command
                serve_command(settings, f"--ready-file={ready}"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, "STARROCKS_PASSWORD": settings.password.get_secret_value()},
                # Ctrl-C reaches the whole terminal group; the warehouse is to outlive those who still write to it.
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not _is_ready(ready):
            if process.poll() is not None or time.monotonic() > deadline:
                _stop(process)
                raise WarehouseError(f"the embedded warehouse didn't start: {_last_words(log)}")
            time.sleep(0.05)
    with connect(settings) as connection:
        query(connection, "SELECT 1")
    return process


def _is_ready(path: Path) -> bool:
    try:
        return bool(json.loads(path.read_text()))
    except (FileNotFoundError, ValueError):
        return False


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].removeprefix("Error: ") if lines else f"it said nothing; see {log}"


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
