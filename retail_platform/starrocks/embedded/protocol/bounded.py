"""Packets whose texts end with the packet.

mysql-mimic reads a text up to its zero byte, and without one it asks the packet for another byte forever, and with it
the event loop: one malformed greeting or COM_CHANGE_USER would stop the server.
"""

from __future__ import annotations

from typing import Any

from retail_platform.starrocks.embedded.errors import ErrorKind, StarRocksError

# Parts of a greeting with lengths of their own, which could point anywhere: attributes, long secrets, compression.
_UNREAD = 1 << 20 | 1 << 21 | 1 << 26
_ENOUGH = b"\x00" * 1024  # ends every text of what is left; a sound greeting ends before


class PaddedReads:
    """A stream for the greeting: zero bytes after what the client sent."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - mysql-mimic's stream
        self.stream = stream

    async def read(self) -> bytes:
        """The next packet, with an end for every text in it."""
        data = bytes(await self.stream.read())
        capabilities = int.from_bytes(data[:4], "little") & ~_UNREAD
        return capabilities.to_bytes(4, "little") + data[4:] + _ENOUGH

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self.stream, name)


def check_change_user(data: bytes) -> None:
    """Refuse a COM_CHANGE_USER in which a text has no end."""
    place = _after_zero(data, 0)
    place = _after_zero(data, place + 1 + (data[place] if place < len(data) else 0))
    if place < len(data):
        _after_zero(data, place + 2)


def _after_zero(data: bytes, start: int) -> int:
    found = data.find(b"\x00", start)
    if found < 0:
        raise StarRocksError("Malformed packet: a text without its end", ErrorKind.PROTOCOL)
    return found + 1
