"""The outcome of a load: its counters, and the answer made of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class LoadCounts:
    """What happened to the rows and how long it took."""

    total: int = 0
    loaded: int = 0
    filtered: int = 0
    unselected: int = 0
    size: int = 0
    started: float = field(default_factory=time.monotonic)
    times: dict[str, int] = field(default_factory=dict)
    error_url: str = ""
    tracking: str = ""


def report(record_id: int, label: str, status: str, message: str, counts: LoadCounts) -> dict[str, Any]:
    """The backend's answer, in its order."""
    answer: dict[str, Any] = {
        "TxnId": record_id,
        "Label": label,
        "Status": status,
        "Message": message,
        "NumberTotalRows": counts.total,
        "NumberLoadedRows": counts.loaded if status == "Success" else 0,
        "NumberFilteredRows": counts.filtered,
        "NumberUnselectedRows": counts.unselected,
        "LoadBytes": counts.size,
        "LoadTimeMs": int((time.monotonic() - counts.started) * 1000),
        "BeginTxnTimeMs": 0,
        "StreamLoadPlanTimeMs": counts.times.get("StreamLoadPlanTimeMs", 0),
        "ReadDataTimeMs": counts.times.get("ReadDataTimeMs", 0),
        "WriteDataTimeMs": counts.times.get("WriteDataTimeMs", 0),
        "CommitAndPublishTimeMs": 0,
    }
    if counts.error_url:
        answer["ErrorURL"] = counts.error_url
    return answer


def existing_job(answer: dict[str, Any], state: str) -> dict[str, Any]:
    """The answer to a used label: who uses it is said right after the status."""
    ordered: dict[str, Any] = {}
    for key, value in answer.items():
        ordered[key] = value
        if key == "Status":
            ordered["ExistingJobStatus"] = state
    return ordered
