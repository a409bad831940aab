"""The state of one transaction of the transaction interface, and the shapes of its requests and refusals."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from retail_platform.starrocks.embedded.errors import StarRocksError
from retail_platform.starrocks.embedded.http.options import LoadOptions
from retail_platform.starrocks.embedded.labels import LoadRecord

_SECONDS = 600
_SECONDS_MULTI = 20  # what StarRocks falls back to for several tables
_SECONDS_PREPARED = 86_400


@dataclass(frozen=True)
class Part:
    """One body of a transaction."""

    table: str
    options: LoadOptions
    body: Path


@dataclass(frozen=True)
class Patience:
    """How many seconds a transaction may take to its end, between two requests, and when it is prepared."""

    whole: int
    idle: int | None
    prepared: int

    @classmethod
    def of(cls, headers: Mapping[str, str], *, multi: bool) -> Patience:
        """What the headers of `begin` ask for.

        Raises:
            StarRocksError: One of them is no number of seconds.
        """
        whole = _seconds(headers, "timeout", _SECONDS_MULTI if multi else _SECONDS)
        idle = _seconds(headers, "idle_transaction_timeout", 0)
        return cls(whole, idle or None, _seconds(headers, "prepared_timeout", _SECONDS_PREPARED))


def _seconds(headers: Mapping[str, str], name: str, default: int) -> int:
    text = headers.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        raise StarRocksError(f"Invalid {name} format")
    return int(text)


@dataclass
class OpenLoad:
    """A transaction from begin on; after its end it is kept for a while, to answer those who ask again."""

    record: LoadRecord
    multi: bool
    table: str
    patience: Patience
    parts: list[Part] = field(default_factory=list)
    state: str = "PREPARE"
    began: float = field(default_factory=time.monotonic)
    touched: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def open(self) -> bool:
        """Whether it can still be committed."""
        return self.state in ("PREPARE", "PREPARED")

    def overdue(self, now: float) -> bool:
        """Whether its time is up."""
        if self.state == "PREPARED":
            return now - self.touched > self.patience.prepared
        late = now - self.began > self.patience.whole
        idle = self.patience.idle is not None and now - self.touched > self.patience.idle
        return self.state == "PREPARE" and (late or idle)

    def refuses(self, part: Part) -> str:
        """Why a body can't belong to it, or nothing."""
        if not self.multi and part.table and part.table != self.table:
            return f"Request table {part.table} not equal transaction table {self.table}"
        for other in self.parts:
            if other.table == part.table and replace(other.options, timeout=0) != replace(part.options, timeout=0):
                return f"the loads of table {part.table} in transaction {self.record.label} must have the same headers"
        return ""


def is_multi(headers: Mapping[str, str]) -> bool:
    """Whether a request belongs to a multi-table transaction."""
    return headers.get("transaction_type", "").lower() == "multi" or headers.get("source_type") == "12"


def failed(message: str) -> dict[str, Any]:
    """The shape of a refusal."""
    return {"Status": "FAILED", "Message": message}


def unknown(headers: Mapping[str, str]) -> dict[str, Any]:
    """The refusal of an operation on a transaction that was never begun."""
    return failed(f"transaction with label {headers.get('label')} not exists")


def without_data(found: OpenLoad) -> dict[str, Any]:
    """The refusal to end a transaction of one table that got nothing."""
    message = f"transaction {found.record.label} hasn't send any data yet"
    return {"Status": "INTERNAL_ERROR", "Message": message}


def received(found: OpenLoad, size: int) -> dict[str, Any]:
    """The answer to a body that was taken."""
    answer = {"Status": "OK", "Message": "", "Label": found.record.label, "TxnId": found.record.id}
    if found.multi:
        return answer
    return {**answer, "LoadBytes": size, "StreamLoadPlanTimeMs": 0, "ReceivedDataTimeMs": 0}


def done(found: OpenLoad, message: str) -> dict[str, Any]:
    """The answer to prepare and commit."""
    record = found.record
    if found.multi:
        return {
            "Label": record.label,
            "Status": "OK",
            "TxnId": record.id,
            "ChannelId": None,
            "Message": message,
            "Prepared Channel Num": 0,
        }
    return {
        "Status": "OK",
        "Message": message,
        "Label": record.label,
        "TxnId": record.id,
        "NumberTotalRows": record.scan_rows,
        "NumberLoadedRows": record.loaded_rows,
        "NumberFilteredRows": record.filtered_rows,
        "NumberUnselectedRows": record.unselected_rows,
        "LoadBytes": record.scan_bytes,
        "LoadTimeMs": 0,
        "StreamLoadPlanTimeMs": 0,
        "ReceivedDataTimeMs": 0,
        "WriteDataTimeMs": 0,
        "CommitAndPublishTimeMs": 0,
    }
