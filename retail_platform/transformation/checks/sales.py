"""The checks of the marts that aren't dbt's: control totals of every recent day, and a sampled day computed anew."""

# Dagster reads annotations of configuration and resources, so they must not be postponed here.
import time
from collections.abc import Sequence
from typing import Any

import dagster as dg

from retail_platform.resources import Landing, Warehouse
from retail_platform.transformation.checks import sampled
from retail_platform.transformation.checks.settled import Stations, settled_stations
from retail_platform.transformation.checks.stations import (
    FeedDay,
    SalesDay,
    mart_sales_sql,
    raw_sales_sql,
    recent_days,
)
from retail_platform.transformation.checks.verdict import verdict
from retail_platform.transformation.outage import WAIT_FOR_WAREHOUSE

FCT_SALES = dg.AssetKey(["gold", "fct_sales"])
FACT_DAILY_SALES = dg.AssetKey(["gold", "fact_daily_sales"])
TOTALS = "control_totals_agree"
_HOUR = 3600


@dg.asset_check(
    asset=FCT_SALES,
    name=TOTALS,
    blocking=True,
    description="Recent days: landed files = load audit = raw tables, and raw order lines = fct_sales, to the cent.",
    automation_condition=dg.AutomationCondition.eager(),
    retry_policy=WAIT_FOR_WAREHOUSE,
)
def control_totals_agree(warehouse: Warehouse, landing: Landing) -> dg.AssetCheckResult:
    """Compare control totals at every station, day by day, of what the stations have had time to pass on."""
    settings = warehouse.settings
    with warehouse.connect() as connection:
        days = recent_days(connection, settings)
        found = settled_stations(connection, settings, landing.zone(), days)
    problems = [_feed_problem(one) for one in found.feeds if not one.agrees]
    problems += [_sales_problem(one) for one in found.sales if not one.agrees]
    waits = found.waiting
    sql = f"{raw_sales_sql(settings, days, waits)};\n\n{mart_sales_sql(settings, days, waits)}" if days else ""
    summary = _summary(problems, days, found.sales) + _not_compared(found)
    return verdict(dg.AssetCheckKey(FCT_SALES, TOTALS), problems, summary, sql, more=_amounts(found.sales))


@dg.asset_check(
    asset=FACT_DAILY_SALES,
    name=sampled.NAME,
    description=sampled.DESCRIPTION,
    automation_condition=dg.AutomationCondition.eager(),
    retry_policy=WAIT_FOR_WAREHOUSE,
)
def sampled_day_equals_recomputation(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Compute one day anew and compare."""
    with warehouse.connect() as connection:
        key = dg.AssetCheckKey(FACT_DAILY_SALES, sampled.NAME)
        return sampled.check(key, connection, warehouse.settings, turn=int(time.time()) // _HOUR)


def _feed_problem(one: FeedDay) -> dict[str, Any]:
    stations = {"landed": one.landed, "audited": one.audited, "raw": one.raw}
    said = {name: f"{t.rows:,} rows, {t.amount:,}" if t else "unknown" for name, t in stations.items()}
    return {"day": one.day, "what": one.feed, **said, "fct_sales": "", "rows_missing": one.audited.rows - one.raw.rows}


def _sales_problem(one: SalesDay) -> dict[str, Any]:
    said = {
        name: f"{t.orders:,} orders, {t.items:,} lines, {t.revenue:,}"
        for name, t in (("raw", one.raw), ("fct_sales", one.mart))
    }
    missing = one.raw.items - one.mart.items
    return {"day": one.day, "what": "sales", "landed": "", "audited": "", **said, "rows_missing": missing}


def _summary(problems: Sequence[dict[str, Any]], days: Sequence[object], sales: Sequence[SalesDay]) -> str:
    if not days:
        return "nothing is loaded yet"
    if not problems:
        revenue = sum(one.mart.revenue for one in sales)
        return f"{len(days)} days agree at every station: {revenue:,} of revenue in fct_sales"
    wrong = sorted({str(problem["day"]) for problem in problems})
    return f"totals differ on {len(wrong)} of {len(days)} days: {', '.join(wrong[:5])}"


def _not_compared(found: Stations) -> str:
    if found.waiting.everything:
        return "; sales not compared: fct_sales is still to be built"
    parts = (
        [f"; orders with rows of {len(found.waiting.days)} days wait for the next build"] if found.waiting.days else []
    )
    parts += [f"; being loaded: {', '.join(map(str, found.loading))}"] if found.loading else []
    return "".join(parts)


def _amounts(sales: Sequence[SalesDay]) -> dict[str, Any]:
    return {
        "orders_missing": sum(one.raw.orders - one.mart.orders for one in sales),
        "lines_missing": sum(one.raw.items - one.mart.items for one in sales),
        "revenue_missing": str(sum(one.raw.revenue - one.mart.revenue for one in sales)),
    }
