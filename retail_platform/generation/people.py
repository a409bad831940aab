"""The customers frame: account states dressed with names and addresses from the pools."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from retail_platform.contracts.feeds import CUSTOMER_STATUSES, TIERS
from retail_platform.generation.accounts import AccountState
from retail_platform.generation.columns import frame, id_column, moments, pick, pick_text
from retail_platform.generation.pools import MAIL_DOMAINS, NAMES, PHONES, PLACES, STREETS, pools
from retail_platform.generation.profiles import COUNTRIES
from retail_platform.generation.randomness import I64, bits, draw, stream
from retail_platform.generation.settings import GenerationSettings
from retail_platform.generation.timeline import Timeline

_PHONE_BITS, _NO_PHONE = 8, 46  # of 256


def dress(settings: GenerationSettings, line: Timeline, state: AccountState) -> pl.DataFrame:
    """The customers frame of some account states."""
    market = np.array([COUNTRIES.index(country) for country in line.countries])[state.country]
    person = draw(stream(settings.seed, "person"), state.number)
    home = draw(stream(settings.seed, "home"), state.number * 65536 + state.address)
    first, last = market * NAMES + bits(person, 0, 8), market * NAMES + bits(person, 8, 8)
    place = market * PLACES + bits(home, 9, 7)
    phone = pick(pools().phones, market * PHONES + bits(person, 24, 9))
    has_phone = bits(person, 33, _PHONE_BITS) >= _NO_PHONE
    nobody = pl.Series([None], dtype=pl.String)
    return frame(
        "customers",
        {
            "customer_id": id_column("C", state.number, 9),
            "first_name": pick(pools().first_names, first),
            "last_name": pick(pools().last_names, last),
            "email": _emails(first, last, state.number, bits(person, 16, 8) % len(MAIL_DOMAINS)),
            "phone": phone.zip_with(pl.Series(has_phone), nobody),
            "street": pick(pools().streets, market * STREETS + bits(home, 0, 9)),
            "city": pick(pools().cities, place),
            "region": pick(pools().regions, place),
            "postal_code": pick(pools().postal_codes, place),
            "country": pick_text([country.code for country in COUNTRIES], market),
            "tier": pick_text(TIERS, state.tier),
            "marketing_opt_in": pl.Series(bits(person, 41, 8) < 150),
            "status": pick_text(CUSTOMER_STATUSES, state.closed.astype(np.int64)),
            "signed_up_at": moments(line.origin, state.signed_up),
            "updated_at": moments(line.origin, state.updated),
        },
    )


def _emails(first: I64, last: I64, number: I64, domain: I64) -> pl.Series:
    mailbox = pick(_mail_beginnings(), first) + pick(pools().mail_last, last)
    return mailbox + pl.Series(number).cast(pl.String) + pick_text([f"@{name}" for name in MAIL_DOMAINS], domain)


@lru_cache(maxsize=1)
def _mail_beginnings() -> pl.Series:
    return pools().mail_first + "."
