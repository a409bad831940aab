"""Shared by the tests of the generator: quick hashes of frames and the profiles' names."""

import hashlib

import polars as pl

PROFILES = ("grocery", "online", "marketplace")


def digest(frames: dict[str, pl.DataFrame]) -> str:
    """A hash of every value of every frame, nulls and order included."""
    total = hashlib.blake2b(digest_size=16)
    for name in sorted(frames):
        total.update(name.encode())
        total.update(frames[name].write_csv(null_value="\\N").encode())
    return total.hexdigest()
