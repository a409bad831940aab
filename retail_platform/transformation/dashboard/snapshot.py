"""What the dashboard shows, as plain values: everything is read first, then drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum

from retail_platform.transformation.checks.stations import FeedDay, SalesDay

DAYS = 14


class State(IntEnum):
    """How a check ended; of several on a day the worst counts."""

    NONE = 0
    PASSED = 1
    WARNED = 2
    FAILED = 3


@dataclass(frozen=True)
class Execution:
    """One execution of a check."""

    at: datetime
    state: State
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CheckHistory:
    """A check with its executions of the last days, newest first."""

    asset: str
    name: str
    executions: tuple[Execution, ...]

    @property
    def latest(self) -> State:
        """How it stands now."""
        return self.executions[0].state if self.executions else State.NONE

    def on(self, day: date) -> State:
        """The worst that happened on a day (UTC)."""
        return max((one.state for one in self.executions if one.at.date() == day), default=State.NONE)


@dataclass(frozen=True)
class Freshness:
    """How old a raw table is, and how old it may be."""

    table: str
    newest_day: date | None
    loaded_at: datetime | None
    allowed: timedelta

    def is_late(self, now: datetime) -> bool:
        """Whether its last load is longer ago than its contract allows."""
        return self.loaded_at is None or now - self.loaded_at > self.allowed


@dataclass(frozen=True)
class Load:
    """What one run loaded."""

    finished_at: datetime
    rows: int
    bytes: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """Throughput from the first batch's start to the last one's end; the audit counts whole seconds."""
        return self.rows / max(self.seconds, 1.0)


@dataclass(frozen=True)
class Latency:
    """Seconds from the end of a load to the build of fact_daily_sales that shows it."""

    visible_at: datetime
    seconds: float


@dataclass(frozen=True)
class Snapshot:
    """Everything on the page.

    `scores` holds, by feed, how many of the defects the simulator injected were noticed: a Markdown table of kind,
    injected, noticed, recall and precision. Feeds of a real sender have none.
    """

    taken_at: datetime
    checks: Sequence[CheckHistory]
    feeds: Sequence[FeedDay]
    sales: Sequence[SalesDay]
    freshness: Sequence[Freshness]
    loads: Sequence[Load]
    latencies: Sequence[Latency]
    scores: Sequence[tuple[str, str]] = ()

    @property
    def differing_days(self) -> list[date]:
        """Days on which some station says something else than the others."""
        feeds = {one.day for one in self.feeds if not one.agrees}
        return sorted(feeds | {one.day for one in self.sales if not one.agrees})

    @property
    def days(self) -> list[date]:
        """The last days, oldest first."""
        today = self.taken_at.date()
        return [today - timedelta(days=back) for back in reversed(range(DAYS))]

    def count(self, state: State) -> int:
        """How many checks stand so."""
        return sum(check.latest == state for check in self.checks)

    @property
    def wanting(self) -> list[CheckHistory]:
        """Checks that failed or warned when they last ran, the worst first."""
        bad = [check for check in self.checks if check.latest in (State.WARNED, State.FAILED)]
        return sorted(bad, key=lambda check: (-check.latest, check.asset, check.name))
