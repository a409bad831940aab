"""Showing a run while it runs, one line for each thing that happened."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

import dagster as dg
from dagster import DagsterEventType
from rich.console import Console
from rich.markup import escape

# Steps whose own messages are worth a line; what dbt does shows in the events of its models.
TALKING_STEPS = ("land_trading_day", "load_trading_day")


@dataclass
class RunProgress:
    """Prints what matters of a run's event log and keeps count.

    Attributes:
        console: Where to.
        started: When counting of seconds began.
        checks_passed: Asset checks that passed so far.
        failures: Messages of checks and steps that failed.
    """

    console: Console
    started: float = field(default_factory=time.monotonic)
    checks_passed: int = 0
    failures: list[str] = field(default_factory=list)

    def say(self, text: str, style: str = "") -> None:
        """Print a line with the seconds since the beginning."""
        seconds = time.monotonic() - self.started
        self.console.print(f"[dim]{seconds:6.1f}s[/]  {escape(text)}", style=style, highlight=False)

    def __call__(self, entry: dg.EventLogEntry) -> None:
        """Handle one entry of an event log."""
        event = entry.dagster_event
        if event is None:
            text = entry.user_message
            if text and int(entry.level) >= logging.INFO and entry.step_key in TALKING_STEPS:
                self.say(text)
            return
        if event.event_type == DagsterEventType.ASSET_MATERIALIZATION:
            key = event.step_materialization_data.materialization.asset_key
            # Landings and loads tell of themselves, day by day.
            if key.path[0] in ("silver", "gold"):
                self.say(f"built {'.'.join(key.path)}")
        elif event.event_type == DagsterEventType.ASSET_CHECK_EVALUATION:
            self._checked(event)
        elif event.event_type in (DagsterEventType.STEP_FAILURE, DagsterEventType.RUN_FAILURE):
            self._failed(event)
        elif event.event_type == DagsterEventType.STEP_UP_FOR_RETRY:
            self.say(f"{event.step_key} failed and is tried again: {_first_cause(event)}", style="yellow")

    def _checked(self, event: dg.DagsterEvent) -> None:
        result = event.asset_check_evaluation_data
        name = f"{'.'.join(result.asset_key.path)}: {result.check_name}"
        if result.passed:
            self.checks_passed += 1
        elif result.severity == dg.AssetCheckSeverity.ERROR:
            details = ", ".join(f"{key}={value.value}" for key, value in result.metadata.items() if key != "sql")
            self.failures.append(f"check {name} failed ({details})")
            self.say(self.failures[-1], style="red")
        else:
            self.say(f"check {name} warns", style="yellow")

    def _failed(self, event: dg.DagsterEvent) -> None:
        if event.event_type == DagsterEventType.RUN_FAILURE and self.failures:
            return  # what its steps or checks said says more
        cause = _first_cause(event)
        self.failures.append(f"step {event.step_key}: {cause}" if event.step_key else cause)
        self.say(self.failures[-1], style="red")


def _first_cause(event: dg.DagsterEvent) -> str:
    """The innermost message of a failure: what the platform said, without Dagster's wrapping."""
    data = event.event_specific_data
    error = getattr(data, "error", None)
    user = getattr(data, "user_failure_data", None)
    if user is not None and user.description:
        return str(user.description)
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else str(event.message or "failed")
