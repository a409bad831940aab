"""The calendar of demand, and what it makes of counts, customers, stores, promotions and rates."""

import itertools
from datetime import date

import numpy as np
import pytest

from retail_platform.generation import GenerationSettings, calendar
from retail_platform.generation.customers import choose_customers, lifetime, rate_rank
from retail_platform.generation.exchange import business_day, usd_rate
from retail_platform.generation.profiles import COUNTRIES, PROFILES
from retail_platform.generation.promotions import promotions_near, running
from retail_platform.generation.stores import pick_table, store_network
from retail_platform.generation.timeline import timeline

RETAILER = GenerationSettings(orders_per_day=3000)
BY_CODE = {country.code: country for country in COUNTRIES}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (calendar.easter(2024), date(2024, 3, 31)),
        (calendar.easter(2025), date(2025, 4, 20)),
        (calendar.easter(2038), date(2038, 4, 25)),
        (calendar.thanksgiving(2024), date(2024, 11, 28)),
        (calendar.thanksgiving(2025), date(2025, 11, 27)),
        (calendar.lunar_new_year(2024), date(2024, 2, 10)),
        (calendar.lunar_new_year(2025), date(2025, 1, 29)),
        (calendar.lunar_new_year(2026), date(2026, 2, 17)),
    ],
)
def test_moving_holidays(found, expected):
    assert found == expected


def test_daylight_saving_time_follows_the_country():
    def offset(code, day):
        return int(calendar.utc_offsets(BY_CODE[code], day.toordinal(), 1)[0])

    assert [offset("US", date(2025, 3, d)) for d in (8, 9)] == [-6, -5]
    assert [offset("DE", date(2025, 3, d)) for d in (29, 30)] == [1, 2]
    assert [offset("DE", date(2025, 10, d)) for d in (25, 26)] == [2, 1]
    assert [offset("JP", date(2025, m, 1)) for m in (1, 7)] == [9, 9]


def test_every_curve_of_the_day_rises_and_spans_it():
    curves = calendar.day_curves()
    assert (np.diff(curves, axis=1) >= 0).all()
    assert (curves[:, 0] >= 0).all()
    assert (curves[:, -1] <= calendar.DAY_MS).all()


def test_tills_are_closed_at_night_and_have_two_humps():
    line = timeline(RETAILER, date(2024, 6, 5))
    us_till = next(i for i, s in enumerate(line.segments) if s.till and line.countries[s.country].code == "US")
    quantiles = calendar.day_curves()[line.curve[us_till, date(2024, 6, 5).toordinal() - line.origin]]
    local = (quantiles // 3_600_000 - 5) % 24
    hours = np.bincount(local, minlength=24)
    assert hours[0:5].sum() == 0
    assert hours[12] > hours[14] < hours[17]


def test_black_friday_beats_a_usual_friday_and_christmas_is_quiet():
    line = timeline(RETAILER, date(2024, 12, 31))
    orders = line.orders.sum(axis=0)

    def count(day):
        return orders[day.toordinal() - line.origin]

    usual = np.mean([count(date(2024, 10, d)) for d in (4, 11, 18, 25)])
    assert count(date(2024, 11, 29)) > 1.5 * usual
    assert count(date(2024, 12, 25)) < 0.75 * usual


def test_demand_grows_as_set():
    settings = GenerationSettings(annual_growth=0.5, orders_per_day=500)
    line = timeline(settings, date(2025, 12, 31))
    start = settings.opening_day.toordinal() - line.origin
    years = [line.orders[:, start + 366 * k : start + 366 * (k + 1)].sum() for k in (0, 1)]
    assert 1.25 < years[1] / years[0] < 1.55


def test_a_later_horizon_does_not_change_earlier_days():
    near, far = timeline(RETAILER, date(2024, 3, 1)), timeline(RETAILER, date(2031, 3, 1))
    days = near.orders.shape[1]
    assert np.array_equal(near.orders, far.orders[:, :days])
    assert np.array_equal(near.accounts, far.accounts[:, : days + 1])


def test_buyers_exist_are_alive_and_the_keen_ones_buy_more():
    day = date(2024, 9, 10)
    line = timeline(RETAILER, day)
    t = day.toordinal() - line.origin
    number = np.arange(line.first_number[-1, t])
    segment = np.searchsorted(line.first_number[1:, t], number, side="right")
    words = number.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(99)
    buyer = choose_customers(RETAILER, line, np.full(len(number), t), number, segment, words)
    known = buyer > 0
    country = line.segment_country[segment[known]]
    account = buyer[known] - 1 - line.account_base[country]
    existing = account < line.accounts[country, t]
    newcomers = (~existing).sum()
    assert newcomers == line.new[:, t].sum()
    assert (account < line.accounts[country, t + 1]).all()
    age = line.accounts[country, t] - account
    assert (age[existing] < lifetime(RETAILER, line, country, account)[existing]).all()
    ranks = rate_rank(RETAILER, account[existing])
    assert (ranks >= 512).mean() > 0.85  # the keener half of a gamma(0.5) population buys about 95 %


def test_each_account_is_opened_by_exactly_one_order():
    day = date(2024, 9, 10)
    line = timeline(RETAILER, day)
    t = day.toordinal() - line.origin
    number = np.arange(line.first_number[-1, t])
    segment = np.searchsorted(line.first_number[1:, t], number, side="right")
    buyer = choose_customers(RETAILER, line, np.full(len(number), t), number, segment, number.astype(np.uint64))
    country = line.segment_country[segment]
    opened = buyer[(buyer > 0) & (buyer - 1 - line.account_base[country] >= line.accounts[country, t])]
    assert len(set(opened.tolist())) == len(opened) == line.new[:, t].sum()


def test_every_country_always_has_an_open_shop_and_closed_shops_sell_nothing():
    network = store_network(RETAILER)
    countries = len(PROFILES["online"].countries)
    for day in (date(2024, 1, 1), date(2028, 7, 1), date(2033, 3, 3)):
        for country in range(countries):
            for store in np.unique(pick_table(RETAILER, country, day.toordinal())):
                at = network.at(int(store), day.toordinal())
                assert at is not None
                version = network.all_versions[at]
                assert version.country == country
                assert version.closed_on is None


def test_stores_open_move_change_type_and_close_over_the_years():
    network = store_network(GenerationSettings(store_count=150))
    opening = RETAILER.opening_day.toordinal()
    shops = [history for history in network.versions if len(history) > 1]
    assert any(a.city != b.city for h in shops for a, b in itertools.pairwise(h))
    assert any(a.store_type != b.store_type for h in shops for a, b in itertools.pairwise(h))
    assert any(h[-1].closed_on is not None for h in shops)
    assert any(h[0].opened_on > opening for h in network.versions)
    for history in network.versions:
        days = [version.changed_on for version in history]
        assert days == sorted(set(days))


def test_promotions_run_as_announced_and_are_known_before_they_start():
    seen = 0
    for day in range(date(2024, 1, 1).toordinal(), date(2025, 1, 1).toordinal()):
        for promotion in running(RETAILER, day):
            seen += 1
            assert promotion.announced_on < promotion.starts_on <= day <= promotion.ends_on
            assert promotion in promotions_near(RETAILER, promotion.announced_on)
    assert seen > 500


def test_exchange_rates_rest_on_weekends_and_move_moderately():
    days = np.arange(date(2024, 1, 1).toordinal(), date(2025, 1, 1).toordinal())
    rates = np.array([usd_rate(RETAILER, "EUR", int(d)) for d in days]) / 1e8
    weekend = (days - 1) % 7 >= 5
    assert (np.diff(rates)[weekend[1:]] == 0).all()
    moves = np.abs(np.diff(rates) / rates[:-1])[~weekend[1:]]
    assert 0.001 < moves.mean() < 0.01
    assert moves.max() < 0.03
    assert {usd_rate(RETAILER, "USD", int(d)) for d in days} == {100_000_000}
    friday = date(2024, 5, 3).toordinal()
    assert business_day(friday) == business_day(friday + 2) == business_day(friday + 3) - 1
