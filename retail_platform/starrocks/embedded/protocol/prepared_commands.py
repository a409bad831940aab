"""Prepared statements of a connection: the COM_STMT commands.

A mixin of :class:`connection.StarRocksConnection`, apart because it is a protocol of its own.
"""

from __future__ import annotations

import io
import struct
from typing import Any

from mysql_mimic import packets
from mysql_mimic.types import Capabilities, read_uint_2, read_uint_4

from retail_platform.starrocks.embedded.errors import ErrorKind, StarRocksError
from retail_platform.starrocks.embedded.protocol.prepared import Prepared, read_execute


class PreparedCommands:
    """COM_STMT_PREPARE, EXECUTE, SEND_LONG_DATA, RESET and CLOSE; `self` is the connection."""

    prepared: dict[int, Prepared]
    _next_statement: int

    async def _prepare(self: Any, data: bytes) -> None:
        self._next_statement += 1
        statement = Prepared.parse(self._next_statement, data.decode())
        self.prepared[statement.id] = statement
        count = len(statement.places)
        await self.stream.write(b"\x00" + struct.pack("<IHHBH", statement.id, 0, count, 0, 0), drain=False)
        for _ in range(count):
            packet = packets.make_column_definition_41(server_charset=self.server_charset, name="?")
            await self.stream.write(packet, drain=False)
        if count and not self.deprecate_eof():
            await self.stream.write(self.eof(), drain=False)
        await self.stream.drain()

    def _find(self: Any, id_: int) -> Prepared:
        found: Prepared | None = self.prepared.get(id_)
        if found is None:
            raise StarRocksError(f"Unknown prepared statement handler ({id_}) given to EXECUTE", ErrorKind.PROTOCOL)
        return found

    async def _execute(self: Any, data: bytes) -> None:
        attributes = Capabilities.CLIENT_QUERY_ATTRIBUTES in self.capabilities
        try:
            _, sql = read_execute(data, self._find, with_attributes=attributes)
        except (struct.error, IndexError, ValueError) as error:
            raise StarRocksError(f"Malformed packet: {error}", ErrorKind.PROTOCOL) from error
        statements = await self._blocking(self.starrocks.split, sql)
        if len(statements) != 1:
            raise StarRocksError("A prepared statement is one statement", ErrorKind.PREPARED_UNSUPPORTED)
        await self._send(await self._run(statements[0]), more=False, binary=True)

    async def _long_data(self: Any, data: bytes) -> None:
        reader = io.BytesIO(data)
        statement, index = self._find(read_uint_4(reader)), read_uint_2(reader)
        statement.long_data.setdefault(index, bytearray()).extend(reader.read())

    async def _reset_statement(self: Any, data: bytes) -> None:
        self._find(read_uint_4(io.BytesIO(data))).long_data.clear()
        await self._send_ok()

    async def _close_statement(self: Any, data: bytes) -> None:
        self.prepared.pop(read_uint_4(io.BytesIO(data)), None)
