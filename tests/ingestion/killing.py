"""Where a loading process may die, and making it die there: by an exception nothing catches, or by `kill -9`.

Processes that are killed for real are forked from a server that has imported everything and done nothing, so that one
costs a fraction of a second and thousands can die in a campaign. Nothing of them is closed, released or said.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from retail_platform.ingestion import audit, load, quarantine
from retail_platform.landing import LandingZone
from retail_platform.landing.local import Unpublished
from retail_platform.starrocks.stream_load import StreamLoadClient
from retail_platform.starrocks.transaction import Transaction

# The module or class that is about to call, and what it calls; HTTPConnection.send also in the middle of a body.
DEATHS = (
    (LandingZone, "write"), (LandingZone, "write_digested"), (Unpublished, "write"), (Unpublished, "publish"),
    (LandingZone, "publish"), (LandingZone, "open"), (StreamLoadClient, "load"), (StreamLoadClient, "settle"),
    (load, "record"), (load, "delete_loads"), (audit, "execute"), (quarantine, "query"),
    (Transaction, "begin"), (Transaction, "load"), (Transaction, "commit"), (Transaction, "rollback"),
    (HTTPConnection, "send"),
)  # fmt: skip
Death = tuple[int, int]  # which of them, at which call
_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 120


class Killed(BaseException):
    """The process is gone: nothing of ours may catch this."""


def vanish() -> None:
    """Die as far as a process that has to go on with the test can."""
    raise Killed


@contextmanager
def dying(death: Death | None, how: Callable[[], None]) -> Iterator[None]:
    """The process dies instead of making the n-th of some calls."""
    if death is None:
        yield
        return
    (owner, name), left = DEATHS[death[0]], death[1]
    original = getattr(owner, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            how()
        return original(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, call)
        yield


def run_and_kill(work: Callable[[], None], death: Death, imports: list[str]) -> bool:
    """Do something in a process of its own, which is killed; returns whether it was, rather than done before.

    Args:
        work: What to do; it must be picklable.
        death: When to be killed.
        imports: Modules the processes find imported.
    """
    os.environ["PYTHONPATH"] = str(_ROOT)  # for the server, which is started with the first process
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *imports])
    process = context.Process(target=_work_and_die, args=(work, death))
    process.start()
    process.join(_SECONDS)
    assert process.exitcode in (0, -signal.SIGKILL), f"it ended by itself, with {process.exitcode}"
    return process.exitcode != 0


def _work_and_die(work: Callable[[], None], death: Death) -> None:
    with dying(death, lambda: os.kill(os.getpid(), signal.SIGKILL)):
        work()
