"""Connections to StarRocks over the MySQL protocol, with errors that say what to do.

Owns: opening a connection, running a statement, quoting names. Leaves retries to its callers, because only they know
whether a statement may run twice.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import DictCursor

from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.tls import is_distrust, mysql_context, reason_of

Row = dict[str, Any]

_ACCESS_DENIED = {1044, 1045}
_NO_TLS = 2026
_UNREACHABLE = {2002, 2003, 2006, 2013}


class WarehouseError(RuntimeError):
    """The warehouse refused a statement."""


class WarehouseUnavailable(WarehouseError):
    """The warehouse doesn't answer; nothing is known about its data."""


class WarehouseAccessDenied(WarehouseError):
    """The warehouse answers but doesn't accept the credentials."""


class WarehouseUntrusted(WarehouseError):
    """The warehouse can't show the certificate, or the encryption, that the settings ask for."""


def quote_name(name: str) -> str:
    """An identifier in backticks.

    Raises:
        ValueError: The name holds a backtick, which StarRocks has no escape for.
    """
    if "`" in name or not name:
        raise ValueError(f"{name!r} can't be the name of a database, table or column in StarRocks")
    return f"`{name}`"


def quote_table(database: str, table: str) -> str:
    """A table's full name in backticks."""
    return f"{quote_name(database)}.{quote_name(table)}"


def _translate(error: pymysql.err.MySQLError, settings: StarRocksSettings) -> WarehouseError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    where = f"{settings.host}:{settings.port}"
    if code in _ACCESS_DENIED:
        return WarehouseAccessDenied(
            f"StarRocks at {where} refused user {settings.user!r}: {text}. Check STARROCKS_USER and STARROCKS_PASSWORD."
        )
    cause = getattr(error, "original_exception", None)  # where the driver keeps what the socket said
    if isinstance(cause, ssl.SSLError) and is_distrust(cause):
        return WarehouseUntrusted(
            f"the certificate of StarRocks at {where} isn't accepted: {reason_of(cause)}. Check STARROCKS_SSL_CA (the "
            "authority that signed it) and STARROCKS_HOST (with verify_identity, a name in the certificate)."
        )
    if code == _NO_TLS:
        return WarehouseUntrusted(
            f"StarRocks at {where} offers no TLS, but STARROCKS_SSL_MODE={settings.ssl_mode} asks for it. Set "
            "ssl_keystore_location in fe.conf, or STARROCKS_SSL_MODE=disabled where the network is trusted."
        )
    if code in _UNREACHABLE:
        return WarehouseUnavailable(f"the connection to StarRocks at {where} broke: {text}. Is it still running?")
    return WarehouseError(f"StarRocks at {where} answered error {code}: {text}")


def _greeted_socket(settings: StarRocksSettings, timeout: int) -> socket.socket:
    """A connected socket whose other side has begun to speak.

    A MySQL server speaks first. Waiting for that here, with a limit, tells another server on the port apart; the
    driver would wait for ever.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        sock = socket.create_connection((settings.host, settings.port), timeout)
    except OSError as error:
        raise WarehouseUnavailable(
            f"no StarRocks answers at {where}: {error.strerror or error}. Start one (`make dev`, `retail-platform "
            "serve` or `make up`) or set STARROCKS_HOST and STARROCKS_PORT."
        ) from None
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        spoken = sock.recv(1, socket.MSG_PEEK)
    except OSError:
        spoken = b""
    if not spoken:
        sock.close()
        raise WarehouseUnavailable(
            f"something listens at {where}, but it doesn't speak the MySQL protocol. Set STARROCKS_PORT to the SQL "
            "port of StarRocks (9030), or to a free port to use the embedded warehouse."
        )
    sock.settimeout(None)
    return sock


@contextmanager
def connect(settings: StarRocksSettings, database: str | None = None, timeout: int = 10) -> Iterator[Connection[Any]]:
    """A connection that closes itself; rows come as dictionaries.

    Args:
        settings: Where and who.
        database: The current database, or None.
        timeout: Seconds to wait for the server to answer the connection attempt.

    Raises:
        WarehouseUnavailable: Nobody answers, or the connection broke.
        WarehouseUntrusted: TLS fails, or is missing where STARROCKS_SSL_MODE asks for it.
        WarehouseAccessDenied: Wrong user or password.
        WarehouseError: A statement inside the block was refused.
    """
    context = mysql_context(settings)
    preferred = settings.ssl_mode == "preferred"
    try:
        connection = pymysql.connect(
            host=settings.host,
            port=settings.port,
            user=settings.user,
            password=settings.password.get_secret_value(),
            database=database,
            autocommit=True,
            charset="utf8mb4",
            cursorclass=DictCursor,
            defer_connect=True,
            ssl=None if preferred else context,
            ssl_disabled=context is None or preferred,
        )
        if preferred:
            # A context given above is insisted on, and without one the driver makes its own, reading authorities.
            connection.ssl, connection.ctx = True, context  # type: ignore[attr-defined]  # typeshed lacks it
        connection.connect(_greeted_socket(settings, timeout))
    except pymysql.err.MySQLError as error:
        raise _translate(error, settings) from None
    try:
        yield connection
    except pymysql.err.MySQLError as error:
        raise _translate(error, settings) from error
    finally:
        # A connection the server dropped is closed already; the reason is on its way up.
        if connection.open:
            connection.close()


def query(connection: Connection[Any], sql: str, parameters: Sequence[Any] | None = None) -> list[Row]:
    """Run a statement and fetch everything it answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def execute(connection: Connection[Any], sql: str, parameters: Sequence[Any] | None = None) -> int:
    """Run a statement and return the number of rows it changed."""
    with connection.cursor() as cursor:
        return int(cursor.execute(sql, parameters))
