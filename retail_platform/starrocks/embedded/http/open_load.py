"""The state of one transaction of the transaction interface, and the shapes of its requests and refusals."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retail_platform.starrocks.embedded.http.options import LoadOptions
from retail_platform.starrocks.embedded.labels import LoadRecord


@dataclass
@dataclass
class Part:
    """One body of a transaction."""

    table: str
    options: LoadOptions
    body: Path


@dataclass
class OpenLoad:
    """A transaction between begin and commit or rollback."""

    record: LoadRecord
    multi: bool
    table: str
    parts: list[Part] = field(default_factory=list)
    state: str = "PREPARE"
    lock: threading.Lock = field(default_factory=threading.Lock)


def is_multi(headers: Mapping[str, str]) -> bool:
    """Whether a request belongs to a multi-table transaction."""
    return headers.get("transaction_type", "").lower() == "multi" or headers.get("source_type") == "12"


def failed(message: str) -> dict[str, Any]:
    """The shape of a refusal."""
    return {"Status": "FAILED", "Message": message}
