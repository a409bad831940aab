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
    "grocery": "6b5ef7ed2267cc89",
    "online": "cd1eb2776ea8bfd7",
    "marketplace": "2641658cc7e6effd",
}
PINNED_WEEKS: dict[str, str] = {
    "grocery-1": "afed65d32e347394",
    "grocery-2": "daca543b588208e0",
    "grocery-3": "0d411f3ac10a8ba1",
    "online-1": "eab2e0a44859402b",
    "online-2": "e43a565bf4b45bad",
    "online-3": "c94d1ebb6d8cefa7",
    "marketplace-1": "2771ba9f0889178d",
    "marketplace-2": "f9be78857103e352",
    "marketplace-3": "cf9175d5ea838afc",
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
