"""Counter-based randomness: every random number is a hash of what it belongs to.

The ground the generator stands on. A stream is named by (seed, name, day); the number at an index of a stream can be
had without the ones before it, so any order of any day can be derived alone. All arrays are integers: array functions
such as ``exp`` differ in the last bit between processors, 64-bit multiplication does not. Distributions enter as
lookup tables, built by scalar arithmetic and quantised before use.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]
U16 = npt.NDArray[np.uint16]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)


def mix(values: U64) -> U64:
    """The splitmix64 finaliser: a bijection of 64-bit words whose output bits look independent."""
    z = values >> _S30
    z ^= values
    z *= _FIRST
    z ^= z >> _S27
    z *= _SECOND
    z ^= z >> _S31
    return z


@lru_cache(maxsize=1 << 13)
def stream(seed: int, name: str, *parts: int) -> np.uint64:
    """The key of a stream: a hash of the seed, the stream's name and further integers (a day, a country)."""
    text = ":".join([str(seed), name, *map(str, parts)])
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))


def day_keys(key: np.uint64, days: npt.ArrayLike) -> U64:
    """The keys of a stream's days, shape of ``days`` (ordinals)."""
    return mix(np.asarray(days, dtype=np.uint64) * GOLDEN + key)


def draw(key: np.uint64 | U64, index: npt.ArrayLike) -> U64:
    """The 64-bit numbers at ``index`` of a stream (or of one stream per element)."""
    at = np.asarray(index)
    # the same bits without copying them; a negative index counts from the top either way
    return mix((at.view(np.uint64) if at.dtype == np.int64 else at.astype(np.uint64)) * GOLDEN + key)


def lanes(key: np.uint64, count: int) -> U16:
    """The first ``count`` 16-bit numbers of a stream, four to a hash."""
    words = draw(key, np.arange((count + 3) // 4, dtype=np.uint64))
    return words.astype("<u8", copy=False).view("<u2")[:count]


def lane_at(key: np.uint64 | U64, index: npt.ArrayLike) -> I64:
    """Single elements of what :func:`lanes` gives, for random access."""
    position = np.asarray(index).astype(np.uint64)
    words = draw(key, position >> np.uint64(2))
    return bits(words >> ((position & np.uint64(3)) << np.uint64(4)), 0, 16)


def bits(words: U64, low: int, width: int) -> I64:
    """``width`` bits of each word from bit ``low`` on, as int64."""
    found = words >> np.uint64(low)
    found &= np.uint64((1 << width) - 1)
    return found.view(np.int64)


def scale(words: U64, low: int, width: int, count: npt.ArrayLike) -> I64:
    """Bits of each word mapped evenly onto ``0 .. count - 1``; width plus the bits of count must stay below 63."""
    return (bits(words, low, width) * np.asarray(count, dtype=np.int64)) >> width


def normal(key: np.uint64, index: npt.ArrayLike) -> F64:
    """Standard normal deviates as sums of twelve uniform 16-bit numbers: exact in floating point, tails end at ±6."""
    total = np.zeros(np.shape(index), dtype=np.int64)
    position = np.asarray(index).astype(np.uint64) * np.uint64(3)
    for part in range(3):
        words = draw(key, position + np.uint64(part))
        for low in (0, 16, 32, 48):
            total += bits(words, low, 16)
    return (total - 6 * 65535) / 65536.0


def choice_table(weights: Sequence[float] | F64, size: int, dtype: npt.DTypeLike = np.int32) -> npt.NDArray[np.int32]:
    """A table of ``size`` entries, index i in proportion to ``weights[i]``: an entry at random is a draw from them."""
    cumulative = np.cumsum(np.asarray(weights, dtype=np.float64))
    edges = np.floor(cumulative / cumulative[-1] * size + 0.5).astype(np.int64)
    return np.repeat(np.arange(len(edges)), np.diff(edges, prepend=0)).astype(dtype)


def exponential_table(size: int, longest: float) -> I64:
    """Quantiles of the exponential distribution with mean 1, times 2**16, cut at ``longest``."""
    values = (-math.log(1.0 - (i + 0.5) / size) for i in range(size))
    return np.array([math.floor(min(v, longest) * 65536) for v in values], dtype=np.int64)


def lognormal_table(size: int, sigma: float) -> I64:
    """Quantiles of the log-normal distribution with median 1, times 2**16."""
    standard = NormalDist()
    values = (math.exp(sigma * standard.inv_cdf((i + 0.5) / size)) for i in range(size))
    return np.array([math.floor(v * 65536 + 0.5) for v in values], dtype=np.int64)


def gamma_strata(shape: float, strata: int) -> F64:
    """Means of a gamma distribution's ``strata`` equally likely parts, rising, in units of the overall mean."""
    steps = 20_000
    top = 14.0 + 3.0 * shape
    # in y = sqrt(x) the density has no pole at zero, whatever the shape
    grid = [(i + 0.5) / steps * math.sqrt(top) for i in range(steps)]
    density = [2.0 * y ** (2.0 * shape - 1.0) * math.exp(-y * y) for y in grid]
    mass = np.cumsum(np.array(density))
    first_moment = np.cumsum(np.array([d * y * y for d, y in zip(density, grid, strict=True)]))
    edges = np.arange(1, strata + 1) / strata * mass[-1]
    means: F64 = np.diff(np.interp(edges, mass, first_moment), prepend=0.0) / first_moment[-1] * strata
    return means


def negative_binomial(mean: float, dispersion: float, longest: int) -> list[float]:
    """Probabilities of 0 .. ``longest`` (unnormalised) with the given mean and variance mean + mean² / dispersion."""
    ratio = mean / (mean + dispersion)
    weights = [1.0]
    for k in range(longest):
        weights.append(weights[-1] * (k + dispersion) / (k + 1) * ratio)
    return weights
