"""The transaction interface of Stream Load: begin, load as often as needed, commit: all becomes visible at once.

Two kinds: over one table, on every StarRocks since 2.4, and over several tables of a database, from 4.0 on. This module
speaks the protocol, one method for each request; :mod:`retail_platform.starrocks.transaction_load` makes a load of it
whose outcome is known whatever happens on the way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import requests

from retail_platform.starrocks.http import StarRocksHttp
from retail_platform.starrocks.load_outcome import (
    Body,
    StreamLoadError,
    StreamLoadRejected,
    field,
    is_transient,
    message_of,
)

_MULTI_TABLE_SINCE = (4, 0)
_VERSION = re.compile(r"(\d+)\.(\d+)")
_TRACKING = re.compile(r"tracking_url:\s*(\S+)")
# Given up by StarRocks, which has a limit of time, or by somebody who took it for abandoned: another one may follow.
_GIVEN_UP = re.compile(r"transaction\b.*\b(aborted|not exists?)\b|aborted transaction", re.IGNORECASE)


def has_multi_table(version: str) -> bool:
    """Whether a StarRocks of this version (``current_version()``) has transactions over several tables."""
    found = _VERSION.match(version.strip())
    return found is not None and (int(found[1]), int(found[2])) >= _MULTI_TABLE_SINCE


class LabelTaken(StreamLoadError):
    """The label of a transaction was used before; its state says what for."""


class Transaction:
    """One transaction, from begin to commit or rollback.

    Raises, from every method:
        StreamLoadRejected: StarRocks refuses, for a reason that stays; nothing of the transaction is visible.
        StreamLoadDenied: Wrong credentials.
        UnsafeRedirect: The redirect points to a host that may not see the credentials.
        UntrustedServer: TLS fails.
        requests.RequestException: The connection broke, or StarRocks can't just now; the outcome is open.
    """

    def __init__(
        self, http: StarRocksHttp, database: str, label: str, *, table: str | None = None, timeout: int = 600
    ) -> None:
        """
        Args:
            http: The connection.
            database: Database of all tables.
            label: 1-128 letters, digits, ``_`` or ``-``.
            table: The only table, or None for a transaction over several.
            timeout: Seconds StarRocks gives the transaction until its commit; without it, 20 for several tables.
        """
        self._http = http
        self._timeout = timeout
        self.label = label
        self.table = table
        self._headers = {"db": database, "label": label, "timeout": str(timeout), "Expect": "100-continue"}
        self._headers |= {"table": table} if table else {"transaction_type": "multi"}

    def begin(self) -> None:
        """Take the label.

        Raises:
            LabelTaken: It was used before.
        """
        answer = self._http.transact("begin", self._headers, self._timeout)
        if field(answer, "Status") == "LABEL_ALREADY_EXISTS":
            raise LabelTaken(message_of(answer))
        self._ok("begin", answer)

    def load(self, table: str, body: Body, headers: Mapping[str, str]) -> int:
        """Send a body for a table and return its size in bytes.

        All bodies for a table must come with the same headers; each JSON body is complete in itself, and a CSV body
        ends with the row delimiter. StarRocks may refuse a body now or at the commit.
        """
        # StarRocks' default time zone for loads is Asia/Shanghai; ours is always UTC.
        complete = {"strict_mode": "true", "timezone": "UTC", **headers, **self._headers, "table": table}
        target = self._http.ask_frontend("/api/transaction/load", complete, leader=True)
        answer, size = self._http.send(target, body, complete, self._timeout)
        self._ok(f"load into {table}", answer)
        return size

    def prepare(self) -> dict[str, Any]:
        """The first phase of a two-phase commit; transactions over several tables have none."""
        return self._ok("prepare", self._http.transact("prepare", self._headers, self._timeout))

    def commit(self) -> dict[str, Any]:
        """Make everything visible; may be repeated. Returns the answer, for one table with the numbers of rows."""
        return self._ok("commit", self._http.transact("commit", self._headers, self._timeout))

    def rollback(self) -> bool:
        """Give the transaction up; may be repeated. False where it is over already: committed, or never begun."""
        answer = self._http.transact("rollback", self._headers, self._timeout)
        return field(answer, "Status") == "OK"

    def _ok(self, step: str, answer: dict[str, Any]) -> dict[str, Any]:
        if field(answer, "Status") == "OK":
            return answer
        message = message_of(answer) or field(answer, "Status")
        if is_transient(message) or _GIVEN_UP.search(message):
            raise requests.ConnectionError(f"StarRocks answered {step} with: {message}")
        found = _TRACKING.search(message)
        url = found[1] if found else field(answer, "ErrorURL")
        log = self._http.explained_log(url) if url else ""
        raise StreamLoadRejected(f"transaction {self.label}: StarRocks refused to {step}: {message}{log}")
