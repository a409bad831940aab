"""Stations compared while loads are under way: what is in motion is waited for or left out, never reported.

Reading four stations takes several queries, and a load moves through the stations one after another. A difference
counts if it is still the same after a pause and nobody is loading the day; a real loss stays, a load goes by.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pymysql.connections import Connection

from retail_platform.landing import LandingZone
from retail_platform.settings import RetailSettings
from retail_platform.starrocks.connection import query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE
from retail_platform.transformation.checks.consumed import Waiting, waiting
from retail_platform.transformation.checks.stations import FeedDay, SalesDay, feed_days, sales_days

PAUSE = 3.0
READINGS = 4
# A load announced longer ago and not finished is no load under way: it died.
_LONGEST_LOAD = timedelta(minutes=15)


@dataclass(frozen=True)
class Stations:
    """Every station's totals of some days.

    Attributes:
        feeds: By feed and day of loading, days being loaded right now left out.
        sales: By day of order, orders the marts have not consumed yet left out.
        loading: Days being loaded right now.
        waiting: What the marts have not consumed yet.
    """

    feeds: list[FeedDay]
    sales: list[SalesDay]
    loading: tuple[date, ...]
    waiting: Waiting


def settled_stations(
    connection: Connection[Any],
    settings: RetailSettings,
    zone: LandingZone,
    days: Sequence[date],
    pause: Callable[[float], None] = time.sleep,
) -> Stations:
    """Read the stations until they agree or what differs no longer moves."""
    feeds = feed_days(connection, settings, zone, days)
    for _ in range(READINGS - 1):
        wrong = {one.day: one for one in feeds if not one.agrees}
        if not wrong:
            break
        pause(PAUSE)
        again = feed_days(connection, settings, zone, sorted(wrong))
        still = [one for one in feeds if one.day in wrong]
        feeds = [one for one in feeds if one.day not in wrong] + again
        if still == again:
            break
    loading = _loading(connection, settings, days) if any(not one.agrees for one in feeds) else ()
    waits, sales = _consumed_sales(connection, settings, days)
    return Stations([one for one in feeds if one.agrees or one.day not in loading], sales, loading, waits)


def _consumed_sales(
    connection: Connection[Any], settings: RetailSettings, days: Sequence[date]
) -> tuple[Waiting, list[SalesDay]]:
    """Sales totals of what the marts have consumed; read again if a load or a build came in between."""
    waits = waiting(connection, settings)
    sales = sales_days(connection, settings, days, waits)
    for _ in range(READINGS - 1):
        if all(one.agrees for one in sales):
            break
        before, waits = waits, waiting(connection, settings)
        if waits == before:
            break
        sales = sales_days(connection, settings, days, waits)
    return waits, sales


def _loading(connection: Connection[Any], settings: RetailSettings, days: Sequence[date]) -> tuple[date, ...]:
    since = datetime.now(UTC) - _LONGEST_LOAD
    sql = (
        f"SELECT DISTINCT dt FROM {quote_table(settings.bronze, AUDIT_TABLE)} "
        f"WHERE status = 'loading' AND started_at >= '{since:%Y-%m-%d %H:%M:%S}' ORDER BY dt"
    )
    return tuple(row["dt"] for row in query(connection, sql) if row["dt"] in set(days))
