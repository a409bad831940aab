"""A day meets every contract, refers only to itself, and depends on nothing but its arguments."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_platform.contracts import CONTRACTS
from retail_platform.generation import GenerationSettings, customers, generate_day, generate_day_chunks
from tests.generation.digests import PROFILES, digest

DAYS = (date(2024, 1, 1), date(2024, 2, 29), date(2025, 11, 28))
SMALL = {profile: GenerationSettings(profile=profile, orders_per_day=150) for profile in PROFILES}


@pytest.fixture(scope="module", params=[(p, d) for p in PROFILES for d in DAYS], ids=lambda v: f"{v[0]}-{v[1]}")
def trading_day(request):
    profile, day = request.param
    return day, generate_day(SMALL[profile], day)


def test_every_frame_meets_its_contract(trading_day):
    _, frames = trading_day
    assert list(frames) == [contract.name for contract in CONTRACTS]
    for contract in CONTRACTS:
        found = frames[contract.name]
        assert dict(found.schema) == contract.polars_schema
        contract.schema.validate(found)
        assert found.equals(found.sort(contract.key)), f"{contract.name} is not sorted by key"


def test_a_day_refers_only_to_itself(trading_day):
    _, frames = trading_day
    for contract in CONTRACTS:
        for column, (feed, key) in contract.references.items():
            known = frames[feed].select(key)
            dangling = frames[contract.name].drop_nulls(column).join(known, left_on=column, right_on=key, how="anti")
            assert dangling.is_empty(), f"{contract.name}.{column} points to missing {feed}"


def test_nothing_changes_after_the_day(trading_day):
    day, frames = trading_day
    end = datetime.combine(day, datetime.min.time()) + timedelta(days=1)
    for name, found in frames.items():
        assert found["updated_at"].max() < end, name
    for name in ("orders", "order_items", "exchange_rates"):
        assert frames[name]["updated_at"].dt.date().unique().to_list() == [day]


def test_header_total_is_lines_less_discount_plus_shipping(trading_day):
    day, frames = trading_day
    placed = frames["orders"].filter(pl.col("ordered_at").dt.date() == day)
    lines = frames["order_items"].group_by("order_id").agg(pl.col("line_amount").sum())
    joined = placed.join(lines, on="order_id", how="inner")
    assert joined.height == placed.height > 50
    assert joined.filter(
        pl.col("total_amount") != pl.col("line_amount") - pl.col("discount_amount") + pl.col("shipping_amount")
    ).is_empty()


def test_amounts_are_in_the_currency_of_the_store(trading_day):
    _, frames = trading_day
    joined = frames["orders"].join(frames["stores"], on="store_id", how="inner", suffix="_store")
    assert joined.filter(pl.col("currency") != pl.col("currency_store")).is_empty()
    yen = joined.filter(pl.col("currency") == "JPY")["total_amount"].cast(pl.Float64)
    assert (yen % 1 == 0).all()


def test_customers_buy_in_their_country_between_sign_up_and_closing(trading_day):
    _, frames = trading_day
    orders = frames["orders"].join(frames["customers"], on="customer_id", how="inner", suffix="_customer")
    orders = orders.join(frames["stores"].select("store_id", "country"), on="store_id", suffix="_store")
    assert orders.filter(pl.col("country") != pl.col("country_store")).is_empty()
    assert orders.filter(pl.col("ordered_at") < pl.col("signed_up_at")).is_empty()
    closed = orders.filter(pl.col("status_customer") == "closed")
    assert closed.filter(pl.col("ordered_at") > pl.col("updated_at_customer")).is_empty()


def test_products_and_stores_sell_only_while_they_exist(trading_day):
    day, frames = trading_day
    placed = frames["orders"].filter(pl.col("ordered_at").dt.date() == day)
    lines = placed.join(frames["order_items"], on="order_id").join(
        frames["products"], on="product_id", suffix="_product"
    )
    assert set(lines["status_product"]) == {"active"}
    assert lines.filter(pl.col("launched_on") > day).is_empty()
    at_store = placed.join(frames["stores"], on="store_id")
    assert at_store.filter((pl.col("opened_on") > day) | (pl.col("closed_on") < day)).is_empty()


def test_only_tills_have_guests(trading_day):
    _, frames = trading_day
    guests = frames["orders"].filter(pl.col("customer_id").is_null())
    assert set(guests["channel"]) <= {"store"}


def test_orders_in_dollars_cost_the_list_price_of_their_moment():
    day = date(2024, 5, 17)
    frames = generate_day(SMALL["online"], day)
    sold = frames["orders"].filter((pl.col("currency") == "USD") & (pl.col("ordered_at").dt.date() == day))
    lines = sold.join(frames["order_items"], on="order_id").join(frames["products"], on="product_id", suffix="_list")
    assert lines.height > 50
    assert lines.filter(pl.col("unit_price") != pl.col("unit_price_list")).is_empty()
    assert lines.filter(pl.col("updated_at_list") > pl.col("ordered_at")).is_empty()


def test_the_opening_day_lists_the_whole_shelf_and_all_open_stores():
    settings = SMALL["online"]
    frames = generate_day(settings, settings.opening_day)
    assert frames["products"].filter(pl.col("status") == "active").height == settings.product_count
    assert frames["stores"].height > settings.store_count * 0.5


@pytest.mark.parametrize("profile", PROFILES)
@given(cuts=st.lists(st.integers(0, 86_400_000_000), max_size=5), day=st.sampled_from(DAYS))
@settings(max_examples=8, deadline=None)
def test_slices_add_up_to_the_day(profile, cuts, day):
    start = datetime.combine(day, datetime.min.time())
    moments = [start + timedelta(microseconds=c) for c in sorted(cuts)] + [start + timedelta(days=1)]
    merged = {}
    since = None
    for as_of in moments:
        piece = generate_day(SMALL[profile], day, as_of=as_of, since=since)
        for contract in CONTRACTS:
            found = piece[contract.name]
            for column, (feed, key) in contract.references.items():
                known = piece[feed].select(key)
                assert found.drop_nulls(column).join(known, left_on=column, right_on=key, how="anti").is_empty()
            old = merged.get(contract.name, found.clear())
            merged[contract.name] = pl.concat([old.join(found, on=contract.key, how="anti"), found])
        since = as_of
    full = generate_day(SMALL[profile], day)
    for contract in CONTRACTS:
        assert merged[contract.name].sort(contract.key).equals(full[contract.name]), contract.name


def test_a_slice_shows_the_state_as_of_its_cut():
    day = date(2024, 3, 5)
    noon = datetime(2024, 3, 5, 12)
    morning = generate_day(SMALL["online"], day, as_of=noon)
    full = generate_day(SMALL["online"], day)
    assert 0 < morning["orders"].height < full["orders"].height
    for name, found in morning.items():
        assert found["updated_at"].max() <= noon, name
    later = generate_day(SMALL["online"], day, as_of=noon + timedelta(hours=1), since=noon)
    assert (later["orders"]["updated_at"] > noon).all()
    assert (later["order_items"]["updated_at"] > noon).all()


def test_chunks_concatenate_to_the_day():
    day = date(2024, 3, 5)
    full = generate_day(SMALL["online"], day)
    chunks = list(generate_day_chunks(SMALL["online"], day, max_rows=200))
    assert len(chunks) > 5
    for name, found in full.items():
        assert pl.concat([chunk[name] for chunk in chunks]).equals(found), name


def test_any_order_of_days_gives_the_same_days():
    settings = SMALL["grocery"]
    forward = [digest(generate_day(settings, date(2024, 1, d))) for d in (1, 2, 3)]
    backward = [digest(generate_day(settings, date(2024, 1, d))) for d in (3, 2, 1)]
    assert forward == backward[::-1]
    assert len(set(forward)) == 3


def test_the_seed_matters():
    day = date(2024, 3, 5)
    first, second = (generate_day(GenerationSettings(orders_per_day=50, seed=seed), day) for seed in (1, 2))
    for name in ("orders", "order_items", "customers", "products", "exchange_rates"):
        assert not first[name].equals(second[name]), name


def test_days_before_the_opening_and_cuts_outside_the_day_are_refused():
    settings = SMALL["online"]
    with pytest.raises(ValueError, match="before the opening day"):
        generate_day(settings, date(2023, 12, 31))
    with pytest.raises(ValueError, match="as_of must lie within"):
        generate_day(settings, DAYS[0], as_of=datetime(2024, 1, 2, 0, 0, 1))
    with pytest.raises(ValueError, match="without a time zone"):
        generate_day(settings, DAYS[0], as_of=datetime(2024, 1, 1, 12, tzinfo=UTC))
    with pytest.raises(ValueError, match="nine digits"):
        generate_day(GenerationSettings(profile="marketplace", orders_per_day=2_000_000), date(2026, 1, 1))
    with pytest.raises(ValueError, match="max_rows"):
        generate_day_chunks(settings, DAYS[0], max_rows=0)


@pytest.mark.parametrize("profile", ["online", "grocery"])
def test_what_is_carried_to_a_till_is_an_ordinary_basket(profile):
    """Wholesale orders are sent for, by web or app: hundreds of units are no customer's at a till."""
    settings = GenerationSettings(profile=profile, orders_per_day=4000)
    days = [date(2024, 3, 5) + timedelta(days=40 * k) for k in range(4)]
    baskets = []
    for frames in (generate_day(settings, day) for day in days):
        units = (
            frames["order_items"]
            .group_by("order_id")
            .agg(pl.col("quantity").sum(), pl.col("quantity").max().alias("most"))
        )
        baskets.append(frames["orders"].join(units, on="order_id"))
    largest = (
        pl.concat(baskets)
        .group_by("channel")
        .agg(pl.col("quantity").max(), pl.col("most").max())
        .rows_by_key("channel", unique=True)
    )
    assert largest["store"][0] < 150
    assert largest["store"][1] <= 8
    assert min(largest["web"][0], largest["app"][0]) > 400


@pytest.mark.parametrize("profile", PROFILES)
def test_how_many_attempts_are_made_in_a_step_does_not_matter(profile, monkeypatch):
    settings = GenerationSettings(profile=profile, orders_per_day=60)
    together = generate_day(settings, date(2024, 3, 5))
    monkeypatch.setattr(customers, "_STEP_ROWS", 0)
    one_by_one = generate_day(settings, date(2024, 3, 5))
    assert all(together[name].equals(one_by_one[name]) for name in together)
