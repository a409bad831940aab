"""What stands before a warehouse to give it TLS: a terminating proxy for HTTP and one for the MySQL protocol.

Certificates are those of an authority made for the occasion. HTTP is encrypted from the first byte. In the MySQL
protocol the client asks for TLS after the server's greeting, so the front announces it, answers the request itself and
takes one off the packet numbers until the login is over.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import trustme

_CLIENT_SSL = 0x800


@dataclass
class Authority:
    """A certificate authority and a server certificate of it.

    Attributes:
        file: The authority's certificate, PEM.
    """

    file: Path
    context: ssl.SSLContext

    @classmethod
    def create(cls, directory: Path, *names: str, not_after: datetime | None = None) -> Authority:
        """An authority in a directory, with a certificate for host names or addresses."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(directory / "ca.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names, not_after=not_after).configure_cert(context)
        return cls(directory / "ca.pem", context)


@dataclass
class TlsFront:
    """Listens on a loopback port of its own and passes on to another.

    Attributes:
        encrypted: Connections that carried TLS.
        plain: Connections that went on without.
    """

    target: int
    context: ssl.SSLContext
    mysql: bool = False
    encrypted: int = 0
    plain: int = 0
    _listener: socket.socket = field(init=False)

    def __enter__(self) -> TlsFront:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed: the test is over
                return
            serve = self._serve_mysql if self.mysql else self._serve_http
            threading.Thread(target=self._guarded, args=(serve, client), daemon=True).start()

    def _guarded(self, serve: Callable[[socket.socket, socket.socket], None], client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            try:
                serve(client, server)
            except (OSError, EOFError):  # either side hung up, or doesn't like the certificate
                return

    def _serve_http(self, client: socket.socket, server: socket.socket) -> None:
        with self.context.wrap_socket(client, server_side=True) as secure:
            self.encrypted += 1
            _relay(secure, server)

    def _serve_mysql(self, client: socket.socket, server: socket.socket) -> None:
        number, greeting = _read_packet(server)
        low = greeting.index(b"\0", 1) + 1 + 4 + 8 + 1
        flags = int.from_bytes(greeting[low : low + 2], "little") | _CLIENT_SSL
        _write_packet(client, number, greeting[:low] + flags.to_bytes(2, "little") + greeting[low + 2 :])
        number, answer = _read_packet(client)
        asked = int.from_bytes(answer[:4], "little")
        if not asked & _CLIENT_SSL:
            self.plain += 1
            _write_packet(server, number, answer)
            _relay(client, server)
            return
        with self.context.wrap_socket(client, server_side=True) as secure:
            self.encrypted += 1
            while True:
                number, answer = _read_packet(secure)
                if number == 2:
                    answer = (int.from_bytes(answer[:4], "little") & ~_CLIENT_SSL).to_bytes(4, "little") + answer[4:]
                _write_packet(server, number - 1, answer)
                number, reply = _read_packet(server)
                _write_packet(secure, number + 1, reply)
                if reply[0] in (0x00, 0xFF):
                    break
            _relay(secure, server)


def _read_exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = source.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _read_packet(source: socket.socket) -> tuple[int, bytes]:
    head = _read_exactly(source, 4)
    return head[3], _read_exactly(source, int.from_bytes(head[:3], "little"))


def _write_packet(target: socket.socket, number: int, payload: bytes) -> None:
    target.sendall(len(payload).to_bytes(3, "little") + bytes([number % 256]) + payload)


def _relay(client: socket.socket, server: socket.socket) -> None:
    back = threading.Thread(target=_copy, args=(server, client), daemon=True)
    back.start()
    _copy(client, server)
    back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # the other direction ended first
        return
