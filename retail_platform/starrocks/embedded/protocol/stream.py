"""Packets in both directions: whole headers in, rows of any size out.

mysql-mimic takes whatever part of a header has arrived for the header, and writes a row of 16 MB or more with a length
that does not fit its header. Both happen only under load or with long texts, and then the connection is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from mysql_mimic import packets
from mysql_mimic.errors import ErrorCode, MysqlError
from mysql_mimic.results import ResultColumn as WireColumn
from mysql_mimic.stream import ConnectionClosed, MysqlStream

LONGEST = 0xFFFFFF  # bytes in one packet; a longer payload goes on in the next one


class WholePackets:
    """mysql-mimic's stream, reading and writing whole packets. Around it, because compiled classes have no heirs."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._stream = MysqlStream(reader, writer)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - mysql-mimic's stream
        return getattr(self._stream, name)

    async def read(self) -> bytes:
        """The next payload; ConnectionClosed when the client left between two packets."""
        payload = bytearray()
        while True:
            try:
                header = await self._stream.reader.readexactly(4)
            except asyncio.IncompleteReadError as error:
                if error.partial or payload:
                    raise
                raise ConnectionClosed from error
            length, number = int.from_bytes(header[:3], "little"), header[3]
            expected = next(self._stream.seq)
            if number != expected:
                raise MysqlError(f"Expected seq({expected}) got seq({number})", ErrorCode.MALFORMED_PACKET)
            payload += await self._stream.reader.readexactly(length)
            if length < LONGEST:
                return bytes(payload)

    def write_many(self, rows: Sequence[bytes]) -> None:
        """Put payloads into the send buffer."""
        buffer = self._stream._buffer
        for row in rows:
            for start in range(0, len(row) + 1, LONGEST):
                part = row[start : start + LONGEST]
                buffer += len(part).to_bytes(3, "little") + bytes([next(self._stream.seq)]) + part

    def write_text_rows(self, rows: Sequence[Sequence[Any]], columns: Sequence[WireColumn]) -> int:
        """Put text rows into the send buffer, the fast way unless one of them may be longer than a packet."""
        buffer = self._stream._buffer
        start, number = len(buffer), self._stream.seq.value
        count: int = self._stream.write_text_rows(rows, columns)
        if len(buffer) - start >= LONGEST:
            del buffer[start:]
            self._stream.seq.value = number
            self.write_many([packets.make_text_resultset_row(row, columns) for row in rows])
        return count
