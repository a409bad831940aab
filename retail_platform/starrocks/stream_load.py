"""A Stream Load client that knows afterwards whether the data is in.

Two explicit hops: an empty PUT asks the frontend (FE) for a backend (BE), then the body goes straight to that backend.
Letting an HTTP library follow the redirect would drop the credentials, send the body twice, or send it empty. Every
load has a label; after any answer or fault that leaves the outcome open, the label's state decides, so a load is never
lost and never doubled.

The client sends credentials to the FE, to the targets of the redirect map and to allowed hosts, and to nobody else.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

import requests

from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.load_outcome import (
    LoadResult,
    StreamLoadDenied,
    StreamLoadError,
    StreamLoadRejected,
    StreamLoadUnavailable,
    UnsafeRedirect,
    Verdict,
    field,
    is_transient,
    judge,
    judge_state,
    message_of,
)

Body = Callable[[], AbstractContextManager[IO[bytes]]]

_LABEL = re.compile(r"^[-\w]{1,128}$", re.ASCII)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_CONNECT_TIMEOUT = 10.0
_MAX_BACKOFF = 30.0
_ERROR_LOG_LINES = 10


class StreamLoadClient:
    """Loads bodies into tables, exactly once per label."""

    def __init__(
        self,
        settings: StarRocksSettings,
        *,
        timeout: int = 600,
        attempts: int = 6,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """
        Args:
            settings: Address, credentials, redirect map and allowed hosts.
            timeout: Seconds StarRocks gives a load.
            attempts: How often a body is sent at the most.
            sleep: Waits between attempts; replaced where waiting is somebody else's job.
        """
        self._settings = settings
        self._timeout = timeout
        self._attempts = attempts
        self._sleep = sleep
        self._fe = f"http://{settings.host}:{settings.http_port}"
        self._session = requests.Session()
        # A ~/.netrc or a proxy variable would silently replace the credentials or the route.
        self._session.trust_env = False
        self._session.auth = (settings.user, settings.password.get_secret_value())

    def load(self, database: str, table: str, body: Body, *, label: str, headers: Mapping[str, str]) -> LoadResult:
        """Load a body under a label.

        Args:
            database: Target database.
            table: Target table.
            body: Opens the body as a seekable binary file, once per attempt.
            label: 1-128 letters, digits, ``_`` or ``-``; derived from the content, so that the same data has the same
                label however often it is sent.
            headers: Stream Load headers (``format``, ``columns``, ...); ``strict_mode`` is on unless given.

        Raises:
            StreamLoadRejected: The data was read and refused; the message holds StarRocks' error log.
            StreamLoadDenied: Wrong credentials or no INSERT privilege.
            UnsafeRedirect: The redirect points to a host that may not see the credentials.
            StreamLoadUnavailable: No attempt succeeded; sending again later under the same label is safe.
        """
        if not _LABEL.match(label):
            raise StreamLoadError(f"{label!r} can't be a label: use 1-128 letters, digits, '_' or '-'")
        started = time.monotonic()
        last = ""
        for attempt in range(1, self._attempts + 1):
            size = 0
            try:
                target = self._ask_frontend(database, table, label, headers)
                answer, size = self._send(target, body, label, headers)
                verdict, last = judge(answer), message_of(answer)
            except requests.RequestException as error:
                # The body may or may not have been committed before the connection broke.
                answer, verdict, last = {}, Verdict.PENDING, _describe(error)
            if verdict is Verdict.PENDING:
                verdict = self._settle(database, label)
                if verdict is Verdict.LOADED:
                    answer = {**answer, "Status": "Label Already Exists"}
            if verdict is Verdict.LOADED:
                return _result(label, answer, size, time.monotonic() - started, attempt)
            if verdict is Verdict.REJECTED:
                raise StreamLoadRejected(self._explain(database, table, label, answer))
            if attempt < self._attempts:
                self._sleep(min(_MAX_BACKOFF, 0.5 * 2 ** (attempt - 1)))
        raise StreamLoadUnavailable(
            f"{database}.{table}: load {label} didn't succeed in {self._attempts} attempts over "
            f"{time.monotonic() - started:.0f} s; last: {last}. Nothing of it is visible; run it again."
        )

    def state(self, database: str, label: str) -> str:
        """A label's state: UNKNOWN, PREPARE, PREPARED, COMMITTED, VISIBLE or ABORTED.

        Raises:
            StreamLoadDenied: Wrong credentials.
            requests.RequestException: The FE doesn't answer.
        """
        url = f"{self._fe}/api/{database}/get_load_state"
        response = self._session.get(url, params={"label": label}, timeout=_CONNECT_TIMEOUT, allow_redirects=False)
        if response.status_code == 307:
            target = self._trusted(response.headers.get("Location", ""))
            response = self._session.get(target, timeout=_CONNECT_TIMEOUT, allow_redirects=False)
        return field(self._parse(response), "state").upper() or "UNKNOWN"

    def settle(self, database: str, label: str) -> bool:
        """Wait until nobody is loading under a label any more, and say whether it is in.

        Raises:
            StreamLoadDenied: Wrong credentials.
            StreamLoadUnavailable: The FE doesn't answer, so nobody knows.
        """
        for attempt in range(1, self._attempts + 1):
            try:
                self.state(database, label)
            except requests.RequestException as error:
                if attempt == self._attempts:
                    raise StreamLoadUnavailable(f"the FE at {self._fe} doesn't answer: {_describe(error)}") from None
                self._sleep(min(_MAX_BACKOFF, 0.5 * 2 ** (attempt - 1)))
            else:
                break
        return self._settle(database, label) is Verdict.LOADED

    def _ask_frontend(self, database: str, table: str, label: str, headers: Mapping[str, str]) -> str:
        url = f"{self._fe}/api/{database}/{table}/_stream_load"
        response = self._session.put(
            url, headers=self._headers(label, headers), data=b"", allow_redirects=False, timeout=_CONNECT_TIMEOUT
        )
        if response.status_code == 307:
            return self._trusted(response.headers.get("Location", ""))
        answer = self._parse(response)
        message = message_of(answer) or f"HTTP {response.status_code}"
        if response.status_code >= 500 or is_transient(message):
            raise requests.ConnectionError(f"the FE answered: {message}")
        raise StreamLoadRejected(f"{database}.{table}: the FE refused load {label}: {message}")

    def _send(self, target: str, body: Body, label: str, headers: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        with body() as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            response = self._session.put(
                target,
                headers=self._headers(label, headers),
                # An empty file has no length to requests and would go out chunked, which the BE refuses.
                data=stream if size else b"",
                allow_redirects=False,
                timeout=(_CONNECT_TIMEOUT, self._timeout + 60),
            )
        if response.status_code == 307:
            # A second redirect happens where merge commit is on; one body is enough, so it is asked for first.
            return self._send(self._trusted(response.headers.get("Location", "")), body, label, headers)
        return self._parse(response), size

    def _settle(self, database: str, label: str) -> Verdict:
        """Wait until a label's state is final; an FE that doesn't answer is asked again by the next attempt."""
        for poll in range(self._timeout):
            try:
                verdict = judge_state(self.state(database, label))
            except requests.RequestException:
                return Verdict.TRANSIENT
            if verdict is not Verdict.PENDING:
                return verdict
            self._sleep(min(2.0, 0.1 * 2**poll) if poll < 8 else 2.0)
        return Verdict.TRANSIENT

    def _headers(self, label: str, headers: Mapping[str, str]) -> dict[str, str]:
        # StarRocks' default time zone for loads is Asia/Shanghai; ours is always UTC.
        fixed = {"label": label, "Expect": "100-continue", "timeout": str(self._timeout)}
        return {"strict_mode": "true", "timezone": "UTC", **headers, **fixed}

    def _trusted(self, location: str) -> str:
        """The redirect's target after the redirect map.

        Raises:
            UnsafeRedirect: The host isn't one that may see the credentials.
        """
        parts = urlsplit(location)
        address = f"{parts.hostname}:{parts.port or 80}"
        mapped = self._settings.redirect_map.get(address) or self._settings.redirect_map.get("*")
        if mapped:
            return urlunsplit(("http", mapped, parts.path, parts.query, ""))
        host = parts.hostname or ""
        own = {self._settings.host.lower()} | (_LOOPBACK if self._settings.host in _LOOPBACK else set())
        allowed = self._settings.allowed_hosts
        if host in own or any(host == a or (a.startswith(".") and host.endswith(a)) for a in allowed):
            return urlunsplit(("http", parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
        raise UnsafeRedirect(
            f"the FE at {self._fe} redirects loads to {address}, which isn't allowed to see the credentials. Add it to "
            f'STARROCKS_ALLOWED_HOSTS (["{host}"]) if it is a backend of yours, or say where it is reached from here '
            f'in STARROCKS_REDIRECT_MAP ({{"{address}": "host:port"}}).'
        )

    def _parse(self, response: requests.Response) -> dict[str, Any]:
        """An answer's JSON, whatever type it claims to be."""
        if response.status_code in (401, 403):
            raise StreamLoadDenied(
                f"StarRocks at {self._fe} refused user {self._settings.user!r}. Check STARROCKS_USER and "
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
            raise StreamLoadDenied(f"the backend behind {self._fe} got no credentials; a proxy may have dropped them")
        return answer

    def _explain(self, database: str, table: str, label: str, answer: Mapping[str, Any]) -> str:
        text = f"{database}.{table}: StarRocks refused load {label}: {message_of(answer) or dict(answer)}"
        log_url = field(answer, "ErrorURL")
        if not log_url:
            return text
        try:
            response = self._session.get(self._trusted(log_url), timeout=_CONNECT_TIMEOUT, allow_redirects=False)
            lines = response.text.splitlines()
        except (requests.RequestException, UnsafeRedirect) as error:
            return f"{text}. Its error log at {log_url} can't be read: {_describe(error)}"
        more = f"\n  ... and {len(lines) - _ERROR_LOG_LINES} more" if len(lines) > _ERROR_LOG_LINES else ""
        return f"{text}. Error log:\n  " + "\n  ".join(lines[:_ERROR_LOG_LINES]) + more


def _result(label: str, answer: Mapping[str, Any], size: int, seconds: float, attempts: int) -> LoadResult:
    already = field(answer, "Status").lower() == "label already exists"

    def count(name: str) -> int | None:
        text = field(answer, name)
        return int(text) if text and not already else None

    return LoadResult(
        label=label,
        rows_total=count("NumberTotalRows"),
        rows_loaded=count("NumberLoadedRows"),
        rows_filtered=count("NumberFilteredRows"),
        bytes_sent=size,
        seconds=seconds,
        attempts=attempts,
        already_loaded=already,
    )


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
