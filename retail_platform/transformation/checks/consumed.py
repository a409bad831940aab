"""What of the raw tables the marts have not consumed yet.

Loads arrive while a check reads. A comparison of raw rows with marts is fair only for what the marts were built from:
every build remembers, in ``silver.build_state``, the partition versions it read. Orders the next build will look at
anyway are left out of the comparison; all others must agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pymysql.connections import Connection

from retail_platform.settings import RetailSettings
from retail_platform.starrocks.connection import query, quote_table
from retail_platform.starrocks.metadata import partition_day, relations

# What decides which lines fct_sales has: its own reading of the lines, and fct_orders' reading of both.
_READINGS = (("fct_orders", "raw_orders"), ("fct_orders", "raw_order_items"), ("fct_sales", "raw_order_items"))


@dataclass(frozen=True)
class Waiting:
    """What the next build of the sales will look at.

    Attributes:
        days: Days of loading with rows the marts have not consumed in the version they have now.
        everything: Nothing can be compared: a mart was never built, or must be rebuilt in full.
    """

    days: tuple[date, ...] = ()
    everything: bool = False


def waiting(connection: Connection[Any], settings: RetailSettings) -> Waiting:
    """Compare partition versions as they are with those the marts have consumed; metadata alone."""
    if "build_state" not in {row["TABLE_NAME"] for row in relations(connection, [settings.silver])}:
        return Waiting(everything=True)  # loaded, never built
    built = query(connection, f"SELECT DISTINCT model FROM {_state(settings)} WHERE source_table = '#code'")
    if not {"fct_orders", "fct_sales"} <= {row["model"] for row in built}:
        return Waiting(everything=True)
    told = query(
        connection,
        f"SELECT COUNT(*) AS n FROM {_changes(settings)} WHERE consumer IN ('fct_orders', 'fct_sales') "
        "AND entity_key = '*'",
    )
    if int(told[0]["n"]):
        return Waiting(everything=True)
    days = [partition_day(str(row["part"])) for row in query(connection, _unconsumed_sql(settings))]
    return Waiting(days=tuple(sorted({day for day in days if day})))


def left_out(settings: RetailSettings, waits: Waiting) -> str:
    """Condition on ``order_id`` that keeps the orders the marts have consumed; empty if that is all of them.

    An order is left out if it has a row on a waiting day, had one there when the marts were built, or is known to have
    changed in ``fct_orders`` since ``fct_sales`` was built.
    """
    if waits.everything:
        return " AND 1 = 0"
    changed = f"SELECT entity_key FROM {_changes(settings)} WHERE consumer = 'fct_sales' AND producer = 'fct_orders'"
    parts = [changed]
    if waits.days:
        days = ", ".join(f"'{day}'" for day in waits.days)
        parts += [
            f"SELECT order_id FROM {quote_table(settings.bronze, table)} WHERE dt IN ({days})"
            for table in ("raw_orders", "raw_order_items")
        ]
        parts.append(f"SELECT order_id FROM {quote_table(settings.gold, 'fct_orders')} WHERE {_lived_on(waits.days)}")
    return f" AND order_id NOT IN ({' UNION DISTINCT '.join(parts)})"


def _lived_on(days: Sequence[date]) -> str:
    return " OR ".join(f"(first_day <= '{day}' AND last_day >= '{day}')" for day in days)


def _unconsumed_sql(settings: RetailSettings) -> str:
    """Partitions that are new, changed or gone since a model read them.

    A shared-data cluster raises VISIBLE_VERSION when it compacts, and builds may be told to go by DATA_VERSION: a
    remembered version that equals either of them is current.
    """
    pairs = " OR ".join(
        f"(model = '{model}' AND source_table = '{settings.bronze}.{table}')" for model, table in _READINGS
    )
    wanted = " UNION ALL ".join(
        f"SELECT '{model}' AS model, '{settings.bronze}.{table}' AS source_table" for model, table in _READINGS
    )
    return (
        "SELECT COALESCE(p.part, r.partition_name) AS part FROM (SELECT w.model AS model, w.source_table AS "
        "source_table, m.PARTITION_NAME AS part, m.PARTITION_ID AS id, m.VISIBLE_VERSION AS v, m.DATA_VERSION AS d "
        f"FROM ({wanted}) AS w JOIN information_schema.partitions_meta AS m "
        "ON CONCAT(m.DB_NAME, '.', m.TABLE_NAME) = w.source_table "
        f"WHERE m.DB_NAME = '{settings.bronze}' AND m.IS_TEMP = 0 AND m.PARTITION_NAME NOT LIKE '$%') AS p "
        "FULL OUTER JOIN (SELECT model, source_table, partition_name, partition_id, visible_version "
        f"FROM {_state(settings)} WHERE {pairs}) AS r "
        "ON r.model = p.model AND r.source_table = p.source_table AND r.partition_name = p.part "
        "WHERE p.part IS NULL OR r.partition_name IS NULL OR p.id <> r.partition_id "
        "OR (p.v <> r.visible_version AND p.d <> r.visible_version)"
    )


def _state(settings: RetailSettings) -> str:
    return quote_table(settings.silver, "build_state")


def _changes(settings: RetailSettings) -> str:
    return quote_table(settings.silver, "key_changes")
