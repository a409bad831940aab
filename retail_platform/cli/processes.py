"""Child processes that live and end together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

_STOP_SECONDS = 30
_POLL_SECONDS = 0.2


@dataclass
class ProcessGroup:
    """Starts processes, notices when one ends, stops all of them.

    Each runs in a session of its own: Ctrl-C in the terminal reaches only this process, which stops them in order.

    Attributes:
        logs: Directory with a log file for each process.
    """

    logs: Path
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
        """Start a process whose output goes to its log file, with more environment than ours; returns its id."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("wb") as output:
            self._processes[name] = subprocess.Popen(  # noqa: S603 - our own commands
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1", **(environment or {})},
                start_new_session=True,
            )
        return self._processes[name].pid

    def log(self, name: str) -> Path:
        """A process' log file."""
        return self.logs / f"{name}.log"

    def last_words(self, name: str, lines: int = 5) -> str:
        """The end of a process' log."""
        text = self.log(name).read_text(errors="replace").strip()
        return "\n".join(text.splitlines()[-lines:])

    def ended(self) -> str | None:
        """The name of a process that ended by itself; None while all are running."""
        return next((name for name, process in self._processes.items() if process.poll() is not None), None)

    def wait_for_any(self) -> str:
        """Wait until a process ends; returns its name."""
        while (name := self.ended()) is None:
            time.sleep(_POLL_SECONDS)
        return name

    def stop(self) -> None:
        """Stop all, those started last first, so that nobody loses a server while working with it."""
        for process in reversed(self._processes.values()):
            _stop(process)
        self._processes.clear()

    def __enter__(self) -> ProcessGroup:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    # What is left of its session: the runs it started, or a server that doesn't stop.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
