"""Pools of credible text: names, addresses, brands, product words.

mimesis fills them once per process with a fixed seed; rows then pick by index. mimesis is pinned and a test holds the
pools' hash, so an upgrade that changes the words is noticed. Pools never depend on the user's settings.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import polars as pl
from mimesis import Address, Person
from mimesis.locales import Locale

from retail_platform.generation.profiles import COUNTRIES

NAMES = 256
PLACES = 128
STREETS = 512
PHONES = 512
BRANDS = 200
MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")

LINES = ("Classic", "Natural", "Comfort", "Studio", "Pure", "Urban", "Alpine", "Nova", "Heritage", "Essential", "Prime",
         "Coastal", "Active", "Golden", "Simple", "Bright", "Nordic", "Everyday", "Select", "Craft", "Vital", "Terra",
         "Lunar", "Solid", "Smart", "Gentle", "Rapid", "Eco", "Royal", "Fresh", "True", "Open")  # fmt: skip


@dataclass(frozen=True)
class Pools:
    """The pools as Polars columns; those of all countries stand behind one another, ``NAMES`` (``PLACES`` ...) each."""

    first_names: pl.Series
    last_names: pl.Series
    mail_first: pl.Series
    mail_last: pl.Series
    streets: pl.Series
    phones: pl.Series
    cities: pl.Series
    regions: pl.Series
    postal_codes: pl.Series
    brands: pl.Series

    def fingerprint(self) -> str:
        """A hash over every word."""
        digest = hashlib.blake2b(digest_size=16)
        for name in self.__dataclass_fields__:
            column: pl.Series = getattr(self, name)
            digest.update("\x1f".join(value or "" for value in column.to_list()).encode())
        return digest.hexdigest()


def _fill(draw: Callable[[], str], size: int) -> list[str]:
    return [draw().strip() for _ in range(size)]


def mailbox_part(name: str, otherwise: str) -> str:
    """A name as it may stand before the @: lower-case ASCII letters, or those of ``otherwise`` if none are left."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ø", "o").replace("æ", "ae"))
    letters = re.sub(r"[^a-z]", "", plain.encode("ascii", "ignore").decode().lower())
    return letters or mailbox_part(otherwise, "customer")


@lru_cache(maxsize=1)
def pools() -> Pools:
    """The pools of this process."""
    english = Person(Locale.EN, seed=20240101)
    spare_first, spare_last = _fill(english.first_name, NAMES), _fill(english.last_name, NAMES)
    columns: dict[str, list[str]] = {name: [] for name in Pools.__dataclass_fields__}
    for position, country in enumerate(COUNTRIES):
        locale = Locale(country.locale)
        person, address = Person(locale, seed=1000 + position), Address(locale, seed=2000 + position)
        first, last = _fill(person.first_name, NAMES), _fill(person.last_name, NAMES)
        columns["first_names"] += first
        columns["last_names"] += last
        columns["mail_first"] += [mailbox_part(a, b) for a, b in zip(first, spare_first, strict=True)]
        columns["mail_last"] += [mailbox_part(a, b) for a, b in zip(last, spare_last, strict=True)]
        columns["streets"] += _fill(address.address, STREETS)
        columns["phones"] += _fill(person.telephone, PHONES)
        columns["cities"] += _fill(address.city, PLACES)
        columns["regions"] += _fill(address.state, PLACES)
        columns["postal_codes"] += _fill(address.postal_code, PLACES)
    columns["brands"] = list(dict.fromkeys(_fill(english.last_name, BRANDS * 4)))[:BRANDS]
    return Pools(**{name: pl.Series(name, values, dtype=pl.String) for name, values in columns.items()})
