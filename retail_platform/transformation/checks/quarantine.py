"""How much of what was sent had to be held back."""

from __future__ import annotations

from typing import Any

import dagster as dg
from pymysql.connections import Connection

from retail_platform.contracts import Contract
from retail_platform.starrocks.connection import query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE, REJECTED_TABLE
from retail_platform.transformation.checks.verdict import verdict

NAME = "quarantine_rate"
DESCRIPTION = "On each of the last 14 loaded days, few rows of the feed were held back for breaking their contract."
DAYS = 14
WARN_SHARE = 0.05
ERROR_SHARE = 0.25


def check(key: dg.AssetCheckKey, contract: Contract, connection: Connection[Any], bronze: str) -> dg.AssetCheckResult:
    """Compare rows held back with rows loaded, day by day."""
    sql = quarantine_sql(contract, bronze)
    days = query(connection, sql)
    shares = {row["dt"]: int(row["held_back"]) / max(int(row["held_back"]) + int(row["loaded"]), 1) for row in days}
    problems = [dict(row) | {"share": f"{shares[row['dt']]:.1%}"} for row in days if shares[row["dt"]] > WARN_SHARE]
    worst = max(shares.values(), default=0.0)
    held_back = sum(int(row["held_back"]) for row in days)
    summary = (
        f"{held_back:,} rows of {contract.name} held back in {len(days)} days, {worst:.1%} on the worst of them "
        f"({WARN_SHARE:.0%} is the limit)"
    )
    severity = dg.AssetCheckSeverity.ERROR if worst > ERROR_SHARE else dg.AssetCheckSeverity.WARN
    return verdict(key, problems, summary, sql, severity=severity, more={"held_back": held_back, "worst_share": worst})


def quarantine_sql(contract: Contract, bronze: str) -> str:
    """Rows loaded and rows held back of the feed's newest days, with the rule broken most often.

    A row that was let through with a warning is noted in the same table; its rule begins with `warn:`.
    """
    return (
        "SELECT a.dt AS dt, a.loaded AS loaded, COALESCE(r.held_back, 0) AS held_back, r.a_rule AS a_rule "
        f"FROM (SELECT dt, SUM(rows_loaded) AS loaded FROM {quote_table(bronze, AUDIT_TABLE)} WHERE status = 'loaded' "
        f"AND table_name = '{contract.table}' GROUP BY dt ORDER BY dt DESC LIMIT {DAYS}) AS a "
        "LEFT JOIN (SELECT dt, COUNT(*) AS held_back, MIN(rule) AS a_rule "
        f"FROM {quote_table(bronze, REJECTED_TABLE)} WHERE feed = '{contract.name}' AND rule NOT LIKE 'warn:%' "
        "GROUP BY dt) AS r ON r.dt = a.dt ORDER BY dt DESC"
    )
