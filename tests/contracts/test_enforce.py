"""What a contract makes of rows as careless senders send them."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from retail_platform.contracts import CONTRACTS, Action, Contract, contract_for
from retail_platform.contracts.enforce import REPEATED, ContractError, enforce, is_met
from retail_platform.generation import GenerationSettings, generate_day

DAY = date(2024, 4, 12)
ITEMS = contract_for("order_items")


@pytest.fixture(scope="module")
def clean() -> dict[str, pl.DataFrame]:
    return generate_day(GenerationSettings(orders_per_day=200), DAY)


def test_text_is_read_back_to_what_it_was(clean: dict[str, pl.DataFrame]) -> None:
    for contract in CONTRACTS:
        frame = clean[contract.name]
        text = frame.select(pl.all().cast(pl.String))
        result = enforce(contract, text, DAY)
        assert result.valid.equals(frame), contract.name
        assert not result.broken
        assert {f.rule for f in result.findings} == {f"{c.name}|type" for c in contract.columns if c.dtype != pl.String}


@pytest.mark.parametrize(
    ("feed", "column", "garbage"),
    [
        ("order_items", "quantity", "two"),
        ("order_items", "quantity", "2.5"),
        ("order_items", "quantity", "99999999999"),
        ("order_items", "unit_price", "12,50"),
        ("order_items", "unit_price", "12.505"),
        ("orders", "ordered_at", "yesterday"),
        ("products", "launched_on", "2024-02-30"),
        ("customers", "marketing_opt_in", "perhaps"),
        ("stores", "closed_on", "soon"),
    ],
)
def test_what_cannot_be_read_breaks_the_type(
    clean: dict[str, pl.DataFrame], feed: str, column: str, garbage: str
) -> None:
    contract = contract_for(feed)
    text = clean[feed].with_columns(pl.col(column).cast(pl.String))
    broken = text.with_columns(pl.when(pl.row_index() == 1).then(pl.lit(garbage)).otherwise(column).alias(column))
    result = enforce(contract, broken, DAY)
    assert result.broken == {f"{column}|dtype": 1}
    quarantined = result.rejected.filter(~pl.col("rule").str.starts_with("warn:"))
    assert quarantined["rule"].to_list() == [f"{column}|dtype"]
    assert garbage in quarantined["payload"][0], "the payload is the row as it came"
    assert result.valid.equals(pl.concat([clean[feed][:1], clean[feed][2:]]))


def test_other_ways_to_write_a_moment_and_a_truth(clean: dict[str, pl.DataFrame]) -> None:
    frame = (
        clean["customers"]
        .head(4)
        .with_columns(
            updated_at=pl.Series(["2026-01-02T03:04:05Z", "2026-01-02T05:04:05+02:00", "2026-01-02 03:04:05", None]),
            marketing_opt_in=pl.Series(["YES", "0", "t", "False"]),
        )
    )
    result = enforce(contract_for("customers"), frame, DAY)
    assert result.valid["updated_at"].to_list() == [datetime(2026, 1, 2, 3, 4, 5)] * 3
    assert result.valid["marketing_opt_in"].to_list() == [True, False, True]
    assert result.broken == {"updated_at|nullability": 1}


def test_a_number_of_another_type_is_taken_if_it_is_exact(clean: dict[str, pl.DataFrame]) -> None:
    frame = clean["order_items"].head(2).with_columns(
        quantity=pl.Series([1.0, 1.5]), discount_amount=pl.Series([0.0, 0.0]), returned_quantity=pl.Series([0, 0]),
        unit_price=pl.Series([2.55, 2.55]), line_amount=pl.Series([2.55, 2.55]),
    )  # fmt: skip
    result = enforce(ITEMS, frame, DAY)
    assert result.broken == {"quantity|dtype": 1}
    assert result.valid["unit_price"].to_list() == [Decimal("2.55")]


def test_a_missing_column(clean: dict[str, pl.DataFrame]) -> None:
    orders = contract_for("orders")
    optional = enforce(orders, clean["orders"].drop("promotion_id"), DAY)
    assert optional.valid.height == clean["orders"].height
    assert optional.valid["promotion_id"].null_count() == optional.valid.height
    mandatory = enforce(orders, clean["orders"].drop("channel"), DAY)
    assert mandatory.valid.is_empty()
    assert mandatory.broken == {"channel|missing": clean["orders"].height}
    with pytest.raises(ContractError, match=r"'orders' breaks order_id\|missing"):
        enforce(orders, clean["orders"].drop("order_id"), DAY)


def test_a_column_too_many_is_reported_and_left_out(clean: dict[str, pl.DataFrame]) -> None:
    result = enforce(contract_for("stores"), clean["stores"].with_columns(source_system=pl.lit("legacy")), DAY)
    assert result.valid.equals(clean["stores"])
    assert result.rejected["rule"].to_list() == ["warn:source_system|extra"]


def test_a_row_that_came_twice_is_kept_once(clean: dict[str, pl.DataFrame]) -> None:
    frame = clean["orders"]
    result = enforce(contract_for("orders"), pl.concat([frame, frame[3:5]]), DAY)
    assert result.valid.sort("order_id").equals(frame.sort("order_id"))
    assert result.broken == {REPEATED: 2}


def test_two_rows_with_one_key_are_both_held_back(clean: dict[str, pl.DataFrame]) -> None:
    frame = clean["orders"]
    other = frame[3:4].with_columns(shipping_amount=pl.lit("77.00").cast(pl.Decimal(14, 2)))
    result = enforce(contract_for("orders"), pl.concat([frame, other]), DAY)
    assert result.valid.height == frame.height - 1
    assert result.broken == {"primary_key": 2}


def test_the_action_decides(clean: dict[str, pl.DataFrame]) -> None:
    frame = clean["order_items"].with_columns(returned_quantity=pl.lit(9999, pl.Int32))
    rule = "returned_at_most_sold"
    warned = enforce(replace(ITEMS, actions={rule: Action.WARN}), frame, DAY)
    assert warned.valid.sort(ITEMS.key).equals(frame.sort(ITEMS.key))
    assert set(warned.rejected["rule"]) == {f"warn:{rule}"}
    held = enforce(ITEMS, frame, DAY)
    assert held.valid.is_empty()
    with pytest.raises(ContractError, match=r"returned_at_most_sold.*Nothing was landed"):
        enforce(replace(ITEMS, actions={rule: Action.REJECT_BATCH}), frame, DAY)


def test_a_rejected_row_has_an_id_of_its_own_for_each_day(clean: dict[str, pl.DataFrame]) -> None:
    frame = clean["stores"].head(1).with_columns(name=pl.lit(None, pl.String))
    contract = contract_for("stores")
    ids = [enforce(contract, frame, day).rejected["rejected_id"][0] for day in (DAY, DAY, date(2024, 4, 13))]
    assert ids[0] == ids[1] != ids[2]


def test_text_is_read_by_the_column() -> None:
    """A million values of text in a few seconds on any machine: row by row it would be minutes."""
    frame = generate_day(GenerationSettings(orders_per_day=20_000), DAY)["order_items"]
    text = frame.select(pl.all().cast(pl.String))
    started = time.perf_counter()
    assert enforce(ITEMS, text, DAY).valid.height == frame.height
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_the_quick_check_says_what_the_schema_says(contract: Contract) -> None:
    """Whether every rule holds is asked in one expression; it must agree with dataframely, column by column."""
    clean = generate_day(GenerationSettings(orders_per_day=20), DAY)[contract.name]
    spoilt = [clean, pl.concat([clean, clean.head(1)])]
    for name, dtype in clean.schema.items():
        wrong = [pl.lit(None, dtype=dtype), pl.lit("?" * 300) if dtype == pl.String else pl.col(name).min()]
        wrong += [(-pl.col(name)).cast(dtype)] if dtype.is_numeric() else []
        spoilt += [clean.with_columns(value.alias(name)) for value in wrong]
    verdicts = [contract.schema.is_valid(frame, cast=False) for frame in spoilt]
    assert [is_met(contract, frame) for frame in spoilt] == verdicts
    assert set(verdicts) == {True, False}


@pytest.mark.parametrize("feed", ["orders", "order_items"])
@pytest.mark.parametrize("order", ["rising", "falling", "mixed"])
def test_a_key_that_comes_twice_is_seen_in_any_order_of_the_rows(
    clean: dict[str, pl.DataFrame], feed: str, order: str
) -> None:
    def ordered(rows: pl.DataFrame) -> pl.DataFrame:
        rising = rows.sort(contract.key)
        return {"rising": rising, "falling": rising.reverse(), "mixed": rows.sample(fraction=1, shuffle=True, seed=7)}[
            order
        ]

    contract = contract_for(feed)
    rows = clean[feed]
    assert is_met(contract, ordered(rows))
    assert not is_met(contract, ordered(pl.concat([rows, rows.slice(5, 1)])))
    assert is_met(contract, rows.head(1))
