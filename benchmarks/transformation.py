"""Transformation: what idling costs, and whether history makes a new day dearer. Latency is a benchmark of its own."""

from __future__ import annotations

import logging

from benchmarks.flat_cost import measure_flat_cost
from benchmarks.idle_cost import measure_idle_cost


def run() -> None:
    """Print the cost of a new day by length of history, and of an idle hour."""
    logging.disable(logging.INFO)  # runs in this process would print every event
    measure_flat_cost()
    measure_idle_cost()
