"""What a user may choose about the simulated retailer.

The first argument of every generating function: a frozen value, validated here and nowhere else. What a profile means
in figures lives in :mod:`retail_platform.generation.profiles`.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

GENERATOR_VERSION = 2
"""Part of every fingerprint; raised whenever the same settings begin to give other rows."""

ProfileName = Literal["grocery", "online", "marketplace"]


class NoSuchDayError(ValueError):
    """A retailer has no such day: its numbers would have run out by then."""


class GenerationSettings(BaseModel):
    """A retailer: same settings, same history, on any machine.

    A wrong value raises pydantic's ``ValidationError``, which names the field, the value and the accepted range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: ProfileName = Field(
        default="online",
        description="Kind of retailer: supermarkets, an online shop with showrooms, or a marketplace.",
    )
    seed: int = Field(default=42, ge=0, lt=2**63, description="Seed of all randomness.")
    orders_per_day: int = Field(
        default=2000,
        ge=10,
        le=2_000_000,
        description="Orders on an ordinary day around the opening; seasons, holidays and growth move the count.",
    )
    opening_day: date = Field(
        default=date(2024, 1, 1),
        ge=date(1990, 1, 1),
        le=date(2090, 1, 1),
        description="First day with data; earlier days are refused.",
    )
    annual_growth: float = Field(
        default=0.12, ge=-0.2, le=1.0, description="Yearly growth of demand, as a share of the opening level."
    )
    product_count: int = Field(default=3000, ge=100, le=20_000, description="Articles on sale at any moment.")
    store_count: int = Field(
        default=48, ge=5, le=2000, description="Shops that open in the course of time, online stores not counted."
    )
    demand_noise: float = Field(
        default=1.0, ge=0.0, le=3.0, description="Strength of the correlated day-to-day shock; 1 is realistic."
    )

    def fingerprint(self) -> str:
        """A short hash of all fields and the generator's version, stable between processes and machines."""
        payload = f"{GENERATOR_VERSION}:{self.model_dump_json()}"
        return hashlib.blake2b(payload.encode(), digest_size=8).hexdigest()
