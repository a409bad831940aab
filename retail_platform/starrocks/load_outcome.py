"""What a Stream Load answer means.

StarRocks answers HTTP 200 whether a load worked or not, in two JSON dialects, and some answers leave open whether the
data is in. This module turns an answer into one of four verdicts and names the errors a caller can act on; sending is
:mod:`retail_platform.starrocks.stream_load`'s part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import IO, Any

Body = Callable[[], AbstractContextManager[IO[bytes]]]  # opens a load's body as a seekable binary file


class StreamLoadError(RuntimeError):
    """A load that didn't happen; nothing of it is visible."""


class StreamLoadRejected(StreamLoadError):
    """StarRocks read the data and refused it; sending it again changes nothing."""


class StreamLoadDenied(StreamLoadError):
    """Wrong credentials or a missing INSERT privilege."""


class StreamLoadUnavailable(StreamLoadError):
    """The warehouse didn't take the load after every attempt; it may be sent again later under the same label."""


class UnsafeRedirect(StreamLoadError):
    """The frontend sent us to a host that credentials may not be sent to."""


class UntrustedServer(StreamLoadError):
    """TLS fails: a certificate we don't accept, or a port that doesn't speak TLS."""


class Verdict(Enum):
    """What to do after an answer."""

    LOADED = "loaded"  # committed; visible now or very soon
    PENDING = "pending"  # someone else's attempt under this label is still running, or its end is unknown
    TRANSIENT = "transient"  # not loaded, for a reason that passes
    REJECTED = "rejected"  # not loaded, for a reason that stays


# Each entry is a condition that passes by itself, with the StarRocks component that reports it.
_TRANSIENT = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"no backend alive",  # FE: every BE is restarting
        r"current concurrent limit|cuncurrent limit",  # BE: too many loads at once (its own spelling)
        r"too many versions",  # BE: compaction is behind, it catches up
        r"too many running txns|exceed.*running.*txn",  # FE: transaction limit of the database
        r"write lock timeout|lock.*timeout",  # FE: metadata lock
        r"rpc failed|failed to call frontend|forward failed|not (the )?(leader|master)",  # FE: leader election
        r"memory.*exceed|mem(ory)? limit",  # BE: other queries hold the memory now
        r"service unavailable|timed? ?out",
    )
)
_LABEL_USED = re.compile(r"label \[.*\] has already been used", re.IGNORECASE)
_STATUS_UNKNOWN = re.compile(r"transaction status unknown", re.IGNORECASE)


@dataclass(frozen=True)
class LoadResult:
    """A load that is in.

    Attributes:
        label: The label it is in under.
        rows_total: Rows read from the body; None if it had been loaded before.
        rows_loaded: Rows taken; None if it had been loaded before.
        rows_filtered: Rows refused within ``max_filter_ratio``; None if it had been loaded before.
        bytes_sent: Size of the body as sent.
        seconds: From the first attempt to the verdict.
        attempts: How often the body was sent.
        already_loaded: The label was in before this call: nothing was loaded twice.
    """

    label: str
    rows_total: int | None
    rows_loaded: int | None
    rows_filtered: int | None
    bytes_sent: int
    seconds: float
    attempts: int
    already_loaded: bool


def field(answer: Mapping[str, Any], *names: str) -> str:
    """The first of the named fields an answer has, whatever the case of its key."""
    lowered = {str(key).lower(): value for key, value in answer.items()}
    for name in names:
        value = lowered.get(name.lower())
        if value not in (None, ""):
            return str(value)
    return ""


def message_of(answer: Mapping[str, Any]) -> str:
    """An answer's message, from either dialect."""
    return field(answer, "Message", "msg")


def is_transient(message: str) -> bool:
    """Whether a message names a condition that passes by itself."""
    return any(pattern.search(message) for pattern in _TRANSIENT)


def judge(answer: Mapping[str, Any]) -> Verdict:
    """The verdict on a backend's answer to a load."""
    status = field(answer, "Status").lower()
    message = message_of(answer)
    if status in ("success", "publish timeout"):
        # "Publish Timeout" is committed; only its visibility is late. Sending again would be wrong.
        return Verdict.LOADED
    if status == "label already exists":
        return Verdict.LOADED if field(answer, "ExistingJobStatus").upper() == "FINISHED" else Verdict.PENDING
    if _LABEL_USED.search(message) or _STATUS_UNKNOWN.search(message):
        # Some releases report a used label under another status: only the label's state tells.
        return Verdict.PENDING
    return Verdict.TRANSIENT if is_transient(message) else Verdict.REJECTED


def judge_state(state: str) -> Verdict:
    """The verdict on a label's state as `get_load_state` reports it."""
    if state in ("COMMITTED", "VISIBLE"):
        return Verdict.LOADED
    if state in ("PREPARE", "PREPARED"):
        return Verdict.PENDING
    # UNKNOWN and ABORTED: the label is free, and nothing under it is visible.
    return Verdict.TRANSIENT
