"""Checks of an installation: what a check is, running several, and waiting until they pass.

A check returns a sentence about what it found, or raises `Ailment` with what is wrong and how to mend it. Which checks
there are is said in `catalogue`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from retail_platform.landing import LandingZoneError
from retail_platform.settings import RetailSettings, SettingsError, StarRocksSettings
from retail_platform.starrocks.connection import WarehouseError
from retail_platform.starrocks.load_outcome import StreamLoadError

POLL_SECONDS = 2.0


class Ailment(RuntimeError):
    """Something is wrong with the installation."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True)
class Subject:
    """What is examined: settings, and where Dagster's webserver is, if anywhere."""

    starrocks: StarRocksSettings
    retail: RetailSettings
    webserver_url: str = ""
    locations: tuple[str, ...] = ("ingestion", "transformation")
    timeout: float = 10.0


@dataclass(frozen=True)
class Check:
    """One examination, by name."""

    name: str
    examine: Callable[[Subject], str]
    summary: str


@dataclass(frozen=True)
class Finding:
    """What a check found."""

    check: str
    healthy: bool
    message: str
    remedy: str = ""
    seconds: float = field(default=0.0, compare=False)


def examine(checks: Sequence[Check], subject: Subject) -> list[Finding]:
    """Run the checks, all of them, whatever the first ones find."""
    return [_run(check, subject) for check in checks]


def wait_until_well(
    checks: Sequence[Check],
    subject: Subject,
    seconds: float,
    on_ailment: Callable[[Finding], None],
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> list[Finding]:
    """Run the checks until all pass or the time is over; returns what the last round found.

    Args:
        checks: The checks.
        subject: What is examined.
        seconds: How long to keep trying; at least one round is run.
        on_ailment: Called with every finding that isn't the one of the round before, so that a log isn't flooded.
        sleep: Waits between rounds.
        clock: Tells the time.
    """
    deadline = clock() + seconds
    told: dict[str, str] = {}
    while True:
        findings = examine(checks, subject)
        ill = [finding for finding in findings if not finding.healthy]
        if not ill or clock() + POLL_SECONDS > deadline:
            return findings
        for finding in ill:
            if told.get(finding.check) != finding.message:
                on_ailment(finding)
                told[finding.check] = finding.message
        sleep(POLL_SECONDS)


def _run(check: Check, subject: Subject) -> Finding:
    started = time.monotonic()
    try:
        message, remedy, healthy = check.examine(subject), "", True
    except Ailment as ailment:
        message, remedy, healthy = str(ailment), ailment.remedy, False
    except (WarehouseError, StreamLoadError, LandingZoneError, SettingsError) as error:
        # These carry their remedy in the message.
        message, remedy, healthy = str(error), "", False
    return Finding(check.name, healthy, message, remedy, time.monotonic() - started)
