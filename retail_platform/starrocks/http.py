"""HTTP to StarRocks: the two hops of a load, and who may see the credentials.

An empty PUT asks the frontend (FE) for a backend (BE), then the body goes straight to that backend. Letting an HTTP
library follow the redirect would drop the credentials, send the body twice, or send it empty. Credentials go to the FE,
to the targets of the redirect map and to allowed hosts, and to nobody else.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.compression import HEADERS, compressed
from retail_platform.starrocks.load_outcome import (
    Body,
    StreamLoadDenied,
    StreamLoadError,
    StreamLoadRejected,
    UnsafeRedirect,
    UntrustedServer,
    field,
    is_transient,
    message_of,
)
from retail_platform.starrocks.tls import http_verify, is_distrust, reason_of

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_CONNECT_TIMEOUT = 10.0
# The backend answers when the load is over; it gets a minute beyond the time it gives itself.
_ANSWER_GRACE = 60
_MOST_REDIRECTS = 3
_PACKED = ("compression", "content-encoding")  # headers of a body that comes compressed
_ERROR_LOG_LINES = 10


class _BigBlocks(HTTPAdapter):
    """Sends files in blocks of a megabyte; the default of 16 KB costs a tenth of the speed of a load."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as requests
        """The pool of connections, with larger blocks."""
        super().init_poolmanager(*arguments, blocksize=1 << 20, **options)


class StarRocksHttp:
    """Requests to the FE and to the backends it redirects to.

    Raises, from every method:
        StreamLoadDenied: Wrong credentials or no INSERT privilege.
        UnsafeRedirect: The redirect points to a host that may not see the credentials.
        UntrustedServer: TLS fails, for a reason that stays.
        requests.RequestException: The connection broke, or the answer can't be read; the outcome is open.
    """

    def __init__(self, settings: StarRocksSettings) -> None:
        self._settings = settings
        self.frontend = f"{settings.http_scheme}://{settings.host}:{settings.http_port}"
        self._session = requests.Session()
        # A ~/.netrc or a proxy variable would silently replace the credentials or the route.
        self._session.trust_env = False
        self._session.verify = http_verify(settings)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _BigBlocks())
        self._session.auth = (settings.user, settings.password.get_secret_value())

    def ask_frontend(self, path: str, headers: Mapping[str, str], *, leader: bool = False) -> str:
        """Hop one: the address of the backend that is to take a load.

        Args:
            path: Path of the request.
            headers: Its headers.
            leader: The FE may redirect to the leading FE, known by its port, which is to be asked then.

        Raises:
            StreamLoadRejected: The FE refuses the load for a reason that stays.
        """
        target = self.frontend + path
        for _ in range(_MOST_REDIRECTS):
            response = self._request("PUT", target, headers=dict(headers), data=b"", timeout=_CONNECT_TIMEOUT)
            if response.status_code != requests.codes.temporary_redirect:
                break
            location = response.headers.get("Location", "")
            target = self.trusted(location)
            if not (leader and urlsplit(location).port == self._settings.http_port):
                return target
        answer = self._parse(response)
        message = message_of(answer) or f"HTTP {response.status_code}"
        if response.status_code >= requests.codes.server_error or is_transient(message):
            raise requests.ConnectionError(f"the FE answered: {message}")
        raise StreamLoadRejected(f"the FE refused {path}: {message}")

    def send(self, target: str, body: Body, headers: Mapping[str, str], timeout: int) -> tuple[dict[str, Any], int]:
        """Hop two: send the body to a backend, compressed if settings say so; returns its answer and the bytes sent."""
        method = self._settings.load_compression
        if method != "none" and not any(name.lower() in _PACKED for name in headers):
            body, headers = compressed(body, method), {**headers, "compression": HEADERS[method]}
        with body() as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            response = self._request(
                "PUT",
                target,
                headers=dict(headers),
                # An empty file has no length to requests and would go out chunked, which the BE refuses.
                data=stream if size else b"",
                timeout=(_CONNECT_TIMEOUT, timeout + _ANSWER_GRACE),
            )
        if response.status_code == requests.codes.temporary_redirect:
            # A second redirect happens where merge commit is on.
            return self.send(self.trusted(response.headers.get("Location", "")), body, headers, timeout)
        return self._parse(response), size

    def label_state(self, database: str, label: str) -> str:
        """A label's state: UNKNOWN, PREPARE, PREPARED, COMMITTED, VISIBLE or ABORTED."""
        url = f"{self.frontend}/api/{database}/get_load_state"
        response = self._request("GET", url, params={"label": label}, timeout=_CONNECT_TIMEOUT)
        if response.status_code == requests.codes.temporary_redirect:
            target = self.trusted(response.headers.get("Location", ""))
            response = self._request("GET", target, timeout=_CONNECT_TIMEOUT)
        return field(self._parse(response), "state").upper() or "UNKNOWN"

    def transact(self, operation: str, headers: Mapping[str, str], timeout: int) -> dict[str, Any]:
        """A request of the transaction interface without a body; returns the answer.

        The FE answers itself, or redirects to the leading FE or to the transaction's backend.
        """
        target = f"{self.frontend}/api/transaction/{operation}"
        for _ in range(_MOST_REDIRECTS):
            response = self._request(
                "POST", target, headers=dict(headers), data=b"", timeout=(_CONNECT_TIMEOUT, timeout + _ANSWER_GRACE)
            )
            if response.status_code != requests.codes.temporary_redirect:
                break
            target = self.trusted(response.headers.get("Location", ""))
        if response.status_code >= requests.codes.server_error:
            raise requests.ConnectionError(f"{operation} was answered with HTTP {response.status_code}")
        return self._parse(response)

    def explained_log(self, url: str) -> str:
        """The first lines of a load's error log, as the end of an error's message."""
        try:
            lines = self._request("GET", self.trusted(url), timeout=_CONNECT_TIMEOUT).text.splitlines()
        except (requests.RequestException, StreamLoadError) as error:
            return f". Its error log at {url} can't be read: {type(error).__name__}: {error}"
        more = f"\n  ... and {len(lines) - _ERROR_LOG_LINES} more" if len(lines) > _ERROR_LOG_LINES else ""
        return ". Error log:\n  " + "\n  ".join(lines[:_ERROR_LOG_LINES]) + more

    def trusted(self, location: str) -> str:
        """A redirect's target after the redirect map.

        Raises:
            UnsafeRedirect: The host isn't one that may see the credentials.
        """
        parts = urlsplit(location)
        host = parts.hostname or ""
        address = f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
        mapped = self._settings.redirect_map.get(address) or self._settings.redirect_map.get("*")
        # The FE says http even where a proxy before the backends speaks TLS. Only the redirect map may ask for less
        # than the settings do, by http://host:port.
        scheme = "https" if parts.scheme == "https" else self._settings.http_scheme
        if mapped:
            own_scheme, _, netloc = mapped.rpartition("://")
            return urlunsplit((own_scheme or scheme, netloc, parts.path, parts.query, ""))
        own = {self._settings.host.lower()} | (_LOOPBACK if self._settings.host in _LOOPBACK else set())
        allowed = self._settings.allowed_hosts
        if host in own or any(host == a or (a.startswith(".") and host.endswith(a)) for a in allowed):
            return urlunsplit((scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
        raise UnsafeRedirect(
            f"the FE at {self.frontend} redirects loads to {address}, which isn't allowed to see the credentials. Add "
            f'it to STARROCKS_ALLOWED_HOSTS (["{host}"]) if it is a backend of yours, or say where it is reached from '
            f'here in STARROCKS_REDIRECT_MAP ({{"{address}": "host:port"}}).'
        )

    def _request(self, method: str, url: str, **arguments: Any) -> requests.Response:  # noqa: ANN401 - as requests
        try:
            return self._session.request(method, url, allow_redirects=False, **arguments)
        except requests.exceptions.SSLError as error:
            if not is_distrust(error):
                raise
            parts = urlsplit(url)
            raise UntrustedServer(
                f"TLS with {parts.scheme}://{parts.netloc} fails: {_tls_reason(error)}. Check STARROCKS_HTTP_CA (the "
                "authority that signed the certificate) and that the host is a name in it; a port without TLS takes "
                "STARROCKS_HTTP_SCHEME=http, or http://host:port in STARROCKS_REDIRECT_MAP for a backend."
            ) from None

    def _parse(self, response: requests.Response) -> dict[str, Any]:
        """An answer's JSON, whatever type it claims to be."""
        if response.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
            raise StreamLoadDenied(
                f"StarRocks at {self.frontend} refused user {self._settings.user!r}. Check STARROCKS_USER and "
                "STARROCKS_PASSWORD, and that the user may INSERT."
            )
        try:
            answer = json.loads(response.text)
        except ValueError:
            # A proxy's error page or a truncated answer: it says nothing about the load.
            raise requests.ConnectionError(f"HTTP {response.status_code} without a readable answer") from None
        if not isinstance(answer, dict):
            raise requests.ConnectionError(f"HTTP {response.status_code} with an answer that is no object")
        if message_of(answer) == "no valid Basic authorization":
            raise StreamLoadDenied(f"the backend behind {self.frontend} got no credentials; a proxy may drop them")
        return answer


def _tls_reason(error: BaseException) -> str:
    """What TLS itself said, from below the layers of HTTP."""
    while not isinstance(error, ssl.SSLError) or isinstance(error, requests.RequestException):
        inner = getattr(error, "reason", None) or next((a for a in error.args if isinstance(a, BaseException)), None)
        if not isinstance(inner, BaseException):
            return str(error)
        error = inner
    return reason_of(error)
