"""Rows of the newest closed day against the same weekday's history.

Retail has weeks: a Sunday is held against Sundays. The yardstick is robust (median and median absolute deviation), so
one Black Friday among eight Fridays doesn't widen it for the weeks after.
"""

from __future__ import annotations

import statistics
from datetime import date, timedelta
from typing import Any

import dagster as dg
from pymysql.connections import Connection

from retail_platform.contracts import Contract
from retail_platform.starrocks.connection import query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE
from retail_platform.transformation.checks.verdict import verdict

NAME = "volume_like_same_weekday"
DESCRIPTION = "The newest closed day has about as many rows as the same weekday had in the weeks before."
WEEKS = 8
LEAST_WEEKS = 3
# 1.4826 x MAD estimates the standard deviation; below 30 % nothing is called unusual, however steady the history was.
_DEVIATIONS = 4 * 1.4826
_LEAST_SHARE = 0.3


def check(key: dg.AssetCheckKey, contract: Contract, connection: Connection[Any], bronze: str) -> dg.AssetCheckResult:
    """Compare the newest closed day of a raw table with its weekday's history."""
    sql = volume_sql(contract, bronze, newest_closed_day(connection, bronze))
    counts = {row["dt"]: int(row["n"]) for row in query(connection, sql)}
    if not counts:
        return verdict(key, [], f"no closed day of {contract.table} has rows yet", sql)
    newest = max(counts)
    history = [counts[day] for week in range(1, WEEKS + 1) if (day := newest - timedelta(weeks=week)) in counts]
    if len(history) < LEAST_WEEKS:
        return verdict(key, [], f"{len(history)} earlier weeks: too few to judge {newest} by", sql)
    low, high = expected_range(history)
    unusual = not low <= counts[newest] <= high
    summary = f"{newest} has {counts[newest]:,} rows; its weekday's history says {low:,.0f} to {high:,.0f}"
    problems = [{"dt": newest, "rows": counts[newest], "least": round(low), "most": round(high)}] if unusual else []
    more = {"rows": counts[newest], "median": statistics.median(history), "weeks": len(history)}
    return verdict(key, problems, summary, sql, severity=dg.AssetCheckSeverity.WARN, more=more)


def expected_range(history: list[int]) -> tuple[float, float]:
    """What a day may have, going by earlier ones: median plus and minus what is usual."""
    middle = statistics.median(history)
    deviation = statistics.median(abs(count - middle) for count in history)
    slack = max(_DEVIATIONS * deviation, _LEAST_SHARE * middle, 10)
    return max(middle - slack, 0), middle + slack


def newest_closed_day(connection: Connection[Any], bronze: str) -> date | None:
    """The newest day that was loaded to its end; a day still trading has fewer rows, and that is no news."""
    table = quote_table(bronze, AUDIT_TABLE)
    sql = f"SELECT MAX(dt) AS dt FROM {table} WHERE status = 'loaded' AND as_of >= DATE_ADD(dt, INTERVAL 1 DAY)"
    found: date | None = query(connection, sql)[0]["dt"]
    return found


def volume_sql(contract: Contract, bronze: str, newest: date | None) -> str:
    """Rows of that day and of its weekday in the weeks before, days as literals so that other partitions stay shut."""
    last = newest or date(1970, 1, 1)
    days = ", ".join(f"'{last - timedelta(weeks=week)}'" for week in range(WEEKS + 1))
    return f"SELECT dt, COUNT(*) AS n FROM {quote_table(bronze, contract.table)} WHERE dt IN ({days}) GROUP BY dt"
