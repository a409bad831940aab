"""The invariant: after any sequence of loads, what incremental builds made equals a full refresh, row for row."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from dbt_harness import TABLES, Project
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from small_retailer import DAYS, Row, customer, day, in_lane, lines, order, product, rate, store

pytestmark = pytest.mark.first

_variant = st.integers(0, 2)
_day = st.integers(0, DAYS - 1)
_number = st.integers(0, 3)


@st.composite
def _loads(draw: st.DrawFn) -> list[tuple[str, int, list[Row]]]:
    """One load of one feed's day: full, partial, different from before, or empty (everything stale)."""
    on = draw(_day)
    kind = draw(st.sampled_from(["orders", "orders", "customers", "products", "stores", "exchange_rates", "nothing"]))
    if kind == "nothing":
        feed = draw(st.sampled_from(["orders", "order_items", "customers", "products", "exchange_rates"]))
        return [(feed, on, [])]
    if kind == "customers":
        return [(kind, on, [customer(n, v, on) for n, v in draw(_choices(3)).items()])]
    if kind == "products":
        return [(kind, on, [product(n, v, on) for n, v in draw(_choices(3)).items()])]
    if kind == "stores":
        return [(kind, on, [store(n, v) for n, v in draw(_choices(2)).items()])]
    if kind == "exchange_rates":
        return [(kind, on, [rate(["USD", "EUR"][n], v, on) for n, v in draw(_choices(2)).items()])]
    return draw(_order_day(on))


def _choices(count: int) -> st.SearchStrategy[dict[int, int]]:
    return st.dictionaries(st.integers(0, count - 1), _variant, max_size=count)


@st.composite
def _order_day(draw: st.DrawFn, on: int) -> list[tuple[str, int, list[Row]]]:
    """Orders placed on the day or before, changed on it; lines when placed or returned. Either half may be missing."""
    headers: list[Row] = []
    items: list[Row] = []
    for number, variant in draw(st.dictionaries(_number, _variant, max_size=4)).items():
        placed = draw(st.integers(0, on))
        status = "placed" if placed == on else draw(st.sampled_from(["paid", "shipped", "cancelled", "returned"]))
        headers.append(order(placed, number, variant, on, status))
        if placed == on or status == "returned":
            items += lines(placed, number, variant, on, returned=int(status == "returned"))
    halves = [("orders", on, headers), ("order_items", on, items)]
    return draw(st.sampled_from([halves, halves, halves, halves[:1], halves[1:]]))


# Each inner list of loads is followed by an incremental build.
_sequence = st.lists(st.lists(_loads(), min_size=3, max_size=6), min_size=2, max_size=3)

# Sequences that share a database without touching: each has days, orders, customers and articles of its own. A build
# costs seconds whatever it builds, so sixteen at a time make sixteen times as many.
LANES = 16
_lanes = st.lists(_sequence, min_size=LANES, max_size=LANES)


def _differences(incremental: dict[str, list[Any]], full: dict[str, list[Any]]) -> str:
    found = []
    for table in TABLES:
        only_incremental = [row for row in incremental[table] if row not in full[table]]
        only_full = [row for row in full[table] if row not in incremental[table]]
        if only_incremental or only_full:
            found.append(f"{table}:\n  incremental only: {only_incremental}\n  full only:        {only_full}")
    return "\n".join(found)


class Sequences:
    """Runs groups of sequences one after another on the same databases; each group starts from empty raw tables."""

    def __init__(self, project: Project, progress: Callable[[str], None]) -> None:
        self.project = project
        self.progress = progress
        self.done = 0

    def check(self, lanes: list[Any]) -> None:
        """Load, build, load, build ...; then compare with a full refresh."""
        self.project.empty_raw_tables()
        for step in range(max(len(sequence) for sequence in lanes)):
            for feed, days in _state_after(lanes, step).items():
                self.project.load_days(feed, days)
            self.project.run("--exclude", "dim_date", "staging")
        incremental = self.project.everything()
        self.project.run("--full-refresh", "--exclude", "dim_date", "staging")
        difference = _differences(incremental, self.project.everything())
        assert not difference, difference
        self.done += sum(
            1 for sequence in lanes if any(rows for step in sequence for load in step for _, _, rows in load)
        )
        self.progress(f"{self.done} sequences: incremental = full, row for row")


def _state_after(lanes: list[Any], step: int) -> dict[str, dict[date, list[Row]]]:
    """What a step's loads make of the days they touch. No build comes between them: the last load of a day counts."""
    found: dict[str, dict[date, list[Row]]] = {}
    for lane, sequence in enumerate(lanes):
        for load in sequence[step] if step < len(sequence) else []:
            for feed, on, rows in load:
                found.setdefault(feed, {})[day(on, lane)] = [in_lane(row, lane) for row in rows]
    return found


def _run(project: Project, groups: int, progress: Callable[[str], None] = lambda _: None) -> int:
    project.run()
    sequences = Sequences(project, progress)

    @settings(
        max_examples=groups,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(_lanes)
    def check(lanes: list[Any]) -> None:
        sequences.check(lanes)

    check()
    return sequences.done


@pytest.mark.timeout(900)
def test_incremental_equals_full_refresh(project: Project) -> None:
    # hypothesis begins with the least it can think of, which is nothing at all
    assert _run(project, groups=3) >= 20


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_incremental_equals_full_refresh_at_length(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()

    def progress(message: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"{(time.monotonic() - started) / 60:6.1f} min  {message}\n")
            sys.stdout.flush()

    assert _run(project, groups=24, progress=progress) >= 300
