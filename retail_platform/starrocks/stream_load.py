"""A Stream Load client that knows afterwards whether the data is in.

Every load has a label. After any answer or fault that leaves the outcome open, the label's state decides, so a load is
never lost and never doubled.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests

from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.http import StarRocksHttp
from retail_platform.starrocks.load_outcome import (
    Body,
    LoadResult,
    StreamLoadError,
    StreamLoadRejected,
    StreamLoadUnavailable,
    Verdict,
    field,
    judge,
    judge_state,
    message_of,
)

_LABEL = re.compile(r"^[-\w]{1,128}$", re.ASCII)
_MAX_BACKOFF = 30.0


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
        self._http = StarRocksHttp(settings)
        self._timeout = timeout
        self._attempts = attempts
        self._sleep = sleep

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
        complete = self._headers(label, headers)
        started = time.monotonic()
        last = ""
        for attempt in range(1, self._attempts + 1):
            verdict, answer, size, last = self._attempt(database, table, body, label, complete)
            if verdict is Verdict.LOADED:
                return _result(label, answer, size, time.monotonic() - started, attempt)
            if verdict is Verdict.REJECTED:
                raise StreamLoadRejected(self._explain(database, table, label, answer))
            if attempt < self._attempts:
                self._sleep(backoff(attempt))
        raise StreamLoadUnavailable(
            f"{database}.{table}: load {label} didn't succeed in {self._attempts} attempts over "
            f"{time.monotonic() - started:.0f} s; last: {last}. Nothing of it is visible; run it again."
        )

    def settle(self, database: str, label: str) -> bool:
        """Wait until nobody is loading under a label any more, and say whether it is in.

        Raises:
            StreamLoadDenied: Wrong credentials.
            StreamLoadUnavailable: The FE doesn't answer, so nobody knows.
        """
        for attempt in range(1, self._attempts + 1):
            try:
                return self._final_verdict(database, label) is Verdict.LOADED
            except requests.RequestException as error:
                last = describe(error)
                if attempt < self._attempts:
                    self._sleep(backoff(attempt))
        raise StreamLoadUnavailable(f"the FE at {self._http.frontend} doesn't answer: {last}")

    def _attempt(
        self, database: str, table: str, body: Body, label: str, headers: Mapping[str, str]
    ) -> tuple[Verdict, dict[str, Any], int, str]:
        """One try: the verdict, the answer, the bytes sent, and what was last said."""
        size = 0
        answer: dict[str, Any] = {}
        try:
            target = self._http.ask_frontend(f"/api/{database}/{table}/_stream_load", headers)
            answer, size = self._http.send(target, body, headers, self._timeout)
            verdict, last = judge(answer), message_of(answer)
        except requests.RequestException as error:
            # The body may or may not have been committed before the connection broke.
            verdict, last = Verdict.PENDING, describe(error)
        if verdict is Verdict.PENDING:
            try:
                verdict = self._final_verdict(database, label)
            except requests.RequestException as error:
                # The next attempt finds out: a label that is in after all is refused as used.
                verdict, last = Verdict.TRANSIENT, describe(error)
            if verdict is Verdict.LOADED:
                answer = {**answer, "Status": "Label Already Exists"}
        return verdict, answer, size, last

    def _final_verdict(self, database: str, label: str) -> Verdict:
        """Poll a label until its state is final, for as long as StarRocks gives a load."""
        deadline = time.monotonic() + self._timeout
        poll = 0
        while (verdict := judge_state(self._http.label_state(database, label))) is Verdict.PENDING:
            if time.monotonic() > deadline:
                return Verdict.TRANSIENT
            self._sleep(min(2.0, 0.1 * 2 ** min(poll, 5)))
            poll += 1
        return verdict

    def _headers(self, label: str, headers: Mapping[str, str]) -> dict[str, str]:
        # StarRocks' default time zone for loads is Asia/Shanghai; ours is always UTC.
        fixed = {"label": label, "Expect": "100-continue", "timeout": str(self._timeout)}
        return {"strict_mode": "true", "timezone": "UTC", **headers, **fixed}

    def _explain(self, database: str, table: str, label: str, answer: Mapping[str, Any]) -> str:
        text = f"{database}.{table}: StarRocks refused load {label}: {message_of(answer) or dict(answer)}"
        url = field(answer, "ErrorURL")
        return text + (self._http.explained_log(url) if url else "")


def backoff(attempt: int) -> float:
    """Seconds to wait after the n-th failure of something that may pass."""
    return min(_MAX_BACKOFF, 0.5 * 2.0 ** (attempt - 1))


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


def describe(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}"
