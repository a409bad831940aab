"""Accepts MySQL clients: one session, one connection object and one task per client."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from mysql_mimic.auth import AuthPlugin, IdentityProvider, NativePasswordAuthPlugin, User

from retail_platform.starrocks.embedded.engine import Engine
from retail_platform.starrocks.embedded.protocol.connection import StarRocksConnection
from retail_platform.starrocks.embedded.protocol.stream import WholePackets
from retail_platform.starrocks.embedded.session import Session

logger = logging.getLogger(__name__)
WORKERS = 64


def _cancel(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    loop.call_soon_threadsafe(task.cancel)


class OneUser(IdentityProvider):  # type: ignore[misc]
    """The single user of the server, with mysql_native_password."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._secret = NativePasswordAuthPlugin.create_auth_string(password) if password else None

    def get_plugins(self) -> Sequence[AuthPlugin]:
        """Only the plugin StarRocks offers."""
        return [NativePasswordAuthPlugin()]

    async def get_user(self, username: str) -> User | None:
        """The user, if it is the one."""
        if username != self._user:
            return None
        return User(name=username, auth_string=self._secret, auth_plugin=NativePasswordAuthPlugin.name)


class MysqlServer:
    """The MySQL port."""

    def __init__(self, engine: Engine, user: str, password: str) -> None:
        self.engine = engine
        self.identities = OneUser(user, password)
        self.pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="starrocks-sql")
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_id = 0

    async def start(self, listener: socket.socket) -> None:
        """Listen on a bound socket."""
        self._server = await asyncio.start_server(self._connected, sock=listener)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served by a task")
        self._tasks.add(task)
        loop = asyncio.get_running_loop()
        self._last_id += 1
        session = Session(self.engine, connection_id=self._last_id)
        version = self.engine.profile.handshake_version
        connection = StarRocksConnection(WholePackets(reader, writer), session, self.identities, self.pool, version)
        connection.connection_id = self._last_id
        self.engine.sessions.add(session, lambda: _cancel(loop, task))
        try:
            await connection.run()
        except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            logger.debug("connection %s ended", session.connection_id)
        except Exception:
            logger.warning(
                "connection %s ended: not MySQL's protocol, or a mistake of ours", session.connection_id, exc_info=True
            )
        finally:
            self._tasks.discard(task)
            self.engine.sessions.remove(session.connection_id)
            session.interrupt()
            writer.close()
            await asyncio.shield(loop.run_in_executor(None, session.close))

    async def stop(self) -> None:
        """Stop listening and end the connections; running writes are rolled back."""
        if self._server is not None:
            self._server.close()
        for session in self.engine.sessions.all():
            session.interrupt()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(None, self.pool.shutdown)
