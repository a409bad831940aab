"""Raw tables against the receipts of their loads, load by load."""

from __future__ import annotations

from typing import Any

import dagster as dg
from pymysql.connections import Connection

from retail_platform.contracts import Contract
from retail_platform.starrocks.connection import query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE
from retail_platform.transformation.checks.verdict import verdict

NAME = "rows_match_load_audit"
DESCRIPTION = "For every day: the rows of the table are those its load receipts speak of, load by load."


def check(key: dg.AssetCheckKey, contract: Contract, connection: Connection[Any], bronze: str) -> dg.AssetCheckResult:
    """Compare a raw table with the audit of its loads."""
    sql = unaudited_sql(contract, bronze)
    problems = query(connection, sql)
    rows = sum(int(row["rows_in_table"]) - int(row["rows_audited"]) for row in problems)
    summary = (
        f"{rows} rows in {len(problems)} loads of {contract.table} that no receipt accounts for"
        if problems
        else f"every row of {contract.table} belongs to a load in the audit"
    )
    return verdict(key, problems, summary, sql, more={"unaccounted_rows": rows})


def unaudited_sql(contract: Contract, bronze: str) -> str:
    """Days and loads whose rows the audit doesn't account for.

    A load's rows may be fewer than were loaded, because later slices of the day replace rows; never more, and never
    rows of a load that isn't in the audit. A day whose newest load lost rows is told by the loader itself.
    """
    return (
        f"SELECT t.dt AS dt, t._load_id AS load_id, t.n AS rows_in_table, COALESCE(a.n, 0) AS rows_audited "
        f"FROM (SELECT dt, _load_id, COUNT(*) AS n FROM {quote_table(bronze, contract.table)} GROUP BY dt, _load_id) t "
        f"LEFT JOIN (SELECT load_id, SUM(rows_loaded) AS n FROM {quote_table(bronze, AUDIT_TABLE)} "
        f"WHERE status = 'loaded' AND table_name = '{contract.table}' GROUP BY load_id) a ON a.load_id = t._load_id "
        "WHERE a.n IS NULL OR t.n > a.n ORDER BY dt, load_id LIMIT 100"
    )
