"""Large request bodies: from the socket into a file in a worker thread, past uvicorn's way for them.

uvicorn hands a body on in pieces of 64 to 256 KB; each is copied four times and takes a turn of the event loop, which
together costs a fifth of what DuckDB needs to parse and store the same bytes. A body whose length is announced can do
without: when its first piece is there, :meth:`UploadProtocol.rest` moves the others itself, and then lets the parser
pass over as many bytes, so that uvicorn sees the end of the request where it is.

A thread works for as long as bytes come; for those of a slow client the event loop waits, as ever.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
from typing import IO

from starlette.requests import ClientDisconnect, Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

WORTH_IT = 1 << 20  # shorter bodies are there before a thread is
_PIECE = 1 << 18  # stays in a core's cache on its way from the socket to the file
_TURN = 1 << 24  # a cancelled load waits for the end of a turn
_PATIENCE = 20  # milliseconds without a byte after which the thread gives up its place
_STATE = "upload_protocol"


class UploadProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which can also bring a body into a file."""

    _passing_over = False

    def on_headers_complete(self) -> None:
        """A request begins: its handler may find this connection, see :func:`protocol_of`."""
        super().on_headers_complete()
        self.scope["state"][_STATE] = self

    def on_body(self, body: bytes) -> None:
        """A piece of the body, unless it is one that is in the file already."""
        if not self._passing_over:
            super().on_body(body)

    async def rest(self, target: IO[bytes], size: int) -> None:
        """Bring the `size` bytes that the handler hasn't got yet into a file.

        Raises:
            ClientDisconnect: They never come.
        """
        self.flow.pause_reading()
        early = bytes(self.cycle.body)  # came while the handler was busy with the piece before
        self.cycle.body.clear()
        target.write(early)
        moved, wanted = 0, size - len(early)
        # A descriptor of its own: the transport may close the connection's, and its number is then another file's.
        source = socket.socket(fileno=os.dup(self.transport.get_extra_info("socket").fileno()))
        try:
            while moved < wanted:
                await self._arrival(source)
                moved += await self._turn(source, target, min(wanted - moved, _TURN))
        finally:
            source.close()
            self._pass_over(moved)

    async def _arrival(self, source: socket.socket) -> None:
        """Wait for bytes, or the end, of a connection."""
        arrival = asyncio.Event()
        self.loop.add_reader(source.fileno(), arrival.set)
        try:
            await arrival.wait()
        finally:
            self.loop.remove_reader(source.fileno())

    async def _turn(self, source: socket.socket, target: IO[bytes], size: int) -> int:
        turn = self.loop.run_in_executor(None, _move, source, target, size)
        try:
            return await asyncio.shield(turn)
        except asyncio.CancelledError:
            await asyncio.wait([turn])  # the thread has both files in its hands
            raise

    def _pass_over(self, count: int) -> None:
        """The parser takes nothings for the bytes that it hasn't seen."""
        nothing = memoryview(bytes(_PIECE))
        self._passing_over = True
        try:
            while count and self.parser is not None:
                self.parser.feed_data(nothing[: min(count, _PIECE)])
                count -= min(count, _PIECE)
        finally:
            self._passing_over = False


def protocol_of(request: Request) -> UploadProtocol | None:
    """The connection of a request that can bring its body into a file."""
    found = request.scope.get("state", {}).get(_STATE)
    return found if isinstance(found, UploadProtocol) else None


def announced(request: Request) -> int:
    """How many bytes a request says its body has; 0 when it comes in chunks."""
    headers = request.headers
    return 0 if "transfer-encoding" in headers else int(headers.get("content-length", "0"))


def _move(source: socket.socket, target: IO[bytes], size: int) -> int:
    """Bytes from a connection into a file, for as long as they come without a pause; how many they were."""
    buffer, moved = memoryview(bytearray(_PIECE)), 0
    pause = select.poll()
    pause.register(source, select.POLLIN)
    while moved < size:
        try:
            count = source.recv_into(buffer, min(_PIECE, size - moved))
        except BlockingIOError:
            if not pause.poll(_PATIENCE):
                break
            continue
        except ConnectionError as error:
            raise ClientDisconnect from error
        if not count:
            raise ClientDisconnect
        target.write(buffer[:count])
        moved += count
    return moved
