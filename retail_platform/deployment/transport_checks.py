"""Check of the way to the warehouse: what is encrypted, and whose certificates count."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime

from retail_platform.deployment.examination import Ailment, Subject
from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.connection import connect
from retail_platform.starrocks.tls import http_verify

RENEW_DAYS = 14


def encryption(subject: Subject) -> str:
    """Both ports do what the settings say and certificates are good for some time; tells what goes in clear."""
    settings = subject.starrocks
    found = [_sql(settings), _http(settings, subject.timeout)]
    plain = [port for port, words in zip(("SQL", "HTTP"), found, strict=True) if "not encrypted" in words]
    if plain and not settings.is_local:
        found.append(
            f"credentials and rows cross the network in clear ({', '.join(plain)}): see STARROCKS_SSL_MODE and "
            "STARROCKS_HTTP_SCHEME, unless the network encrypts"
        )
    return "; ".join(found)


def _sql(settings: StarRocksSettings) -> str:
    with connect(settings) as connection:
        sock = vars(connection)["_sock"]  # the driver has no public word for it
        if not isinstance(sock, ssl.SSLSocket):
            return f"SQL: not encrypted (STARROCKS_SSL_MODE={settings.ssl_mode})"
        version, until = sock.version(), _expiry(sock, settings, settings.port)
    counts = "certificate verified" if settings.ssl_mode.startswith("verify") else "certificate not verified"
    return f"SQL: {version}, {counts}{until}"


def _http(settings: StarRocksSettings, timeout: float) -> str:
    if settings.http_scheme == "http":
        return "HTTP: not encrypted (STARROCKS_HTTP_SCHEME=http)"
    authority = http_verify(settings)
    context = ssl.create_default_context(cafile=authority if isinstance(authority, str) else None)
    where = f"{settings.host}:{settings.http_port}"
    try:
        with (
            socket.create_connection((settings.host, settings.http_port), timeout) as plain,
            context.wrap_socket(plain, server_hostname=settings.host) as sock,
        ):
            return f"HTTP: {sock.version()}, certificate verified{_expiry(sock, settings, settings.http_port)}"
    except ssl.SSLError as error:
        raise Ailment(
            f"TLS with https://{where} fails: {getattr(error, 'verify_message', '') or error.reason or error}",
            "Check STARROCKS_HTTP_CA, that the host is a name in the certificate, and that the port speaks TLS "
            "(otherwise STARROCKS_HTTP_SCHEME=http).",
        ) from None
    except OSError as error:
        raise Ailment(
            f"nothing answers at {where} ({error.strerror or error})", "Check STARROCKS_HOST and STARROCKS_HTTP_PORT."
        ) from None


def _expiry(sock: ssl.SSLSocket, settings: StarRocksSettings, port: int) -> str:
    """Until when the certificate is good; nothing is known of one that wasn't verified.

    Raises:
        Ailment: It expires within `RENEW_DAYS`.
    """
    certificate = sock.getpeercert()
    if not certificate:
        return ""
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (until - datetime.now(UTC)).days
    if days < RENEW_DAYS:
        raise Ailment(
            f"the certificate of {settings.host}:{port} expires on {until:%Y-%m-%d}, in {days} days",
            "Renew it; from that day on nothing connects.",
        )
    return f" until {until:%Y-%m-%d}"
