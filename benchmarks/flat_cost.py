"""Whether history makes a new day dearer: a build on top of ten days, and on top of a thousand of the same size.

Warehouse work is the processor and clock time of models and tests, one after another (so that they don't wait for each
other), without dbt's start. The least of some days counts: what else runs on the machine only adds.
"""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import show
from benchmarks.own_platform import own_platform
from benchmarks.raw_rows import insert_days
from benchmarks.warm_dbt import Cost, WarmDbt
from retail_platform.settings import RetailSettings

LAST = date(2026, 11, 20)
HISTORIES = (10, 1_000)
NEW_DAYS = 5
ORDERS = 200
_WORK = ("models", "their tests", "models and tests", "all tests on all rows")


def measure_flat_cost() -> None:
    """Print seconds by the clock and of the processor, and their ratios."""
    measured = []
    for history in HISTORIES:
        with own_platform() as retail:
            measured.append(_new_day(retail, history))
    few, many = measured
    rows = [
        (work, few[work].clock, many[work].clock, many[work].clock / few[work].clock,
         few[work].processor, many[work].processor, many[work].processor / few[work].processor)
        for work in _WORK
    ]  # fmt: skip
    names = [f"{days:,} days" for days in HISTORIES]
    show(
        f"Warehouse work of a new day of {ORDERS} orders on history of the same rows per day (least of {NEW_DAYS})",
        ("", *(f"s, {name}" for name in names), "ratio", *(f"cpu s, {name}" for name in names), "ratio"),
        rows,
    )


def _new_day(retail: RetailSettings, history: int) -> dict[str, Cost]:
    """Load history, build, then load single days and build each."""
    with tempfile.TemporaryDirectory() as scratch:
        dbt = WarmDbt(Path(scratch))
        insert_days(retail, LAST - timedelta(days=history - 1), history, ORDERS)
        dbt.build()
        days = []
        for new in range(1, NEW_DAYS + 1):
            insert_days(retail, LAST + timedelta(days=new), 1, ORDERS)
            days.append(dbt.build())
        everything = dbt.test()
    return {
        "models": min(models for models, _ in days),
        "their tests": min(tests for _, tests in days),
        "models and tests": min(models + tests for models, tests in days),
        "all tests on all rows": everything,
    }
