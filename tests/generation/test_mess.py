"""Every injected defect is in the ledger, nothing else is touched."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from retail_platform.contracts import CONTRACTS
from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.generation.mess import LEDGER_SCHEMA, ROW_KINDS, MessSettings, apply_mess, late_arrivals

DAY = date(2024, 4, 12)
RETAILER = GenerationSettings(orders_per_day=400)
ALL = MessSettings(
    late_rate=0.02, duplicate_rate=0.02, null_rate=0.02, broken_type_rate=0.02, unknown_key_rate=0.02, drift_rate=0.4
)


@pytest.fixture(scope="module")
def clean():
    return generate_day(RETAILER, DAY)


def _keys(contract, frame):
    return frame.select(pl.concat_str([pl.col(k).cast(pl.String) for k in contract.key], separator="|")).to_series()


def test_no_rates_no_mess(clean):
    delivered, ledger = apply_mess(clean, MessSettings(), DAY)
    assert all(delivered[name].equals(frame) for name, frame in clean.items())
    assert ledger.is_empty()
    assert dict(ledger.schema) == LEDGER_SCHEMA


def test_the_ledger_explains_every_difference(clean):
    delivered, ledger = apply_mess(clean, ALL, DAY)
    assert dict(ledger.schema) == LEDGER_SCHEMA
    for contract in CONTRACTS:
        before, after = clean[contract.name], delivered[contract.name]
        entries = ledger.filter(pl.col("table") == contract.name)
        by_kind = {kind: set(entries.filter(pl.col("kind") == kind)["key"]) for kind in ROW_KINDS}
        keys = _keys(contract, after)
        assert set(_keys(contract, before)) - set(keys) == by_kind["late"]
        assert set(keys.filter(keys.is_duplicated())) == by_kind["duplicate"]
        text = {c: pl.col(c).cast(pl.String) for c in contract.column_names}
        old = before.select(_keys(contract, before).alias("key_"), **text)
        new = after.select(keys.alias("key_"), **text).unique()
        changed = set()
        for column in contract.column_names:
            pair = old.select("key_", column).join(new.select("key_", value=column), on="key_")
            changed |= {(key, column) for key in pair.filter(pl.col(column).ne_missing(pl.col("value")))["key_"]}
        damaged = entries.filter(pl.col("kind").is_in(["null", "broken_type", "unknown_key"]))
        assert changed == set(damaged.select("key", "column").iter_rows())


def test_the_ledger_has_the_original_and_the_delivered_value(clean):
    _, ledger = apply_mess(clean, ALL, DAY)
    damaged = ledger.filter(pl.col("kind").is_in(["null", "broken_type", "unknown_key"]))
    originals = {name: dict(zip(_keys(c, clean[name]), clean[name].rows(named=True), strict=True)) for name, c in
                 ((c.name, c) for c in CONTRACTS)}  # fmt: skip
    assert damaged.height > 100
    for row in damaged.filter(pl.col("column") != "updated_at").head(300).iter_rows(named=True):
        value = originals[row["table"]][row["key"]][row["column"]]
        assert row["original_value"] == (str(value).lower() if isinstance(value, bool) else str(value))
        assert (row["delivered_value"] is None) == (row["kind"] == "null")


def test_rates_are_met_and_a_row_has_one_defect(clean):
    _, ledger = apply_mess(clean, ALL, DAY)
    rows = clean["orders"].height
    orders = ledger.filter((pl.col("table") == "orders") & pl.col("kind").is_in(ROW_KINDS))
    assert orders["key"].is_unique().all()
    for kind, count in orders["kind"].value_counts().iter_rows():
        assert 0.3 < count / (rows * 0.02) < 2.0, kind


def test_unknown_keys_look_right_but_exist_nowhere(clean):
    delivered, ledger = apply_mess(clean, MessSettings(unknown_key_rate=0.1), DAY)
    for column, (feed, key) in (("product_id", ("products", "product_id")), ("store_id", ("stores", "store_id"))):
        ids = set(ledger.filter(pl.col("column") == column)["delivered_value"])
        assert ids
        assert not ids & set(clean[feed][key])
    for contract in CONTRACTS:
        contract.schema.validate(delivered[contract.name])


def test_broken_values_can_be_read_as_nothing_but_text(clean):
    delivered, ledger = apply_mess(clean, MessSettings(broken_type_rate=0.05), DAY)
    quantities = delivered["order_items"]["quantity"]
    assert quantities.dtype == pl.String
    broken = ledger.filter((pl.col("table") == "order_items") & (pl.col("column") == "quantity")).height
    assert quantities.cast(pl.Int32, strict=False).is_null().sum() == broken > 0
    moments = delivered["orders"]["updated_at"].str.to_datetime("%Y-%m-%d %H:%M:%S%.6f", strict=False, time_unit="us")
    known = moments.drop_nulls()
    assert known.is_in(clean["orders"]["updated_at"].implode()).all()


def test_slices_carry_the_defects_of_the_full_day(clean):
    noon = datetime.combine(DAY, datetime.min.time()) + timedelta(hours=12)
    _, full = apply_mess(clean, ALL, DAY)
    _, morning = apply_mess(generate_day(RETAILER, DAY, as_of=noon), ALL, DAY)
    place = ["table", "key", "column", "kind"]
    rows = morning.filter(pl.col("kind") != "unknown_key")
    assert rows.height > 20
    assert rows.join(full, on=place, how="anti", nulls_equal=True).is_empty()


def test_late_rows_arrive_exactly_once():
    settings = MessSettings(late_rate=0.1)
    small = GenerationSettings(orders_per_day=40)
    first = small.opening_day
    promised = []
    for offset in range(6):
        day = first + timedelta(days=offset)
        _, ledger = apply_mess(generate_day(small, day), settings, day)
        promised.append(ledger)
    promised = pl.concat(promised).filter(pl.col("arrives_on") <= first + timedelta(days=5))
    came = []
    for offset in range(6):
        arriving = first + timedelta(days=offset)
        for day, feed, rows in late_arrivals(lambda d: generate_day(small, d), settings, arriving, first):
            contract = next(c for c in CONTRACTS if c.name == feed)
            contract.schema.validate(rows)
            came += [(feed, key, day, arriving) for key in _keys(contract, rows)]
    assert sorted(came) == sorted(promised.select("table", "key", "dt", "arrives_on").iter_rows())
    assert len(came) > 50


def test_drift_adds_a_column_or_turns_amounts_into_text(clean):
    settings = MessSettings(drift_rate=1.0)
    delivered, ledger = apply_mess(clean, settings, DAY)
    assert set(ledger["kind"]) == {"schema_drift"}
    assert set(ledger["table"]) == set(clean)
    for row in ledger.iter_rows(named=True):
        before, after = clean[row["table"]], delivered[row["table"]]
        assert after[row["column"]].dtype == pl.String
        assert (row["column"] in before.columns) == (row["original_value"] is not None)


def test_rates_that_leave_no_clean_row_are_refused():
    with pytest.raises(ValueError, match=r"add up to 1\.2"):
        MessSettings(late_rate=0.6, null_rate=0.6)
    with pytest.raises(ValueError, match="late_rate"):
        MessSettings(late_rate=-0.1)
