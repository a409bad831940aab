"""Who buys: accounts, their buying rates and how long they stay.

Accounts are numbered per country in order of sign-up. An account's place in its block of ``BLOCK`` neighbours decides
its buying rate, a gamma quantile, so drawing a place in proportion to rates draws customers in proportion to theirs;
dead ones are drawn again. Lifetimes are exponential and counted in later sign-ups of the same country, which makes
"is this account alive on that day" one comparison. What an account looks like is left to ``accounts``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from retail_platform.generation.profiles import PROFILES
from retail_platform.generation.randomness import (
    I64,
    U64,
    bits,
    choice_table,
    draw,
    exponential_table,
    gamma_strata,
    stream,
)
from retail_platform.generation.settings import GenerationSettings
from retail_platform.generation.timeline import LIFETIMES, Timeline

BLOCK_BITS = 10
BLOCK = 1 << BLOCK_BITS
_MASK = BLOCK - 1
_STEP, _STEP_INVERSE = 693, pow(693, -1, BLOCK)  # a permutation of the places of a block
_SHORTEST_LIFE = 20
_ATTEMPTS = 48
_STEP_ROWS = 1 << 13


@lru_cache(maxsize=8)
def _rank_table(settings: GenerationSettings) -> npt.NDArray[np.int32]:
    return choice_table(gamma_strata(PROFILES[settings.profile].rate_shape, BLOCK), 1 << 16)


@lru_cache(maxsize=1)
def _lifetimes() -> I64:
    return exponential_table(1 << 12, LIFETIMES)


def rate_rank(settings: GenerationSettings, account: I64) -> I64:
    """An account's rank by buying rate among its block, 0 (rarely) to BLOCK - 1 (most often)."""
    shift = bits(draw(stream(settings.seed, "block"), account >> BLOCK_BITS), 0, BLOCK_BITS)
    rank: I64 = np.bitwise_and((account - shift) * _STEP_INVERSE, _MASK)
    return rank


def lifetime(settings: GenerationSettings, line: Timeline, country: I64, account: I64) -> I64:
    """How many later sign-ups of its country an account outlives; ``account`` counts from 0 within the country."""
    word = draw(stream(settings.seed, "lifetime"), account + line.account_base[country])
    days = PROFILES[settings.profile].lifetime_days
    span = (_lifetimes()[bits(word, 0, 12)] * (line.typical_new[country] * days)) >> 16
    longer: I64 = np.maximum(span, _SHORTEST_LIFE)
    return longer


def choose_customers(
    settings: GenerationSettings, line: Timeline, t: I64, number: I64, segment: I64, words: U64
) -> I64:
    """The account number of the buyer of each order, 0 for a guest.

    Args:
        settings: The retailer.
        line: Its timeline.
        t: Column of the order's day in the timeline.
        number: The order's number within the day, from 0.
        segment: Its segment.
        words: A random word each.
    """
    profile = PROFILES[settings.profile]
    country = line.segment_country[segment]
    position = number - line.first_number[segment, t]
    orders, new = line.orders[segment, t], line.new[segment, t]
    rank_of_new = position * new // orders
    is_new = (position + 1) * new // orders > rank_of_new
    account = line.accounts[country, t] + earlier_new(line, segment, t) + rank_of_new
    guest = (segment < line.till_segments) & (bits(words, 48, 16) < int(profile.guest_share * 65536))
    guest |= line.accounts[country, t] == 0
    known = np.flatnonzero(~is_new & ~guest)
    account[known] = _returning(settings, line, country[known], t[known], words[known])
    return np.where(is_new | ~guest, account + line.account_base[country] + 1, 0)


def earlier_new(line: Timeline, segment: I64, t: I64) -> I64:
    """Accounts opened the same day in the same country's segment before this one: the tills', for an online store."""
    tills = line.till_segments
    if not tills:
        return np.zeros(len(t), dtype=np.int64)
    return np.where(segment >= tills, line.new[np.maximum(segment - tills, 0), t], 0)


def _returning(settings: GenerationSettings, line: Timeline, country: I64, t: I64, words: U64) -> I64:
    """Accounts opened before day ``t`` and alive on it, each as likely as its buying rate says."""
    table = _rank_table(settings)
    block_key = stream(settings.seed, "block")
    high = line.accounts[country, t]
    longest = line.typical_new[country] * int(PROFILES[settings.profile].lifetime_days * LIFETIMES)
    first_block = np.maximum(high - longest, 0) >> BLOCK_BITS
    blocks = ((high - 1) >> BLOCK_BITS) - first_block + 1
    chosen = high - 1  # the youngest account is always alive: what is left when luck runs out
    open_rows, attempt = np.arange(len(t)), 0
    while attempt < _ATTEMPTS and len(open_rows):
        # few rows are given several attempts in a step, which then costs no more than one
        several = min(max(_STEP_ROWS // len(open_rows), 1), _ATTEMPTS - attempt)
        word = draw(words[open_rows], np.arange(attempt, attempt + several)[:, np.newaxis])
        block = first_block[open_rows] + ((bits(word, 0, 32) * blocks[open_rows]) >> 32)
        rank = table[bits(word, 32, 16)].astype(np.int64)
        shift = bits(draw(block_key, block), 0, BLOCK_BITS)
        account = (block << BLOCK_BITS) + ((rank * _STEP + shift) & _MASK)
        age = high[open_rows] - account
        alive = (age > 0) & (age < lifetime(settings, line, country[open_rows], account))
        found = alive.any(axis=0)
        chosen[open_rows[found]] = account[alive.argmax(axis=0), np.arange(len(open_rows))][found]
        open_rows, attempt = open_rows[~found], attempt + several
    return chosen
