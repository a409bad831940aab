"""What an account looks like on a day, and which accounts change on it.

Sign-ups, moves, tier changes and closings are events at hashed days. An event of a kind can only fall on an account's
*review days* of that kind, a fixed number of days apart and staggered by account number: that is how a day finds its
events without visiting every account, and an account its last event without visiting every day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from retail_platform.generation.calendar import DAY_MS
from retail_platform.generation.columns import rising
from retail_platform.generation.customers import BLOCK, lifetime, rate_rank
from retail_platform.generation.placing import Orders, placed_ms
from retail_platform.generation.profiles import PROFILES
from retail_platform.generation.randomness import I64, draw, scale, stream
from retail_platform.generation.selection import Window
from retail_platform.generation.settings import GenerationSettings
from retail_platform.generation.timeline import LIFETIMES, Timeline

MOVE_REVIEW, TIER_REVIEW, CLOSING_REVIEW = 364, 182, 91
_MOVE_PERCENT, _CLOSING_PERCENT = 11, 35
_TIER_STEPS = (0, TIER_REVIEW, 3 * TIER_REVIEW)  # days from the first review to silver, gold and platinum
_TIER_RANKS = tuple(BLOCK * percent // 100 for percent in (70, 90, 98))
EARLIEST_MS = 1500


@dataclass(frozen=True)
class AccountState:
    """Accounts at a moment. Days are columns of the timeline, moments milliseconds since the timeline's first midnight.

    Attributes:
        shown: The day it is shown on.
        country: Country index.
        number: Account number.
        signed_up: Moment of sign-up.
        address: Identifies the address: 0 the first one, otherwise the day of the last move.
        tier: Index into ``TIERS``.
        closed: Whether the account is closed.
        updated: Moment of the last change.
    """

    shown: I64
    country: I64
    number: I64
    signed_up: I64
    address: I64
    tier: I64
    closed: npt.NDArray[np.bool_]
    updated: I64

    def __getitem__(self, index: npt.NDArray[np.bool_]) -> AccountState:
        return AccountState(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


class _Accounts:
    """Accounts of one retailer with the questions all kinds of events ask."""

    def __init__(
        self, settings: GenerationSettings, line: Timeline, number: I64, known: tuple[I64, I64, I64] | None = None
    ) -> None:
        self.settings, self.line, self.number = settings, line, number
        if known is None:
            country = np.searchsorted(line.account_base, number - 1, side="right") - 1
            account = number - 1 - line.account_base[country]
            known = country, account, lifetime(settings, line, country, account)
        self.country, self.account, self.lifetime = known

    def alive(self, t: I64) -> npt.NDArray[np.bool_]:
        """Whether each is still a customer on a day."""
        return self.line.accounts[self.country, np.clip(t, 0, None)] - self.account < self.lifetime

    def moment(self, kind: str, t: I64) -> I64:
        """Moment of an event on a day, between 06:00 and 22:00 UTC."""
        word = draw(stream(self.settings.seed, kind), self.number * 65536 + t)
        return t * DAY_MS + 21_600_000 + scale(word, 16, 32, 57_600_000)

    def moves_on(self, t: I64) -> npt.NDArray[np.bool_]:
        """Whether a review ends in a move."""
        word = draw(stream(self.settings.seed, "move"), self.number * 65536 + t)
        return scale(word, 0, 16, 100) < _MOVE_PERCENT

    def closes(self) -> npt.NDArray[np.bool_]:
        """Whether each will close the account after it stops buying, rather than just stay away."""
        return scale(draw(stream(self.settings.seed, "closing"), self.number), 0, 16, 100) < _CLOSING_PERCENT

    def target_tier(self) -> I64:
        """The tier each rises to if it stays long enough."""
        return np.searchsorted(np.array(_TIER_RANKS), rate_rank(self.settings, self.account), side="right")

    def select(self, index: npt.NDArray[np.bool_] | I64) -> _Accounts:
        known = self.country[index], self.account[index], self.lifetime[index]
        return _Accounts(self.settings, self.line, self.number[index], known)


def states_to_show(
    settings: GenerationSettings, line: Timeline, buyers: Sequence[I64], window: Window, most: int
) -> Iterator[AccountState]:
    """The buyers and the accounts that changed within the window, by day and number, at most so many at a time.

    Args:
        settings: The retailer.
        line: Its timeline.
        buyers: Of each day the numbers of the accounts to show in any case, in any order.
        window: The days.
        most: How many states to hold at a time; only those of a single day are given in more than one piece.
    """
    buyers = [rising(some) for some in buyers]
    possible = [rising(candidates(settings, line, t)) for t in window.shown]
    numbers = [rising(np.concatenate(both)) for both in zip(buyers, possible, strict=True)]
    if len(numbers) == 1 and len(numbers[0]) > most:
        changed = possible[0][_changed(account_states(settings, line, possible[0], window.t, window.cut), window)]
        number = rising(np.concatenate([buyers[0], changed]))
        for start in range(0, len(number), most):
            yield account_states(settings, line, number[start : start + most], window.t, window.cut)
        return
    # the states that tell who changed are those to show
    t = np.repeat(np.array(window.shown), [len(number) for number in numbers])
    states = account_states(settings, line, np.concatenate(numbers), t, window.cut)
    shown, start = _changed(states, window), 0
    for number, some in zip(numbers, buyers, strict=True):
        shown[start + np.searchsorted(number, some)] = True
        start += len(number)
    if shown.any():
        yield states[shown]


def _changed(states: AccountState, window: Window) -> npt.NDArray[np.bool_]:
    updated = states.updated - states.shown * DAY_MS
    return (updated > window.since) & (updated <= window.cut) & (updated >= 0)


def account_states(
    settings: GenerationSettings, line: Timeline, number: I64, shown: int | I64, cut: int
) -> AccountState:
    """The accounts with these numbers as of ``cut`` (milliseconds after midnight of the day ``shown``, or each its)."""
    accounts = _Accounts(settings, line, number)
    t = np.broadcast_to(np.asarray(shown, dtype=np.int64), len(number))
    now = t * DAY_MS + cut
    signed_day, signed_up = _sign_up(accounts)
    address, moved = _last_move(accounts, signed_day, t, now)
    tier, promoted = _tier(accounts, signed_day, t, now)
    closed, closing = _closing(accounts, t, now)
    updated = np.maximum(np.maximum(signed_up, moved), np.maximum(promoted, closing))
    return AccountState(t, accounts.country, number, signed_up, address, tier, closed, updated)


def candidates(settings: GenerationSettings, line: Timeline, t: int) -> I64:
    """Numbers of the accounts that are opened on a day or may change on it; few that don't."""
    opened = [np.arange(a, b) for a, b in zip(line.accounts[:, t], line.accounts[:, t + 1], strict=True)]
    found = [np.concatenate([some + base + 1 for some, base in zip(opened, line.account_base, strict=True)])]
    horizon = line.typical_new * int(PROFILES[settings.profile].lifetime_days * LIFETIMES)
    recent = line.accounts[:, t] - line.accounts[:, max(t - CLOSING_REVIEW, 0)]
    oldest = np.maximum(line.accounts[:, t] - horizon - recent, 0)
    for review in (MOVE_REVIEW, TIER_REVIEW, CLOSING_REVIEW):
        lows = oldest + -(oldest + t) % review
        countries = zip(lows, line.accounts[:, t], line.account_base, strict=True)
        due = np.concatenate([np.arange(low, first, review) + base + 1 for low, first, base in countries])
        found.append(due[_may_change(_Accounts(settings, line, due), review, t)])
    return np.concatenate(found)


def _may_change(accounts: _Accounts, review: int, t: int) -> npt.NDArray[np.bool_]:
    today = np.full(len(accounts.number), t, dtype=np.int64)
    if review == MOVE_REVIEW:
        return accounts.moves_on(today) & accounts.alive(today)
    if review == TIER_REVIEW:
        return (accounts.target_tier() > 0) & accounts.alive(today)
    return accounts.closes() & ~accounts.alive(today) & accounts.alive(today - CLOSING_REVIEW)


def _sign_up(accounts: _Accounts) -> tuple[I64, I64]:
    """Day and moment of sign-up: shortly before the first order, which is found by inverting how orders become new."""
    line, tills = accounts.line, accounts.line.till_segments
    day = np.empty(len(accounts.number), dtype=np.int64)
    for country in range(len(line.countries)):
        here = accounts.country == country
        day[here] = np.searchsorted(line.accounts[country], accounts.account[here], side="right") - 1
    rank = accounts.account - line.accounts[accounts.country, day]
    segment = accounts.country + tills
    if tills:
        at_till = line.new[accounts.country, day]
        online = rank >= at_till
        segment = np.where(online, segment, accounts.country)
        rank = np.where(online, rank - at_till, rank)
    orders, new = line.orders[segment, day], line.new[segment, day]
    number = line.first_number[segment, day] + -(-(rank + 1) * orders // new) - 1
    first_order = placed_ms(accounts.settings, line, Orders(day, number, segment))
    before = scale(draw(stream(accounts.settings.seed, "sign-up"), accounts.number), 0, 32, 540_000) + 20_000
    return day, day * DAY_MS + np.maximum(first_order - before, EARLIEST_MS)


def _last_move(accounts: _Accounts, signed_day: I64, t: I64, now: I64) -> tuple[I64, I64]:
    """Day of the last move (0 if none) and its moment."""
    day, moment = np.zeros_like(signed_day), np.zeros_like(signed_day)
    visit = t - (t + accounts.account) % MOVE_REVIEW
    left = np.flatnonzero(visit > signed_day)
    while len(left):
        some, when = accounts.select(left), visit[left]
        at = some.moment("move", when)
        moved = some.moves_on(when) & some.alive(when) & (at <= now[left])
        day[left[moved]], moment[left[moved]] = when[moved], at[moved]
        visit[left] -= MOVE_REVIEW
        left = left[~moved & (visit[left] > signed_day[left])]
    return day, moment


def _tier(accounts: _Accounts, signed_day: I64, t: I64, now: I64) -> tuple[I64, I64]:
    """Tier and the moment it was reached (0 for the first one)."""
    first = signed_day + 1 + -(signed_day + 1 + accounts.account) % TIER_REVIEW
    target = accounts.target_tier()
    tier, moment = np.zeros_like(signed_day), np.zeros_like(signed_day)
    for level, wait in enumerate(_TIER_STEPS, 1):
        rows = np.flatnonzero((target >= level) & (first + wait <= t))
        some, when = accounts.select(rows), first[rows] + wait
        at = some.moment("tier", when)
        reached = some.alive(when) & (at <= now[rows])
        tier[rows[reached]], moment[rows[reached]] = level, at[reached]
    return tier, moment


def _closing(accounts: _Accounts, t: I64, now: I64) -> tuple[npt.NDArray[np.bool_], I64]:
    """Whether each account is closed, and the moment it was."""
    closed, moment = np.zeros(len(accounts.number), dtype=np.bool_), np.zeros(len(accounts.number), dtype=np.int64)
    rows = np.flatnonzero(~accounts.alive(t))
    rows = rows[accounts.select(rows).closes()]
    some = accounts.select(rows)
    death = np.empty(len(rows), dtype=np.int64)
    for country in range(len(accounts.line.countries)):
        here = some.country == country
        death[here] = np.searchsorted(accounts.line.accounts[country], some.account[here] + some.lifetime[here])
    day = death + -(death + some.account) % CLOSING_REVIEW
    at = some.moment("closing", day)
    done = (day <= t[rows]) & (at <= now[rows])
    closed[rows[done]], moment[rows[done]] = True, at[done]
    return closed, moment
