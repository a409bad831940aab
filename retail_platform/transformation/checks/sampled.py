"""One day of `fact_daily_sales`, computed anew from the raw rows by other SQL than the models'.

Incremental builds promise to equal a full one. A full one of everything is too dear to make each time; a day is not,
and another day is taken every time, so in the long run none is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import dagster as dg
from pymysql.connections import Connection

from retail_platform.settings import RetailSettings
from retail_platform.starrocks.connection import query, quote_table
from retail_platform.transformation.checks.verdict import verdict

NAME = "sampled_day_equals_recomputation"
DESCRIPTION = "A day, another one each time, equals what its raw rows yield when it is computed from scratch."
MEASURES = ("orders", "units", "returned_units", "net_amount")


def check(
    key: dg.AssetCheckKey, connection: Connection[Any], settings: RetailSettings, turn: int
) -> dg.AssetCheckResult:
    """Compare one day with its recomputation; `turn` chooses which."""
    gold = quote_table(settings.gold, "fact_daily_sales")
    days = [row["d"] for row in query(connection, f"SELECT DISTINCT order_date AS d FROM {gold} ORDER BY d")]
    if not days:
        return verdict(key, [], "there are no sales yet", "")
    day = sampled(days, turn)
    sql = difference_sql(settings, day)
    problems = query(connection, sql)
    summary = (
        f"{day}: {len(problems)} of the day's rows in fact_daily_sales differ from what the raw rows yield"
        if problems
        else f"{day} equals what its raw rows yield"
    )
    return verdict(key, problems, summary, sql, more={"day": str(day)})


def sampled(days: Sequence[date], turn: int) -> date:
    """The day whose turn it is; steps of a prime scatter neighbours."""
    return days[turn * 7919 % len(days)]


def difference_sql(settings: RetailSettings, day: date) -> str:
    """Rows of the day that differ, with what is there and what should be."""
    shown = ", ".join(f"f.{name} AS {name}, n.{name} AS {name}_expected" for name in MEASURES)
    differ = " OR ".join(f"NOT (f.{name} <=> n.{name})" for name in MEASURES)
    return (
        f"WITH {_expected(settings, day)}, found AS (SELECT store_id, channel, currency, orders, units, "
        f"returned_units, net_amount FROM {quote_table(settings.gold, 'fact_daily_sales')} "
        f"WHERE order_date = '{day}' AND orders > 0) "
        "SELECT COALESCE(f.store_id, n.store_id) AS store_id, COALESCE(f.channel, n.channel) AS channel, "
        f"COALESCE(f.currency, n.currency) AS currency, {shown} FROM found AS f FULL OUTER JOIN expected AS n "
        "ON f.store_id = n.store_id AND f.channel = n.channel AND f.currency = n.currency "
        f"WHERE {differ} LIMIT 100"
    )


def _expected(settings: RetailSettings, day: date) -> str:
    """CTEs ending in `expected`: the day by store, channel and currency, from the newest raw row of each order."""
    placed = f"dt >= '{day}' AND order_id >= 'O{day:%Y%m%d}' AND order_id < 'O{day + timedelta(days=1):%Y%m%d}'"
    stage = {name: quote_table(settings.silver, f"stg_{name}") for name in ("orders", "order_items")}
    return (
        "headers AS (SELECT * FROM (SELECT order_id, store_id, channel, currency, status, discount_amount, "
        f"ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY dt DESC) AS age FROM {stage['orders']} WHERE {placed}) "
        "AS h WHERE age = 1 AND status <=> 'cancelled' = false), "
        "told AS (SELECT * FROM (SELECT order_id, quantity, returned_quantity, line_amount, ROW_NUMBER() OVER "
        f"(PARTITION BY order_id, line_number ORDER BY dt DESC) AS age FROM {stage['order_items']} WHERE {placed} "
        "AND line_number IS NOT NULL) AS l WHERE age = 1), "
        "sold AS (SELECT order_id, SUM(quantity) AS units, SUM(returned_quantity) AS returned_units, "
        "SUM(line_amount) AS amount FROM told GROUP BY order_id), "
        "expected AS (SELECT COALESCE(h.store_id, 'unknown') AS store_id, COALESCE(h.channel, 'unknown') AS channel, "
        "COALESCE(h.currency, 'unknown') AS currency, COUNT(*) AS orders, SUM(s.units) AS units, "
        "SUM(s.returned_units) AS returned_units, CAST(SUM(s.amount - COALESCE(h.discount_amount, 0)) "
        "AS DECIMAL(20, 2)) AS net_amount FROM headers AS h JOIN sold AS s ON s.order_id = h.order_id "
        "GROUP BY COALESCE(h.store_id, 'unknown'), COALESCE(h.channel, 'unknown'), COALESCE(h.currency, 'unknown'))"
    )
