"""Loading several tables at once, so that it is known afterwards whether the data is in.

A transaction over several tables can't use its label again once it was given up, so attempts are numbered:
``<label>-0``, ``<label>-1``, ... An attempt follows only when the one before it is known to be aborted, so at most one
of them is ever in. An attempt that somebody left open, because his process died, is given up for him.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import requests

from retail_platform.starrocks.load_client import LoadClient, describe
from retail_platform.starrocks.load_outcome import (
    Body,
    LoadResult,
    StreamLoadError,
    StreamLoadRejected,
    StreamLoadUnavailable,
    Verdict,
    judge_state,
)
from retail_platform.starrocks.transaction import LabelTaken, Transaction

_STEM = re.compile(r"^[-\w]{1,120}$", re.ASCII)


@dataclass(frozen=True)
class Part:
    """One body of a transaction.

    Attributes:
        table: Its table.
        body: Opens the body as a seekable binary file, once per attempt.
        headers: Stream Load headers (``format``, ``columns``, ...), the same for all bodies of a table.
    """

    table: str
    body: Body
    headers: Mapping[str, str]


class TransactionClient(LoadClient):
    """Loads bodies into several tables of a database, all or nothing, once per label."""

    def load(self, database: str, parts: Sequence[Part], *, label: str) -> LoadResult:
        """Load all parts in one transaction; what it counts in rows is left open, StarRocks doesn't tell.

        Args:
            database: Database of all tables.
            parts: The bodies, in the order in which they are to be applied.
            label: Up to 120 letters, digits, ``_`` or ``-``; derived from the content, so that the same data has the
                same label however often it is sent. The result names the attempt's label.

        Raises:
            StreamLoadRejected: StarRocks refused a body; the message holds its error log. Nothing is visible.
            StreamLoadDenied: Wrong credentials or no INSERT privilege.
            UnsafeRedirect: The redirect points to a host that may not see the credentials.
            StreamLoadUnavailable: No attempt succeeded; sending again later under the same label is safe.
        """
        if not _STEM.match(label):
            raise StreamLoadError(f"{label!r} can't be a label: use 1-120 letters, digits, '_' or '-'")
        started, last = time.monotonic(), ""
        taken = set[str]()
        for attempt in range(1, self._attempts + 1):
            try:
                name, done = self._settled(database, label, taken)
                size = 0 if done else self._send(self._transaction(database, name), database, parts)
                seconds = time.monotonic() - started
                return LoadResult(name, None, None, None, size, seconds, attempt, already_loaded=done)
            except (requests.RequestException, LabelTaken) as error:
                last = describe(error)
                if isinstance(error, LabelTaken):
                    taken.add(name)
                self._pause(attempt)
        raise StreamLoadUnavailable(
            f"{database}: transaction {label} didn't succeed in {self._attempts} attempts over "
            f"{time.monotonic() - started:.0f} s; last: {last}. Nothing of it is visible; run it again."
        )

    def settle(self, database: str, label: str) -> bool:
        """See to it that no attempt under a label is open any more, and say whether one is in.

        Raises:
            StreamLoadDenied: Wrong credentials.
            StreamLoadUnavailable: StarRocks doesn't answer, so nobody knows.
        """
        return self._insist(lambda: self._settled(database, label)[1])

    def _transaction(self, database: str, name: str) -> Transaction:
        return Transaction(self._http, database, name, timeout=self._timeout)

    def _settled(self, database: str, label: str, taken: Collection[str] = ()) -> tuple[str, bool]:
        """The label of the attempt that is in and True, or the next free one and False.

        `taken` are labels that StarRocks refused to begin with: if it doesn't know their state, they are over.
        """
        for number in itertools.count():
            name = f"{label}-{number}"
            state = self._http.label_state(database, name)
            if state in ("PREPARE", "PREPARED"):
                self._transaction(database, name).rollback()
                state = self._final_state(database, name)
                if judge_state(state) is Verdict.PENDING:
                    raise requests.ConnectionError(f"label {name} is still {state} after {self._timeout} s")
            if state == "UNKNOWN" and name not in taken:
                return name, False
            if judge_state(state) is Verdict.LOADED:
                return name, True
        raise AssertionError("labels are numbered without end")

    def _send(self, transaction: Transaction, database: str, parts: Sequence[Part]) -> int:
        """One attempt; returns the bytes sent. When it raises, nothing is visible, or it isn't known."""
        transaction.begin()
        try:
            size = sum(transaction.load(part.table, part.body, part.headers) for part in parts)
            self._commit(transaction, database)
        except StreamLoadRejected:
            with suppress(requests.RequestException):  # what stays open is given up by StarRocks, or by the next try
                transaction.rollback()
            raise
        return size

    def _commit(self, transaction: Transaction, database: str) -> None:
        try:
            transaction.commit()
        except requests.RequestException:
            # Committed or not? A commit may be repeated, and what is committed can't be given up. If this one fails
            # as well, the next attempt finds the label in, or gives it up.
            verdict = judge_state(self._http.label_state(database, transaction.label))
            if verdict is Verdict.PENDING:
                transaction.commit()
            elif verdict is not Verdict.LOADED:
                raise
