"""A reader who never stops meets no error, no missing table and no half of one."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import dbt_harness
import pytest
from dbt_harness import TABLES, Project
from small_retailer import customer, day, lines, order, product, rate, store

from retail_platform.starrocks.connection import query, quote_table


def _load(project: Project, number: int, variant: int) -> None:
    on = day(number)
    project.load("customers", on, [customer(n, variant, number) for n in range(3)])
    project.load("products", on, [product(n, variant, number) for n in range(3)])
    project.load("stores", on, [store(n, 0) for n in range(2)])
    project.load("exchange_rates", on, [rate(currency, variant, number) for currency in ("USD", "EUR")])
    project.load("orders", on, [order(number, n, variant, number, "placed") for n in range(4)])
    project.load("order_items", on, [line for n in range(4) for line in lines(number, n, variant, number)])


class Reader(threading.Thread):
    """Queries every mart in a loop; remembers what it must never see."""

    def __init__(self, project: Project) -> None:
        super().__init__(daemon=True)
        self.project = project
        self.stop = threading.Event()
        self.rounds = 0
        self.problems: list[str] = []

    def run(self) -> None:
        with dbt_harness.connect(self.project.platform.starrocks) as connection:
            while not self.stop.is_set():
                for table in TABLES:
                    self._read(connection, table)
                self.rounds += 1

    def _read(self, connection: Any, table: str) -> None:
        retail = self.project.platform.retail
        database = retail.silver if table.startswith("int_") else retail.gold
        name = quote_table(database, table)
        try:
            rows = query(connection, f"SELECT count(*) AS n FROM {name}")[0]["n"]
            if rows == 0:
                self.problems.append(f"{table} is empty")
            if table == "fct_sales":
                self._whole_orders(connection, name)
        except Exception as error:  # noqa: BLE001 - whatever a reader gets is a finding
            self.problems.append(f"{table}: {error!r}")

    def _whole_orders(self, connection: Any, name: str) -> None:
        """Discounts of whole orders are 0.00 or 1.00: any other sum is an order seen in part."""
        sql = f"SELECT order_id, sum(order_discount_amount) AS d FROM {name} GROUP BY order_id"
        partial = [row for row in query(connection, sql) if Decimal(row["d"]) not in (Decimal("0.00"), Decimal("1.00"))]
        if partial:
            self.problems.append(f"fct_sales shows part of an order: {partial}")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("builds", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_readers_never_see_a_gap(project: Project, builds: int) -> None:
    for number in range(2):
        _load(project, number, 0)
    project.run()
    reader = Reader(project)
    reader.start()
    for build in range(builds):
        if build % 4 == 3:
            project.run("--full-refresh")
        else:
            # the variant decides how many lines an order has: lines come, change and go
            _load(project, build % 5, build % 3 if build % 5 > 1 else 0)
            project.run("--exclude", "dim_date")
    reader.stop.set()
    reader.join(30)
    assert not reader.problems, reader.problems[:5]
    assert reader.rounds >= builds
