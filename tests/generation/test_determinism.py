"""The same arguments give the same bytes: in any order, and everywhere these digests were pinned.

The pinned values were computed on Python 3.11, 3.12 and 3.13 with one and with several threads. A change of the
generator that alters rows must raise ``GENERATOR_VERSION`` and pin them anew (``python -m tests.generation.digests``).
"""

from datetime import date, timedelta

import pytest

from retail_platform.generation import GenerationSettings, generate_day, generate_days
from retail_platform.generation.pools import pools
from tests.generation.digests import (
    PINNED_DAYS,
    PINNED_POOLS,
    PINNED_WEEKS,
    PROFILES,
    SEEDS,
    digest,
    digest_of_days,
)

FIRST = date(2024, 1, 1)


def test_pools_are_the_pinned_ones():
    assert pools().fingerprint() == PINNED_POOLS


@pytest.mark.parametrize("profile", PROFILES)
def test_a_few_days_have_their_pinned_digest(profile):
    settings = GenerationSettings(profile=profile, seed=1, orders_per_day=60)
    assert digest_of_days(settings, [FIRST + timedelta(days=61 * k) for k in range(5)]) == PINNED_DAYS[profile]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("profile", PROFILES)
def test_sixty_days_alone_and_in_a_backfill(profile, seed):
    settings = GenerationSettings(profile=profile, seed=seed, orders_per_day=60)
    days = [FIRST + timedelta(days=k * 7) for k in range(60)]
    backfill = {day: digest(frames) for day, frames in generate_days(settings, days[0], days[-1]) if day in days}
    backward = {day: digest(generate_day(settings, day)) for day in reversed(days)}
    assert backfill == backward
    assert digest_of_days(settings, days) == PINNED_WEEKS[f"{profile}-{seed}"]


def test_settings_fingerprint_tells_settings_apart():
    base = GenerationSettings()
    assert base.fingerprint() == GenerationSettings().fingerprint()
    others = [GenerationSettings(seed=43), GenerationSettings(profile="grocery"), GenerationSettings(annual_growth=0.1)]
    assert len({s.fingerprint() for s in (base, *others)}) == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("profile", "kiosk"),
        ("seed", -1),
        ("orders_per_day", 9),
        ("annual_growth", 2.0),
        ("product_count", 5),
        ("colour", 1),
    ],
)
def test_wrong_settings_name_the_field(field, value):
    with pytest.raises(ValueError, match=field):
        GenerationSettings(**{field: value})
