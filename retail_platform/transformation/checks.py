"""Checks that no dbt test can make: totals compared across stations.

Each says what is wrong, how much, and the SQL to see it.
"""

# Dagster reads annotations of configuration and resources, so they must not be postponed here.
from collections.abc import Iterator

import dagster as dg

from retail_platform.contracts import CONTRACTS, Contract, contract_for
from retail_platform.raw_assets import raw_key
from retail_platform.reconciliation import mart_sales, raw_sales
from retail_platform.resources import Warehouse
from retail_platform.starrocks.connection import Row, query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE
from retail_platform.transformation.automation import ON_NEW_DATA

FCT_SALES = dg.AssetKey(["gold", "fct_sales"])
RAW_CHECK = "rows_match_load_audit"


@dg.multi_asset_check(
    name="raw_checks",
    specs=[
        dg.AssetCheckSpec(
            RAW_CHECK,
            asset=raw_key(contract.name),
            description="For every day: the rows of the table are those its load receipts speak of, load by load.",
            automation_condition=ON_NEW_DATA,
        )
        for contract in CONTRACTS
    ],
    can_subset=True,
)
def raw_checks(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Compare the raw tables with the audit of their loads."""
    with warehouse.connect() as connection:
        for check in sorted(context.selected_asset_check_keys, key=str):
            contract = contract_for(check.asset_key.path[-1])
            sql = _unaudited_sql(contract, warehouse.settings.bronze)
            yield _unaudited_result(check, sql, query(connection, sql))


def _unaudited_sql(contract: Contract, bronze: str) -> str:
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


def _unaudited_result(check: dg.AssetCheckKey, sql: str, rows: list[Row]) -> dg.AssetCheckResult:
    lines = [f"{r['dt']} {r['load_id']}: {r['rows_in_table']} rows, {r['rows_audited']} audited" for r in rows]
    return dg.AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=not rows,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "unaccounted_loads": len(rows),
            "examples": dg.MetadataValue.md("\n".join(f"- {line}" for line in lines[:10]) or "none"),
            "sql": dg.MetadataValue.md(f"```sql\n{sql}\n```"),
        },
    )


@dg.asset_check(
    asset=FCT_SALES,
    blocking=True,
    description="Orders, lines and revenue of fct_sales are those of the raw tables, to the cent.",
    automation_condition=dg.AutomationCondition.eager(),
)
def sales_reconcile_with_raw(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Compare the control totals of the mart with those of the raw order lines."""
    with warehouse.connect() as connection:
        raw, mart = raw_sales(connection, warehouse.settings), mart_sales(connection, warehouse.settings)
    return dg.AssetCheckResult(
        passed=raw == mart,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "orders_missing": raw.orders - mart.orders,
            "lines_missing": raw.items - mart.items,
            "revenue_missing": str(raw.revenue - mart.revenue),
            "raw": f"{raw.orders:,} orders, {raw.items:,} lines, {raw.revenue:,}",
            "fct_sales": f"{mart.orders:,} orders, {mart.items:,} lines, {mart.revenue:,}",
        },
    )
