"""Digests of generated days, and the pinned ones. Run as a module, prints what to pin."""

import hashlib
import sys
from datetime import date, timedelta

import polars as pl

from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.generation.pools import pools

PROFILES = ("grocery", "online", "marketplace")
SEEDS = (1, 2, 3)

PINNED_POOLS = "1b753b8e2a3923b807d26c7499127cea"
PINNED_DAYS: dict[str, str] = {
    "grocery": "fa3ef5357e8b3a62",
    "online": "cd1eb2776ea8bfd7",
    "marketplace": "2f482496894b57b3",
}
PINNED_WEEKS: dict[str, str] = {
    "grocery-1": "8d55fbc1d9ded47e",
    "grocery-2": "8dae60047ff1a385",
    "grocery-3": "8855a9cc99af83b0",
    "online-1": "7525bb1000d4746b",
    "online-2": "93662b967a086a24",
    "online-3": "2569f4494f17a20a",
    "marketplace-1": "52167152f9b1ce7f",
    "marketplace-2": "c9be60f29702ac23",
    "marketplace-3": "ca3d547b244ff9b3",
}


def digest(frames: dict[str, pl.DataFrame]) -> str:
    """A hash of every value of every frame, nulls and order included."""
    total = hashlib.blake2b(digest_size=16)
    for name in sorted(frames):
        total.update(name.encode())
        total.update(frames[name].write_csv(null_value="\\N").encode())
    return total.hexdigest()


def digest_of_days(settings: GenerationSettings, days: list[date]) -> str:
    """A hash over several days."""
    total = hashlib.blake2b(digest_size=8)
    for day in days:
        total.update(digest(generate_day(settings, day)).encode())
    return total.hexdigest()


def show(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")


if __name__ == "__main__":
    first = date(2024, 1, 1)
    show(f'PINNED_POOLS = "{pools().fingerprint()}"')
    few = [first + timedelta(days=61 * k) for k in range(5)]
    weeks = [first + timedelta(days=k * 7) for k in range(60)]
    made = {
        (profile, seed): GenerationSettings(profile=profile, seed=seed, orders_per_day=60)
        for profile in PROFILES
        for seed in SEEDS
    }
    show("PINNED_DAYS =", {profile: digest_of_days(made[profile, 1], few) for profile in PROFILES})
    show("PINNED_WEEKS =", {f"{p}-{s}": digest_of_days(settings, weeks) for (p, s), settings in made.items()})
