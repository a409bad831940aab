"""TLS to StarRocks: what each way of connecting has to be told.

Three clients reach the warehouse: pymysql (our SQL), mysql-connector (dbt-starrocks) and requests (Stream Load). The
modes are those of the mysql client (`--ssl-mode`), so that one variable says the same to all of them.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from retail_platform.settings import SettingsError, SslMode, StarRocksSettings

_VERIFYING: tuple[SslMode, ...] = ("verify_ca", "verify_identity")


def mysql_context(settings: StarRocksSettings) -> ssl.SSLContext | None:
    """The TLS context of pymysql; None where nothing is encrypted.

    Raises:
        SettingsError: The CA file can't be read or holds no certificate.
    """
    if settings.ssl_mode == "disabled":
        return None
    authority = _checked(settings.ssl_ca, "STARROCKS_SSL_CA") if settings.ssl_mode != "preferred" else None
    if settings.ssl_mode in _VERIFYING:
        context = _context(authority)
        context.check_hostname = settings.ssl_mode == "verify_identity"
        return context
    # Nobody is verified, so the system's authorities aren't read: that would take most of the time of connecting.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connector_options(settings: StarRocksSettings) -> dict[str, Any]:
    """mysql-connector's keyword arguments; none where its default, TLS if the server offers it, is what is wanted.

    The pure Python implementation says whether a connection is encrypted, which `required` needs to know.

    Raises:
        SettingsError: The CA file can't be read or holds no certificate.
    """
    if settings.ssl_mode == "preferred":
        return {}
    if settings.ssl_mode == "disabled":
        return {"ssl_disabled": True}
    authority = _checked(settings.ssl_ca, "STARROCKS_SSL_CA")
    _context(authority)
    options: dict[str, Any] = {
        "use_pure": True,
        "ssl_verify_cert": settings.ssl_mode in _VERIFYING,
        "ssl_verify_identity": settings.ssl_mode == "verify_identity",
    }
    return options | ({"ssl_ca": str(authority)} if authority else {})


def http_verify(settings: StarRocksSettings) -> str | bool:
    """`verify` of requests: a CA file, or True for the authorities requests brings along.

    Raises:
        SettingsError: The CA file can't be read or holds no certificate.
    """
    if settings.http_scheme == "http":
        return True
    name = "STARROCKS_HTTP_CA" if settings.http_ca else "STARROCKS_SSL_CA"
    authority = _checked(settings.http_ca or settings.ssl_ca, name)
    _context(authority)
    return str(authority) if authority else True


def is_distrust(error: Exception) -> bool:
    """Whether an error of TLS stays: a wrong certificate or a server without TLS, not a connection cut in between."""
    return "EOF occurred" not in str(error) and "closed" not in str(error)


def reason_of(error: ssl.SSLError) -> str:
    """Why TLS failed, in few words: `self-signed certificate in certificate chain`."""
    return str(getattr(error, "verify_message", "") or error.reason or error)


def _checked(path: Path | None, variable: str) -> Path | None:
    if path is None:
        return None
    try:
        _context(path)
    except (OSError, ssl.SSLError) as error:
        reason = "it holds no PEM certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(
            f"{variable}={path} can't be used: {reason}. Name a file with the certificate of the authority that signed "
            "the warehouse's certificate (PEM), readable by this process."
        ) from None
    return path


def _context(authority: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority) if authority else None)
