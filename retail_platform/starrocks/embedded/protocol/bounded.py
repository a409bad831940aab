"""mysql-mimic's reader of texts that end with a zero byte, made to end with the packet as well.

Its own one asks the packet for another byte forever when the zero is missing, and with it the event loop: one malformed
greeting or COM_CHANGE_USER would stop the server.
"""

from __future__ import annotations

import io

from mysql_mimic import packets


def read_str_null(reader: io.BytesIO) -> bytes:
    """The bytes before the next zero; a packet without one is malformed."""
    start = reader.tell()
    rest = reader.read()
    text, end, _ = rest.partition(b"\x00")
    if not end:
        raise ValueError("Malformed packet: a text without its end")
    reader.seek(start + len(text) + 1)
    return text


def install() -> None:
    """Make mysql-mimic's packet parsers use it."""
    packets.read_str_null = read_str_null
