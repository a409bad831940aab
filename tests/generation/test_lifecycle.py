"""Orders live on after their day, one step at a time."""

from datetime import date, timedelta

import polars as pl
import pytest

from retail_platform.contracts.feeds import ORDER_STATUSES
from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.generation.lifecycle import HORIZON

START = date(2024, 3, 1)
RANK = {status: i for i, status in enumerate(ORDER_STATUSES)}


@pytest.fixture(scope="module")
def month():
    settings = GenerationSettings(orders_per_day=120)
    return [generate_day(settings, START + timedelta(days=d)) for d in range(HORIZON + 3)]


def _history(month, feed):
    return pl.concat(
        [frames[feed].with_columns(dt=pl.lit(START + timedelta(days=d))) for d, frames in enumerate(month)]
    )


def test_statuses_only_move_forward_and_each_row_reports_a_change(month):
    history = _history(month, "orders").filter(pl.col("ordered_at").dt.date() == START).sort("order_id", "dt")
    rank = history.with_columns(rank=pl.col("status").replace_strict(RANK))
    steps = rank.with_columns(
        step=pl.col("rank").diff().over("order_id"), gap=pl.col("updated_at").diff().over("order_id")
    ).drop_nulls("step")
    assert steps.height > 150
    assert (steps["gap"] > timedelta(0)).all()
    # a partial return changes the order but not its status
    partial = steps.filter(pl.col("step") == 0)
    assert set(partial["status"]) <= {"delivered"}
    assert (steps["step"] >= 0).all()


def test_every_order_comes_to_an_end(month):
    history = _history(month, "orders").filter(pl.col("ordered_at").dt.date() < START + timedelta(days=3))
    last = history.sort("dt").group_by("order_id").last()
    shares = dict(last["status"].value_counts(normalize=True).iter_rows())
    assert set(shares) <= {"delivered", "cancelled", "returned"}
    assert shares["delivered"] > 0.7
    assert 0 < shares["cancelled"] < 0.12
    assert 0 < shares["returned"] < 0.3


def test_what_an_order_is_does_not_change_with_its_status(month):
    fixed = ["customer_id", "store_id", "channel", "currency", "promotion_id", "discount_amount", "shipping_amount",
             "total_amount", "ordered_at"]  # fmt: skip
    variants = _history(month, "orders").select("order_id", *fixed).unique()
    assert variants["order_id"].is_unique().all()


def test_returned_lines_come_again_in_full(month):
    history = _history(month, "order_items").sort("order_id", "line_number", "dt")
    fixed = ["product_id", "quantity", "unit_price", "discount_amount", "line_amount"]
    assert (
        history.select("order_id", "line_number", *fixed).unique().select("order_id", "line_number").is_unique().all()
    )
    again = history.filter(pl.col("returned_quantity") > 0)
    assert again.height > 20
    assert (again["updated_at"].dt.date() == again["dt"]).all()
    assert again.select("order_id", "line_number").is_unique().all()
    orders = _history(month, "orders").select("order_id", "dt", "status", "updated_at")
    joined = again.join(orders, on=["order_id", "dt"], how="left")
    assert joined["status"].is_in(["delivered", "returned"]).all()
    assert (joined["updated_at"] == joined["updated_at_right"]).all()


def test_fully_returned_orders_and_only_they_are_returned(month):
    items = _history(month, "order_items").sort("dt").group_by("order_id", "line_number").last()
    whole = items.group_by("order_id").agg(whole=(pl.col("returned_quantity") == pl.col("quantity")).all())
    orders = _history(month, "orders").sort("dt").group_by("order_id").last()
    joined = orders.filter(pl.col("ordered_at").dt.date() >= START).join(whole, on="order_id")
    assert joined.height > 500
    assert ((joined["status"] == "returned") == joined["whole"]).all()
