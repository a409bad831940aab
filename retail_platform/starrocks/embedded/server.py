"""The embedded server: one data directory, three ports, one thread with an event loop.

``with EmbeddedStarRocks() as server:`` starts it inside this process and stops it again, with everything written.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from retail_platform.starrocks.embedded import upkeep
from retail_platform.starrocks.embedded.datadir import DataDirectory
from retail_platform.starrocks.embedded.engine import Engine
from retail_platform.starrocks.embedded.errors import (
    RECENT,
    DataDirectoryCorrupt,
    EmbeddedServerError,
    PortInUse,
    UnsafeBinding,
    VersionProfile,
)
from retail_platform.starrocks.embedded.faults import Faults
from retail_platform.starrocks.embedded.http.auth import BasicAuth
from retail_platform.starrocks.embedded.http.backend import Backend
from retail_platform.starrocks.embedded.http.frontend import Frontend
from retail_platform.starrocks.embedded.http.server import HttpServer
from retail_platform.starrocks.embedded.protocol.server import MysqlServer
from retail_platform.starrocks.embedded.session import Session

_OPTIONS = {"mysql_port": "--mysql-port", "fe_port": "--fe-port", "be_port": "--be-port"}


class EmbeddedStarRocks:
    """A StarRocks server inside this process. Port 0 lets the system choose; no directory means a temporary one."""

    def __init__(
        self,
        data_dir: Path | str | None = None,
        host: str = "127.0.0.1",
        mysql_port: int = 0,
        fe_port: int = 0,
        be_port: int = 0,
        user: str = "root",
        password: str = "",
        profile: VersionProfile = RECENT,
        advertised_host: str = "",
    ) -> None:
        self.data_dir = Path(data_dir) if data_dir is not None else None
        self.host = host
        self.mysql_port = mysql_port
        self.fe_port = fe_port
        self.be_port = be_port
        self.user = user
        self.profile = profile
        self._advertised_host = advertised_host
        self._password = password
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self.faults = Faults()
        self.engine: Engine

    def start(self) -> Self:
        """Start serving; returns when all three ports answer."""
        _check_binding(self.host, self._password)
        listeners = self._bind()
        try:
            directory = DataDirectory(self.data_dir)
            self.data_dir = directory.path
            self.engine = _open(directory, self.profile)
        except BaseException:
            for listener in listeners.values():
                listener.close()
            raise
        self.engine.addresses.update(
            host=self.advertised_host, mysql_port=self.mysql_port, fe_port=self.fe_port, be_port=self.be_port
        )
        self._thread = threading.Thread(target=self._serve, args=(listeners,), name="embedded-starrocks", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise EmbeddedServerError(f"The embedded StarRocks could not start: {self._failure}") from self._failure
        return self

    @property
    def advertised_host(self) -> str:
        """The host that the 307 and error logs name: where others reach this one, if it was told; else its address."""
        if self._advertised_host:
            return self._advertised_host
        return "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104 - compared, not bound

    def _bind(self) -> dict[str, socket.socket]:
        listeners: dict[str, socket.socket] = {}
        for name, option in _OPTIONS.items():
            port = getattr(self, name)
            family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            # Named as TCP, asyncio sends answers at once: without it their second piece waits 40 ms for the client.
            listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listeners[name] = listener
            try:
                listener.bind((self.host, port))
                listener.listen(512)
            except OSError as error:
                for opened in listeners.values():
                    opened.close()
                if error.errno == errno.EADDRINUSE:
                    raise PortInUse(
                        f"Port {port} on {self.host} is in use. Stop what listens there, or choose another port"
                        f" ({option}, 0 lets the system choose)."
                    ) from error
                raise EmbeddedServerError(
                    f"Cannot listen on {self.host}:{port} ({option}): {error.strerror}"
                ) from error
            setattr(self, name, listener.getsockname()[1])
        return listeners

    def _serve(self, listeners: dict[str, socket.socket]) -> None:
        try:
            asyncio.run(self._main(listeners))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits in start()
            self._failure = error
        finally:
            self._ready.set()

    async def _main(self, listeners: dict[str, socket.socket]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        auth = BasicAuth(self.user, self._password)
        mysql = MysqlServer(self.engine, self.user, self._password)
        backend = Backend(self.engine, auth, self.faults)
        backend.log.base_url = f"http://{self.advertised_host}:{self.be_port}"
        fe, be = HttpServer(Frontend(self.engine, auth, backend.loads, self.faults).app), HttpServer(backend.app)
        await mysql.start(listeners["mysql_port"])
        await fe.start(listeners["fe_port"])
        await be.start(listeners["be_port"])
        self._ready.set()
        await self._stopping.wait()
        await asyncio.gather(fe.stop(), be.stop())
        await mysql.stop()
        await self._loop.run_in_executor(None, backend.pool.shutdown)

    def stop(self) -> None:
        """Stop serving and close the data directory; safe to call twice."""
        if self._thread is None:
            return
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None
        self.engine.close()

    def forget_labels(self, database: str, keep: int = 0) -> None:
        """Forget a database's oldest labels now, as a busy cluster does before their time is up."""
        self.engine.labels.evict(database, keep)

    def compact(self, database: str, table: str) -> None:
        """Compact a table in the background, as shared-data clusters do: a new version with the same content."""
        upkeep.compact(self.engine, database, table)

    def freeze_statistics(self) -> None:
        """Report row counts as of now, whatever is loaded: a cluster updates them every five minutes."""
        self.engine.statistics.freeze()

    def update_statistics(self) -> None:
        """Report exact row counts again."""
        self.engine.statistics.thaw()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _open(directory: DataDirectory, profile: VersionProfile) -> Engine:
    try:
        return Engine(directory, profile, Session)
    except duckdb.Error as error:
        directory.close()
        raise DataDirectoryCorrupt(
            f"The data in {directory.path} cannot be used ({str(error).splitlines()[0]}). Restore it from a copy, or"
            " remove the directory to start empty."
        ) from error


def _check_binding(host: str, password: str) -> None:
    if password:
        return
    if host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UnsafeBinding(
            f"Listening on {host} opens the warehouse to other machines: set a password (--password or"
            " STARROCKS_PASSWORD), or listen on 127.0.0.1."
        )
