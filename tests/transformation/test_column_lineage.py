"""Columns of models are traced to the columns upstream they are made of."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from sqlglot.errors import SqlglotError

from retail_platform.transformation import column_lineage
from retail_platform.transformation.column_lineage import ColumnLineage, read_lineage
from retail_platform.transformation.models import MANIFEST
from retail_platform.transformation.translator import RetailTranslator

TABLES = {"stg_orders": ["order_id", "status", "amount"], "rates": ["currency", "rate"]}


def _read(sql: str, *columns: str) -> dict[str, list[tuple[str, str]]]:
    return read_lineage(sql, columns, TABLES)


def test_through_ctes_aliases_and_stars() -> None:
    sql = """
        with orders as (select * from `silver`.`stg_orders` where true and status <> 'x'),
        priced as (select o.*, o.amount * r.rate as usd from orders as o join `silver`.`rates` r on currency = status)
        select order_id, sum(usd) as usd, count(*) as orders, row_number() over (order by max(status)) as place
        from priced group by order_id"""
    assert _read(sql, "order_id", "usd", "orders", "place") == {
        "order_id": [("stg_orders", "order_id")],
        "usd": [("rates", "rate"), ("stg_orders", "amount")],
        "orders": [],
        "place": [("stg_orders", "status")],
    }


def test_a_cte_may_have_the_name_of_a_table() -> None:
    sql = "with rates as (select amount as rate from d.stg_orders) select a.rate, b.rate as usd from rates a, d.rates b"
    assert _read(sql, "rate", "usd") == {"rate": [("stg_orders", "amount")], "usd": [("rates", "rate")]}


@pytest.mark.parametrize("sql", ["select from where", "select order_id from d.stg_orders"])
def test_what_cant_be_read_is_an_error(sql: str) -> None:
    with pytest.raises(SqlglotError):
        _read(sql, "nowhere")


def test_what_was_found_is_kept_until_the_project_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unique_id = "model.retail.agg_daily_sales"
    columns = ", ".join(f"f.net_amount_usd as {name}" for name in MANIFEST["nodes"][unique_id]["columns"])
    sql = f"select {columns} from gold.fct_sales f"
    lineage = ColumnLineage(MANIFEST, RetailTranslator(), tmp_path / "kept")
    found = lineage.of(unique_id, sql)
    source = dg.TableColumnDep(dg.AssetKey(["gold", "fct_sales"]), "net_amount_usd")
    assert found.deps_by_column["orders"] == [source]

    monkeypatch.setattr(column_lineage, "read_lineage", lambda *_: pytest.fail("read again"))
    assert ColumnLineage(MANIFEST, RetailTranslator(), tmp_path / "kept").of(unique_id, "anything") == found
    monkeypatch.undo()

    model = {**MANIFEST["nodes"][unique_id], "checksum": {"checksum": "another"}}
    changed = {**MANIFEST, "nodes": {**MANIFEST["nodes"], unique_id: model}}
    other = ColumnLineage(changed, RetailTranslator(), tmp_path / "kept")
    assert other.of(unique_id, sql.replace("f.net_amount_usd", "f.quantity")) != found
    assert len(list((tmp_path / "kept").iterdir())) == 1
