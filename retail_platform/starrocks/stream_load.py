"""A Stream Load client that knows afterwards whether the data is in.

Every load has a label. After any answer or fault that leaves the outcome open, the label's state decides, so a load is
never lost and never doubled.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import requests

from retail_platform.starrocks.load_client import LoadClient, describe
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


class StreamLoadClient(LoadClient):
    """Loads bodies into tables, exactly once per label."""

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
            self._pause(attempt)
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
        return self._insist(lambda: judge_state(self._final_state(database, label)) is Verdict.LOADED)

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
                found = judge_state(self._final_state(database, label))
                verdict = Verdict.TRANSIENT if found is Verdict.PENDING else found
            except requests.RequestException as error:
                # The next attempt finds out: a label that is in after all is refused as used.
                verdict, last = Verdict.TRANSIENT, describe(error)
            if verdict is Verdict.LOADED:
                answer = {**answer, "Status": "Label Already Exists"}
        return verdict, answer, size, last

    def _headers(self, label: str, headers: Mapping[str, str]) -> dict[str, str]:
        # StarRocks' default time zone for loads is Asia/Shanghai; ours is always UTC.
        fixed = {"label": label, "Expect": "100-continue", "timeout": str(self._timeout)}
        return {"strict_mode": "true", "timezone": "UTC", **headers, **fixed}

    def _explain(self, database: str, table: str, label: str, answer: Mapping[str, Any]) -> str:
        text = f"{database}.{table}: StarRocks refused load {label}: {message_of(answer) or dict(answer)}"
        url = field(answer, "ErrorURL")
        return text + (self._http.explained_log(url) if url else "")


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
