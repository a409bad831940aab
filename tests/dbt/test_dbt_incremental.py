"""The invariant: after any sequence of loads, what incremental builds made equals a full refresh, row for row."""

from __future__ import annotations

import time
from typing import Any

import pytest
from dbt_harness import TABLES, Project
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from small_retailer import DAYS, Row, customer, day, lines, order, product, rate, store

_variant = st.integers(0, 2)
_day = st.integers(0, DAYS - 1)
_number = st.integers(0, 3)


@st.composite
def _loads(draw: st.DrawFn) -> list[tuple[str, int, list[Row]]]:
    """One load of one feed's day: full, partial, different from before, or empty (everything stale)."""
    on = draw(_day)
    kind = draw(st.sampled_from(["orders", "orders", "orders", "customers", "products", "stores", "exchange_rates", "nothing"]))
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
        placed = draw(st.integers(max(0, on - 2), on))
        status = "placed" if placed == on else draw(st.sampled_from(["paid", "shipped", "cancelled", "returned"]))
        headers.append(order(placed, number, variant, on, status))
        if placed == on or status == "returned":
            items += lines(placed, number, variant, on, returned=int(status == "returned"))
    halves = [("orders", on, headers), ("order_items", on, items)]
    return draw(st.sampled_from([halves, halves, halves, halves[:1], halves[1:]]))


# Each inner list of loads is followed by an incremental build.
_sequences = st.lists(st.lists(_loads(), min_size=1, max_size=4), min_size=2, max_size=4)


def _differences(incremental: dict[str, list[Any]], full: dict[str, list[Any]]) -> str:
    found = []
    for table in TABLES:
        only_incremental = [row for row in incremental[table] if row not in full[table]]
        only_full = [row for row in full[table] if row not in incremental[table]]
        if only_incremental or only_full:
            found.append(f"{table}:\n  incremental only: {only_incremental}\n  full only:        {only_full}")
    return "\n".join(found)


class Sequences:
    """Runs sequences one after another on the same databases; each starts from empty raw tables."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.done = 0

    def check(self, sequence: list[list[list[tuple[str, int, list[Row]]]]]) -> None:
        """Load, build, load, build ...; then compare with a full refresh."""
        for feed in ("orders", "order_items", "customers", "products", "stores", "exchange_rates"):
            for number in range(DAYS):
                self.project.load(feed, day(number), [])
        for step in sequence:
            for load in step:
                for feed, on, rows in load:
                    self.project.load(feed, day(on), rows)
            self.project.run("--exclude", "dim_date", "staging")
        incremental = self.project.everything()
        self.project.run("--full-refresh", "--exclude", "dim_date", "staging")
        difference = _differences(incremental, self.project.everything())
        assert not difference, difference
        self.done += 1


def _run(project: Project, examples: int, seconds: float) -> int:
    project.run()
    sequences = Sequences(project)
    deadline = time.monotonic() + seconds

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples < 100,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(_sequences)
    def check(sequence: list[Any]) -> None:
        if time.monotonic() < deadline:
            sequences.check(sequence)

    check()
    return sequences.done


@pytest.mark.timeout(900)
def test_incremental_equals_full_refresh(project: Project) -> None:
    done = _run(project, examples=24, seconds=240)
    assert done >= 20


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_incremental_equals_full_refresh_at_length(project: Project) -> None:
    done = _run(project, examples=300, seconds=7000)
    assert done >= 300
