"""The life of an order: which status it reaches on which later day, and at which moment.

An order's life is one of a few hundred *paths*: the lag in days of each event, drawn with one 16-bit number. To find
the older orders that change on a day it is enough to look that number up in the table of the lag; nothing else about
the other orders is computed. Whether a considered return happens depends on what was bought, see
:mod:`retail_platform.generation.baskets`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt

from retail_platform.contracts.feeds import ORDER_STATUSES
from retail_platform.generation.calendar import DAY_MS
from retail_platform.generation.profiles import PROFILES
from retail_platform.generation.randomness import I64, U64, bits
from retail_platform.generation.settings import GenerationSettings

HORIZON = 45
"""No order changes more than this many days after it was placed."""

NEVER = 127
PLACED, PAID, SHIPPED, DELIVERED, CANCELLED, RETURNED = range(len(ORDER_STATUSES))
_PATH_SIZE = 1 << 16

_PAYMENT = {0: 940, 1: 40, 2: 20}
_DISPATCH = {0: 350, 1: 440, 2: 150, 3: 60}
_TRANSIT = {1: 300, 2: 350, 3: 200, 4: 100, 6: 50}
_CONSIDERATION = {
    2: 60,
    3: 90,
    4: 110,
    5: 110,
    6: 100,
    7: 90,
    8: 70,
    10: 80,
    12: 70,
    14: 80,
    17: 50,
    20: 40,
    24: 30,
    29: 20,
}
_UNPAID, _CANCELLED = 0.012, {0: 0.016, 1: 0.009}


@dataclass(frozen=True)
class Paths:
    """All lives of orders.

    Attributes:
        lags: Lag in days of each event by path, shape (statuses, paths); NEVER where it doesn't happen.
        draw: Path of each 16-bit number, shape (2, 65536): row 0 online, row 1 at a till.
        due: Whether the number's path has an event or a considered return at a lag, shape (2, HORIZON + 1, 65536).
        return_class: 0, 1 or 2 by path: return considered within a week of delivery, within two, later.
    """

    lags: npt.NDArray[np.int8]
    draw: npt.NDArray[np.int16]
    due: npt.NDArray[np.bool_]
    return_class: npt.NDArray[np.int8]


Life = tuple[int, int, int, int, int, int]


def _online_lives(returning: float) -> dict[Life, float]:
    lives: dict[Life, float] = {(0, NEVER, NEVER, NEVER, 3, NEVER): _UNPAID}
    rest = (1.0 - _UNPAID) / 1000.0
    for paid, pay_weight in _PAYMENT.items():
        for wait, share in _CANCELLED.items():
            lives[0, paid, NEVER, NEVER, paid + wait, NEVER] = rest * pay_weight * share
        going = rest * pay_weight * (1.0 - sum(_CANCELLED.values()))
        for (wait, wait_weight), (days, day_weight) in product(_DISPATCH.items(), _TRANSIT.items()):
            shipped, weight = paid + wait, going * wait_weight * day_weight / 1e6
            _add_returns(lives, (0, paid, shipped, shipped + days, NEVER), weight, returning)
    return lives


def _add_returns(lives: dict[Life, float], start: tuple[int, int, int, int, int], weight: float, share: float) -> None:
    total = sum(_CONSIDERATION.values())
    lives[(*start, NEVER)] = weight * (1.0 - share)
    for days, part in _CONSIDERATION.items():
        lives[(*start, start[DELIVERED] + days)] = weight * share * part / total


@lru_cache(maxsize=8)
def paths(settings: GenerationSettings) -> Paths:
    """The lives of a retailer's orders."""
    at_till, online = PROFILES[settings.profile].return_share
    till_lives: dict[Life, float] = {}
    _add_returns(till_lives, (0, 0, NEVER, 0, NEVER), 1.0, at_till)
    online_lives = _online_lives(online)
    lags = np.array([*online_lives, *till_lives], dtype=np.int8).T
    draw = np.stack([_spread(online_lives, 0), _spread(till_lives, len(online_lives))])
    due = np.stack([(lags == lag).any(axis=0)[draw] for lag in range(HORIZON + 1)], axis=1)
    waited = lags[RETURNED].astype(np.int64) - lags[DELIVERED]
    return_class = np.where(waited <= 7, 0, np.where(waited <= 14, 1, 2)).astype(np.int8)
    return Paths(lags, draw, due, return_class)


def _spread(lives: dict[Life, float], first: int) -> npt.NDArray[np.int16]:
    edges = np.floor(np.cumsum(np.array(list(lives.values()))) * _PATH_SIZE + 0.5).astype(np.int64)
    edges[-1] = _PATH_SIZE
    return (np.repeat(np.arange(len(edges)), np.diff(edges, prepend=0)) + first).astype(np.int16)


@dataclass(frozen=True)
class Progress:
    """What happened to some orders on one day, in milliseconds after its midnight.

    Attributes:
        changed: Whether something happened between the two cuts.
        status: Index into ``ORDER_STATUSES`` at the later cut; never RETURNED.
        moment: Moment of the last event up to the later cut.
        return_moment: Moment at which a return considered that day would happen.
    """

    changed: npt.NDArray[np.bool_]
    status: I64
    moment: I64
    return_moment: I64


def progress(
    lags: npt.NDArray[np.int8],
    day_lag: I64,
    placed_ms: I64,
    words: U64,
    till: npt.NDArray[np.bool_],
    since: int,
    as_of: int,
) -> Progress:
    """The events of one day in the lives of some orders.

    Args:
        lags: Their paths' lags, shape (statuses, orders).
        day_lag: Days since each was placed.
        placed_ms: Moment of placing within its day.
        words: A random word each.
        till: Whether it was taken at a till, where paying and taking home follow at once.
        since: Events up to this moment don't count as changes.
        as_of: Events after this moment have not happened yet.
    """
    fresh = day_lag == 0
    clock = np.where(fresh, placed_ms, _working_hours(words, 0))
    changed = fresh & (placed_ms > since) & (placed_ms <= as_of)
    status = np.zeros(len(day_lag), dtype=np.int64)
    moment = np.where(fresh, placed_ms, 0)
    today = fresh.copy()
    for event, low in ((PAID, 8), (SHIPPED, 24), (DELIVERED, 40), (CANCELLED, 48)):
        here = lags[event] == day_lag
        swift = 4_000 + bits(words, low, 12) * np.where(till, 20, 90)  # seconds at a till, minutes online
        slow = ((DAY_MS - clock) * bits(words, low, 14)) >> 15
        step = np.where(till | (event == PAID), swift, slow)
        clock = np.where(here & today, np.minimum(clock + step, DAY_MS - 1), clock)
        today |= here
        shown = here & (clock <= as_of)
        changed |= shown & (clock > since)
        moment = np.where(shown, clock, moment)
        status = np.where(shown | (lags[event] < day_lag), event, status)
    return Progress(changed, status, moment, _working_hours(words, 4))


def _working_hours(words: U64, low: int) -> I64:
    """A moment between 05:45 and 21:45 UTC."""
    return 20_700_000 + ((bits(words, low, 32) * 57_600_000) >> 32)
