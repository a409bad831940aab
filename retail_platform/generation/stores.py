"""Stores: the online store of each country and the shops that open, move, change format and close.

The whole life of a store is a short list of versions, written down once per settings. Every change takes effect at
``REFERENCE_MS`` after midnight UTC of its day. Which store sells an order is a table lookup.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from retail_platform.generation.profiles import COUNTRIES, PROFILES
from retail_platform.generation.randomness import choice_table, draw, lognormal_table, scale, stream
from retail_platform.generation.settings import GenerationSettings

REFERENCE_MS = 1000
"""Moment of the day at which prices, rates and stores change; orders start a second later."""

PICK_BITS = 12
FIRST_SHOP = 101
_FORMATS = ("standard", "standard", "standard", "express", "express", "flagship", "outlet")
_HORIZON_DAYS = 365 * 40
_REVIEW_DAYS = 800


@dataclass(frozen=True)
class StoreVersion:
    """A store between two changes; days are ordinals, ``city`` an index into the country's city pool."""

    number: int
    country: int
    store_type: str
    city: int
    opened_on: int
    closed_on: int | None
    changed_on: int


@dataclass(frozen=True)
class StoreNetwork:
    """All stores of a retailer.

    Attributes:
        versions: Every version by store, oldest first; a store's index is its position here.
        online: Index of each country's online store, by country index.
        weights: Share of trade by store index; zero for online stores.
    """

    versions: tuple[tuple[StoreVersion, ...], ...]
    online: tuple[int, ...]
    weights: tuple[int, ...]

    @cached_property
    def all_versions(self) -> tuple[StoreVersion, ...]:
        """Every version, store after store."""
        return tuple(version for history in self.versions for version in history)

    @cached_property
    def _first_version(self) -> tuple[int, ...]:
        return tuple(accumulate((len(history) for history in self.versions), initial=0))

    def at(self, store: int, day: int) -> int | None:
        """Position of the version in force on a day among all of them, None before the store exists."""
        known = sum(version.changed_on <= day for version in self.versions[store])
        return self._first_version[store] + known - 1 if known else None

    def changed_on(self, day: int) -> set[int]:
        """Indices of the stores that opened or changed on a day."""
        return self._changes.get(day, set())

    @cached_property
    def _changes(self) -> dict[int, set[int]]:
        changes: dict[int, set[int]] = {}
        for store, history in enumerate(self.versions):
            for version in history:
                changes.setdefault(version.changed_on, set()).add(store)
        return changes


@lru_cache(maxsize=16)
def store_network(settings: GenerationSettings) -> StoreNetwork:
    """The stores of a retailer, online stores first."""
    profile = PROFILES[settings.profile]
    codes = [country.code for country in COUNTRIES if country.code in profile.countries]
    opening = settings.opening_day.toordinal()
    histories: list[tuple[StoreVersion, ...]] = []
    for country in range(len(codes)):
        first = opening - 2500
        histories.append((StoreVersion(country + 1, country, "online", 0, first, None, first),))
    weights = [0] * len(codes)
    if profile.store_share:
        shares = choice_table([profile.countries[code] for code in codes], 1 << 12)
        sizes = lognormal_table(1 << 10, 0.7)
        for shop in range(settings.store_count):
            word = draw(stream(settings.seed, "shop"), [shop])
            # the first shops give every country one that is always open
            country = shop if shop < len(codes) else int(shares[scale(word, 0, 12, 1 << 12)][0])
            histories.append(_history(settings, shop, country, opening, permanent=shop < len(codes)))
            weights.append(int(sizes[scale(word, 16, 10, 1 << 10)][0]))
    return StoreNetwork(tuple(histories), tuple(range(len(codes))), tuple(weights))


def _history(
    settings: GenerationSettings, shop: int, country: int, opening: int, *, permanent: bool
) -> tuple[StoreVersion, ...]:
    key = stream(settings.seed, "shop-life", shop)
    word = draw(key, [0])
    if permanent or shop * 10 < settings.store_count * 6:
        opened = opening - 100 - int(scale(word, 0, 16, 4000)[0])
    else:
        opened = opening + 20 + int(scale(word, 0, 16, 365 * 6)[0])
    closes = not permanent and int(scale(word, 16, 8, 100)[0]) < 14
    closed = max(opened, opening) + 300 + int(scale(word, 24, 16, 3000)[0]) if closes else None
    kind = _FORMATS[int(scale(word, 40, 8, len(_FORMATS))[0])]
    current = StoreVersion(FIRST_SHOP + shop, country, kind, int(scale(word, 48, 12, 4096)[0]), opened, None, opened)
    history = [current]
    for review in range(1, (opening + _HORIZON_DAYS - opened) // _REVIEW_DAYS):
        word = draw(key, [review])
        day = opened + review * _REVIEW_DAYS + int(scale(word, 0, 16, 600)[0]) - 300
        if closed is not None and day >= closed:
            break
        city, kind = current.city, current.store_type
        outcome = int(scale(word, 16, 8, 100)[0])
        if outcome < 22:
            city = int(scale(word, 24, 12, 4096)[0])
        elif outcome < 45:
            kind = _FORMATS[int(scale(word, 36, 8, len(_FORMATS))[0])]
        if (city, kind) != (current.city, current.store_type):
            current = StoreVersion(current.number, country, kind, city, opened, None, day)
            history.append(current)
    if closed is not None:
        last = current
        history.append(StoreVersion(last.number, country, last.store_type, last.city, opened, closed, closed + 1))
    return tuple(history)


def pick_table(settings: GenerationSettings, country: int, day: int) -> npt.NDArray[np.int32]:
    """Store indices in proportion to trade among a country's shops open on a day; ``1 << PICK_BITS`` entries."""
    return _pick_table(settings, country, bisect_right(_turning_days(settings), day))


@lru_cache(maxsize=16)
def _turning_days(settings: GenerationSettings) -> list[int]:
    """The days on which some shop is open for the first time, or no longer, rising."""
    histories = store_network(settings).versions
    opened = {history[0].opened_on for history in histories}
    return sorted(opened | {history[-1].closed_on + 1 for history in histories if history[-1].closed_on is not None})


@lru_cache(maxsize=256)
def _pick_table(settings: GenerationSettings, country: int, turn: int) -> npt.NDArray[np.int32]:
    """The pick table of the days before turning day ``turn`` and from the one before it on."""
    network, day = store_network(settings), _turning_days(settings)[turn - 1]
    weights = []
    for history, weight in zip(network.versions, network.weights, strict=True):
        last = history[-1]
        is_open = history[0].opened_on <= day and (last.closed_on is None or day <= last.closed_on)
        weights.append(float(weight) if is_open and last.country == country else 0.0)
    return choice_table(weights, 1 << PICK_BITS)
