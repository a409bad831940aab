"""One client's MySQL connection: handshake, authentication, commands, results.

mysql-mimic reads and writes the packets of the handshake; everything after it is written here, because StarRocks'
errors carry their own numbers and SQLSTATEs, its acknowledgements carry a text, a refused client must not reach the
command phase, and a result must be encoded in batches away from the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

from mysql_mimic import packets
from mysql_mimic.auth import IdentityProvider
from mysql_mimic.connection import Connection
from mysql_mimic.control import LocalControl
from mysql_mimic.errors import MysqlError
from mysql_mimic.stream import ConnectionClosed
from mysql_mimic.types import Commands, str_len, uint_len

from retail_platform.starrocks.embedded.errors import ErrorKind, StarRocksError
from retail_platform.starrocks.embedded.lexer import Statement
from retail_platform.starrocks.embedded.protocol.bounded import PaddedReads, check_change_user
from retail_platform.starrocks.embedded.protocol.encoding import definition, wire_column
from retail_platform.starrocks.embedded.protocol.field_list import FieldListCommand, unsupported
from retail_platform.starrocks.embedded.protocol.handshake import (
    CAPABILITIES,
    AuthenticationRefused,
    HandshakeSession,
    HeldBack,
)
from retail_platform.starrocks.embedded.protocol.prepared import Prepared
from retail_platform.starrocks.embedded.protocol.prepared_commands import PreparedCommands
from retail_platform.starrocks.embedded.protocol.stream import WholePackets
from retail_platform.starrocks.embedded.results import Done, Result, Rows
from retail_platform.starrocks.embedded.session import Session

logger = logging.getLogger(__name__)
T = TypeVar("T")
MORE_RESULTS = 0x0008
AUTOCOMMIT = 0x0002
BATCH = 4000


class StarRocksConnection(PreparedCommands, FieldListCommand, Connection):  # type: ignore[misc]
    """A connection that answers as StarRocks."""

    def __init__(
        self, stream: WholePackets, session: Session, identities: IdentityProvider, pool: Executor, version: str
    ) -> None:
        super().__init__(
            stream=stream,
            session=HandshakeSession(version),
            control=LocalControl(),
            identity_provider=identities,
            server_capabilities=CAPABILITIES,
        )
        self.starrocks = session
        self.pool = pool
        self.prepared: dict[int, Prepared] = {}
        self._next_statement = 0
        self._handlers: dict[int, Callable[[bytes], Awaitable[None]]] = {
            Commands.COM_QUERY: self._query,
            Commands.COM_INIT_DB: self._init_db,
            Commands.COM_PING: self._acknowledge,
            Commands.COM_STATISTICS: self._statistics,
            Commands.COM_RESET_CONNECTION: self._reset_connection,
            Commands.COM_SET_OPTION: self._set_option,
            Commands.COM_STMT_PREPARE: self._prepare,
            Commands.COM_STMT_EXECUTE: self._execute,
            Commands.COM_STMT_SEND_LONG_DATA: self._long_data,
            Commands.COM_STMT_RESET: self._reset_statement,
            Commands.COM_STMT_CLOSE: self._close_statement,
            Commands.COM_CHANGE_USER: self._change_user,
            Commands.COM_FIELD_LIST: self._field_list,
        }

    async def run(self) -> None:
        """Serve the client until it leaves."""
        self.stream: Any = PaddedReads(self.stream)
        try:
            await self.connection_phase()
        except AuthenticationRefused:
            return
        self.stream.reset_seq()
        await self._serve()

    async def authenticate(self, *args: object, **kwargs: Any) -> None:  # noqa: ANN401 - mysql-mimic's signature
        """Authenticate, enter the database and acknowledge; stop here when one of them fails."""
        username = kwargs["username"]
        held: Any = self.stream.stream if isinstance(self.stream, PaddedReads) else self.stream
        relay: Any = HeldBack(held)
        self.stream = relay
        try:
            user = await self.identity_provider.get_user(username)
            if user is not None:
                await super().authenticate(*args, **kwargs)
        finally:
            self.stream = held
        if self.session.username != username:
            using = "YES" if kwargs.get("auth_response") or relay.answered else "NO"
            error = StarRocksError(
                f"Access denied for user '{username}' (using password: {using})", ErrorKind.ACCESS_DENIED
            )
            await self._refuse(error)
        self.starrocks.user = username
        if self.session.database:
            try:
                await self._blocking(self.starrocks.use, self.session.database)
            except StarRocksError as error:
                await self._refuse(error)
        await self._send_ok()

    async def _refuse(self, error: StarRocksError) -> None:
        await self.stream.write(self._error_packet(error))
        raise AuthenticationRefused

    async def _serve(self) -> None:
        while True:
            self.stream.reset_seq()
            try:
                data = await self.stream.read()
            except (ConnectionClosed, asyncio.IncompleteReadError, ConnectionError):
                return
            except MysqlError as error:
                await self.stream.write(self._error_packet(StarRocksError(error.msg, ErrorKind.PROTOCOL)))
                return
            if not data or data[0] == Commands.COM_QUIT:
                return
            try:
                await self._command(data[0], data[1:])
            except StarRocksError as error:
                await self.stream.write(self._error_packet(error))
            except (AuthenticationRefused, ConnectionError):
                return
            except Exception as error:
                logger.exception("statement failed unexpectedly")
                unexpected = StarRocksError(f"Unexpected exception: {type(error).__name__}: {error}")
                await self.stream.write(self._error_packet(unexpected))

    async def _command(self, command: int, rest: bytes) -> None:
        handler = self._handlers.get(command)
        if handler is None:
            raise unsupported(command)
        await handler(rest)

    async def _blocking(self, function: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *arguments)

    # -- packets

    def _error_packet(self, error: StarRocksError) -> bytes:
        code, state = self.starrocks.engine.profile.code(error.kind)
        return b"\xff" + struct.pack("<H", code) + b"#" + state.encode() + error.message.encode()

    async def _send_ok(self, done: Done = Done(), *, more: bool = False) -> None:  # noqa: B008 - immutable
        flags = self._status(more=more)
        packet = b"\x00" + uint_len(done.affected) + uint_len(0) + struct.pack("<HH", flags, 0)
        if done.info:
            packet += str_len(done.info.encode())
        await self.stream.write(packet)

    def _status(self, *, more: bool) -> int:
        autocommit = AUTOCOMMIT if self.starrocks.variables.truth("autocommit") else 0
        return autocommit | (MORE_RESULTS if more else 0)

    def _end_of_rows(self, *, more: bool) -> bytes:
        flags = self._status(more=more)
        if self.deprecate_eof():
            return b"\xfe\x00\x00" + struct.pack("<HH", flags, 0)
        return b"\xfe" + struct.pack("<HH", 0, flags)

    # -- commands

    async def _acknowledge(self, _data: bytes) -> None:
        await self._send_ok()

    async def _statistics(self, _data: bytes) -> None:
        await self.stream.write(b"embedded StarRocks")

    async def _set_option(self, _data: bytes) -> None:
        await self.stream.write(b"\xfe" + struct.pack("<HH", 0, self._status(more=False)))

    async def _init_db(self, data: bytes) -> None:
        await self._blocking(self.starrocks.use, data.decode())
        await self._send_ok()

    async def _reset_connection(self, _data: bytes) -> None:
        self.starrocks.variables.restore({})
        self.starrocks.transaction = None
        self.starrocks.user_variables.clear()
        self.prepared.clear()
        await self._send_ok()

    async def _change_user(self, data: bytes) -> None:
        check_change_user(data)
        self.session.username = None
        await self.handle_change_user(data)
        self.starrocks.variables.restore({})
        self.starrocks.transaction = None
        self.starrocks.user_variables.clear()

    async def _query(self, data: bytes) -> None:
        query = packets.parse_com_query(self.capabilities, self.client_charset, data)
        statements = await self._blocking(self.starrocks.split, query.sql)
        if not statements:
            await self._send_ok()
            return
        for index, statement in enumerate(statements):
            more = index + 1 < len(statements)
            await self._send(await self._run(statement), more=more, binary=False)

    async def _run(self, statement: Statement) -> Result:
        loop = asyncio.get_running_loop()
        seconds = self.starrocks.variables.number("query_timeout")
        if "query_timeout" in statement.hints and statement.hints["query_timeout"].isdigit():
            seconds = int(statement.hints["query_timeout"])
        timer = loop.call_later(seconds, self.starrocks.interrupt, "timeout")
        try:
            return await self._blocking(self.starrocks.run, statement)
        finally:
            timer.cancel()

    async def _send(self, result: Result, *, more: bool, binary: bool) -> None:
        if isinstance(result, Done):
            await self._send_ok(result, more=more)
            return
        await self.stream.write(uint_len(len(result.columns)), drain=False)
        for column in result.columns:
            await self.stream.write(definition(column), drain=False)
        if not self.deprecate_eof():
            await self.stream.write(b"\xfe" + struct.pack("<HH", 0, self._status(more=more)), drain=False)
        while await self._blocking(self._write_batch, result, binary):
            await self.stream.drain()
        await self.stream.write(self._end_of_rows(more=more))

    def _write_batch(self, result: Rows, binary: bool) -> bool:
        """Encode one batch into the send buffer, in a worker thread; whether there may be more."""
        columns = [wire_column(column) for column in result.columns]
        with self.starrocks.busy:
            rows = result.fetch(BATCH)
        if binary:
            self.stream.write_many([packets.make_binary_resultrow(row, columns) for row in rows])
        else:
            self.stream.write_text_rows(rows, columns)
        return len(rows) == BATCH
