"""The dbt project against a warehouse: load raw rows, build in this process, read the marts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from small_retailer import a_day
from small_retailer import day as day_of

from retail_platform.contracts import CONTRACTS, contract_for
from retail_platform.starrocks.connection import connect, execute, query, quote_name, quote_table

if TYPE_CHECKING:
    from tests.conftest import Platform

PROJECT = Path(__file__).parents[2] / "dbt"

# Everything a reader sees, and the histories it is made of; the columns that put its rows in order.
TABLES: dict[str, tuple[str, ...]] = {
    "int_customers_history": ("customer_id", "valid_from"),
    "int_products_history": ("product_id", "valid_from"),
    "int_stores_history": ("store_id", "valid_from"),
    "int_exchange_rates_history": ("currency", "valid_from"),
    "int_product_daily_sales": ("order_date", "product_id", "category", "subcategory"),
    "int_customer_metrics": ("customer_id",),
    "dim_customers": ("customer_id",),
    "dim_customers_history": ("customer_id", "valid_from"),
    "dim_products": ("product_id",),
    "dim_stores": ("store_id",),
    "fct_orders": ("order_id", "order_date"),
    "fct_sales": ("order_id", "line_number"),
    "fact_daily_sales": ("order_date", "store_id", "channel", "currency"),
    "agg_daily_sales": ("order_date",),
    "agg_sales_by_category": ("order_date", "category", "subcategory"),
    "customer_metrics": ("customer_id",),
    "store_metrics": ("store_id",),
    "product_metrics": ("product_id",),
}

RawRow = Mapping[str, object]


class BuildFailed(AssertionError):
    """dbt reported errors; the message holds them."""


class Project:
    """The project in one test's databases. The manifest is parsed once and kept, as a warm runner does."""

    def __init__(self, platform: Platform, scratch: Path, directory: Path = PROJECT) -> None:
        self.platform = platform
        self.scratch = scratch
        self.directory = directory
        self.manifest: Manifest | None = None
        self._open = ExitStack()
        self.connection = self._open.enter_context(connect(platform.starrocks))

    def dbt(self, *arguments: str) -> list[Any]:
        """Run a dbt command; its node results, or BuildFailed."""
        paths = ["--project-dir", str(self.directory), "--profiles-dir", str(self.directory)]
        paths += ["--target-path", str(self.scratch / "target"), "--log-path", str(self.scratch / "logs")]
        if self.manifest is None:
            parsed = dbtRunner().invoke(["--quiet", "parse", *paths])
            if not parsed.success:
                raise BuildFailed(str(parsed.exception))
            assert isinstance(parsed.result, Manifest)
            self.manifest = parsed.result
        outcome = dbtRunner(manifest=self.manifest).invoke(["--quiet", arguments[0], *paths, *arguments[1:]])
        results = list(getattr(outcome.result, "results", None) or [])
        if not outcome.success:
            bad = [f"{r.node.name}: {r.message}" for r in results if r.status in ("error", "fail")]
            raise BuildFailed("\n".join(bad) or str(outcome.exception))
        return results

    def run(self, *arguments: str) -> dict[str, str]:
        """Build models; what each did, by name."""
        return {r.node.name: str(r.adapter_response.get("code", "")) for r in self.dbt("run", *arguments)}

    def load(self, feed: str, day: date, rows: Sequence[RawRow]) -> None:
        """Make a feed's day consist of exactly these rows, as a load with stale rows does."""
        self.load_days(feed, {day: rows})

    def load_day(self, number: int) -> None:
        """Make a day what every feed of the small retailer delivers for it."""
        for feed, rows in a_day(number).items():
            self.load(feed, day_of(number), rows)

    def load_days(self, feed: str, days: Mapping[date, Sequence[RawRow]]) -> None:
        """The same for several days of a feed."""
        contract = contract_for(feed)
        table = quote_table(self.platform.retail.bronze, contract.table)
        keys = {(on, *(str(row[name]) for name in contract.key)) for on, rows in days.items() for row in rows}
        listed = ", ".join(f"'{on}'" for on in days)
        names = ", ".join(quote_name(name) for name in ("dt", *contract.key))
        present = {
            tuple(row.values()) for row in query(self.connection, f"SELECT {names} FROM {table} WHERE dt IN ({listed})")
        }
        columns = [*contract.column_names, "dt", "_load_id", "_loaded_at"]
        values = [
            [*(_text(row.get(n)) for n in contract.column_names), str(on), "test", f"{on} 23:59:59"]
            for on, rows in days.items()
            for row in rows
        ]
        if values:
            marks = ", ".join("(" + ", ".join(["%s"] * len(columns)) + ")" for _ in values)
            execute(
                self.connection,
                f"INSERT INTO {table} ({', '.join(map(quote_name, columns))}) VALUES {marks}",
                [value for row in values for value in row],
            )
        gone = sorted(present - keys)
        if gone:
            one = " AND ".join(f"{quote_name(name)} = %s" for name in ("dt", *contract.key))
            where = " OR ".join([f"({one})"] * len(gone))
            execute(self.connection, f"DELETE FROM {table} WHERE {where}", [str(part) for key in gone for part in key])

    def empty_raw_tables(self) -> None:
        """Take every raw row away."""
        for contract in CONTRACTS:
            execute(self.connection, f"TRUNCATE TABLE {quote_table(self.platform.retail.bronze, contract.table)}")

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """All rows of a model, in order."""
        database = self.platform.retail.silver if table.startswith(("int_", "stg_")) else self.platform.retail.gold
        order = f" ORDER BY {', '.join(TABLES[table])}" if table in TABLES else ""
        found = query(self.connection, f"SELECT * FROM {quote_table(database, table)}{order}")
        return [tuple(row.values()) for row in found]

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every mart and history, row for row."""
        return {table: self.rows(table) for table in TABLES}

    def versions(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Partition id and version of everything in silver and gold, the bookkeeping apart."""
        retail = self.platform.retail
        found = query(
            self.connection,
            "SELECT TABLE_NAME t, PARTITION_NAME p, PARTITION_ID i, VISIBLE_VERSION v "
            "FROM information_schema.partitions_meta "
            "WHERE DB_NAME IN (%s, %s) AND TABLE_NAME NOT IN ('build_state', 'key_changes')",
            [retail.silver, retail.gold],
        )
        return {(row["t"], row["p"]): (int(row["i"]), int(row["v"])) for row in found}

    def close(self) -> None:
        """End the connection."""
        self._open.close()


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
