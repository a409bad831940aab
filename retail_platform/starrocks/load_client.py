"""What clients of both load interfaces have in common: a connection, patience, and labels whose state they ask for."""

from __future__ import annotations

import time
from collections.abc import Callable

import requests

from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.http import StarRocksHttp
from retail_platform.starrocks.load_outcome import StreamLoadUnavailable, Verdict, judge_state

_MAX_BACKOFF = 30.0


class LoadClient:
    """Sends bodies several times if need be, and asks StarRocks what became of a label."""

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
            timeout: Seconds StarRocks gives a load or a transaction.
            attempts: How often bodies are sent at the most.
            sleep: Waits between attempts; replaced where waiting is somebody else's job.
        """
        self._http = StarRocksHttp(settings)
        self._timeout = timeout
        self._attempts = attempts
        self._sleep = sleep

    def _pause(self, attempt: int) -> None:
        """Wait after the n-th failure of something that may pass, unless it was the last attempt."""
        if attempt < self._attempts:
            self._sleep(min(_MAX_BACKOFF, 0.5 * 2.0 ** (attempt - 1)))

    def _insist(self, ask: Callable[[], bool]) -> bool:
        """The answer to a question, asked again while StarRocks can't be reached.

        Raises:
            StreamLoadUnavailable: No attempt was answered.
        """
        last = ""
        for attempt in range(1, self._attempts + 1):
            try:
                return ask()
            except requests.RequestException as error:
                last = describe(error)
                self._pause(attempt)
        raise StreamLoadUnavailable(f"the FE at {self._http.frontend} doesn't answer: {last}")

    def _final_state(self, database: str, label: str) -> str:
        """Poll a label for as long as StarRocks gives a load; its state, which is not final if that wasn't enough."""
        deadline = time.monotonic() + self._timeout
        poll = 0.1
        while judge_state(state := self._http.label_state(database, label)) is Verdict.PENDING:
            if time.monotonic() > deadline:
                break
            self._sleep(poll)
            poll = min(2.0, 2 * poll)
        return state


def describe(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}"
