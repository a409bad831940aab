"""Failures on demand, for tests of clients: what a network or a cluster does on a bad day.

Switched on through the Python API of a server, never through its public protocols:
``server.faults.publish_timeout = 1`` makes the next load answer `Publish Timeout`. Counters say how many more times.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass
class Faults:
    """How many more times each failure happens; a delay in seconds for the slow backend."""

    publish_timeout: int = 0  # committed, but reported as not yet visible
    drop_after_commit: int = 0  # the connection ends after the commit, without an answer
    redirect_to_dead_host: int = 0  # the 307 names a port where nobody listens
    server_error: int = 0  # the backend answers 503 before it has read anything
    truncated_answer: int = 0  # the answer ends in the middle
    slow_backend: float = 0.0  # every load waits this long before it begins
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, name: str) -> bool:
        """Whether this failure is due now; counts it down."""
        with self._lock:
            left: int = getattr(self, name)
            if left <= 0:
                return False
            setattr(self, name, left - 1)
            return True
