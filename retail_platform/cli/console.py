"""The terminal, or the log that stands in for one."""

from __future__ import annotations

from rich.console import Console

_LOG_WIDTH = 120


def terminal() -> Console:
    """A console as wide as the terminal; without one (a pipe, CI) wide enough for our tables."""
    console = Console()
    return console if console.is_terminal else Console(width=_LOG_WIDTH)
