"""Hashed numbers behave like random ones and can be had one at a time."""

import numpy as np
import pytest

from retail_platform.generation import randomness as r


def test_mix_is_the_splitmix_finaliser():
    # first outputs of splitmix64 seeded with 1234567, from its reference implementation
    state = np.array([1234567], dtype=np.uint64) + r.GOLDEN * np.arange(1, 4, dtype=np.uint64)
    assert r.mix(state).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_lanes_can_be_read_one_by_one():
    key = r.stream(1, "test", 5)
    all_at_once = r.lanes(key, 1003)
    assert r.lane_at(key, np.arange(1003)).tolist() == all_at_once.tolist()
    assert r.lane_at(key, [1002, 7]).tolist() == [all_at_once[1002], all_at_once[7]]


def test_streams_differ_by_every_part_of_their_name():
    keys = {int(r.stream(*name)) for name in [(1, "a"), (2, "a"), (1, "b"), (1, "a", 0), (1, "a", 1), (1, "a:0", 0)]}
    assert len(keys) == 6


def test_numbers_are_uniform_and_uncorrelated():
    words = r.draw(r.stream(3, "uniform"), np.arange(200_000))
    values = r.bits(words, 11, 53) / 2.0**53
    assert values.mean() == pytest.approx(0.5, abs=0.003)
    assert values.var() == pytest.approx(1 / 12, abs=0.001)
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.01
    counts = np.bincount(r.scale(words, 0, 16, 10))
    assert (abs(counts - 20_000) < 600).all()


def test_normal_deviates():
    values = r.normal(r.stream(3, "normal"), np.arange(100_000))
    assert values.mean() == pytest.approx(0.0, abs=0.01)
    assert values.std() == pytest.approx(1.0, abs=0.01)


def test_a_choice_table_has_entries_in_proportion():
    table = r.choice_table([1, 0, 3, 4], 8000)
    assert np.bincount(table).tolist() == [1000, 0, 3000, 4000]


def test_gamma_strata_have_the_moments_of_a_gamma_distribution():
    for shape in (0.5, 1.0, 2.0):
        strata = r.gamma_strata(shape, 1024)
        assert (np.diff(strata) > 0).all()
        assert strata.mean() == pytest.approx(1.0, abs=1e-9)
        assert strata.var() == pytest.approx(1 / shape, rel=0.03)


def test_tables_of_quantiles():
    assert r.exponential_table(4096, 2.0).max() == 2 * 65536
    assert r.exponential_table(4096, 50.0).mean() / 65536 == pytest.approx(1.0, rel=0.01)
    assert np.median(r.lognormal_table(4096, 0.8)) / 65536 == pytest.approx(1.0, rel=0.01)


def test_negative_binomial_has_its_mean_and_variance():
    weights = np.array(r.negative_binomial(3.0, 0.8, 400))
    weights /= weights.sum()
    k = np.arange(401)
    mean = (weights * k).sum()
    assert mean == pytest.approx(3.0, rel=1e-6)
    assert (weights * (k - mean) ** 2).sum() == pytest.approx(3.0 + 9.0 / 0.8, rel=1e-4)
