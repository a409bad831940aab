"""The data is credible by measurement, and the measurements measure what they say."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from retail_platform.generation import GenerationSettings, generate_days, statistics
from retail_platform.generation.realism import bands, collect, report


def _year(settings, days):
    return generate_days(settings, settings.opening_day, settings.opening_day + timedelta(days=days - 1))


@pytest.mark.slow
@pytest.mark.parametrize(("profile", "seed"), [("online", 42), ("online", 7), ("grocery", 42), ("grocery", 7)])
def test_a_year_lies_in_the_bands(profile, seed):
    settings = GenerationSettings(profile=profile, seed=seed, orders_per_day=1000)
    found = report(collect(_year(settings, 366)), profile)
    missed = found.filter(~pl.col("accepted"))
    assert missed.height <= found.height - 18, missed


def test_eight_weeks_already_have_heavy_tails_and_affinity():
    settings = GenerationSettings(profile="online", orders_per_day=250)
    found = dict(report(collect(_year(settings, 56)), "online").select("statistic", "value").iter_rows())
    assert 0.5 < found["product rank-frequency slope"] < 1.2
    assert found["basket size, variance / mean"] > 1.5
    assert found["daily orders, variance / mean"] > 2
    assert found["pair lift, 99th percentile"] > 4
    assert found["order value, deviation from Benford"] < 0.03
    assert 1.1 < found["weekday maximum / minimum"] < 2.2


def test_every_profile_has_a_band_for_every_statistic():
    trade = collect(_year(GenerationSettings(profile="grocery", orders_per_day=60), 35))
    for profile in ("grocery", "online", "marketplace"):
        found = report(trade, profile)
        assert set(found["statistic"]) == set(bands(profile))
        assert found.height == 21


def test_gini_and_top_share_of_known_distributions():
    assert statistics.gini(np.full(1000, 3)) == pytest.approx(0.0, abs=1e-9)
    assert statistics.gini(np.array([0] * 999 + [1])) == pytest.approx(0.999)
    assert statistics.top_share(np.array([1, 1, 1, 1, 6]), 0.2) == pytest.approx(0.6)


def test_slope_of_a_power_law_is_its_exponent():
    counts = 1e6 * np.arange(1, 2001) ** -0.8
    assert statistics.rank_frequency_slope(counts) == pytest.approx(0.8, abs=1e-6)


def test_benford_accepts_powers_of_two_and_refuses_equal_digits():
    assert statistics.benford_deviation(2.0 ** np.arange(300)) < 0.01
    assert statistics.benford_deviation(np.arange(100.0, 1000.0)) > 0.05


def test_weekly_autocorrelation_sees_weeks_and_only_weeks():
    days = np.arange(364)
    assert statistics.weekly_autocorrelation(100 + 20 * (days % 7 == 5)) > 0.9
    assert abs(statistics.weekly_autocorrelation(100 + 20 * (days * 2654435761 % 97 < 14))) < 0.25


def test_lift_of_products_that_always_come_together_is_the_inverse_of_their_share():
    order = pl.Series([o for o in range(100) for _ in range(2)])
    product = pl.Series([p for o in range(100) for p in ((0, 1) if o < 50 else (2, 3))])
    lifts = sorted(statistics.pair_lifts(order, product))
    assert lifts == pytest.approx([0.0, 0.0, 0.0, 0.0, 2.0, 2.0])


def test_retention_counts_the_next_calendar_month():
    day = pl.Series([date(2024, 1, 5), date(2024, 2, 5), date(2024, 3, 5), date(2024, 2, 9), date(2024, 4, 1)])
    customer = pl.Series(["old", "a", "a", "b", "b"])
    assert statistics.month_retention(customer, day) == pytest.approx(0.5)
