"""What the launchpad of the ingestion job asks for."""

from __future__ import annotations

from typing import Literal

import dagster as dg
from pydantic import Field, ValidationError

from retail_platform.generation import GenerationSettings


class LandDayConfig(dg.Config):
    """The retailer to simulate. The same values and the same day always give the same rows, byte for byte."""

    profile: Literal["online", "grocery", "marketplace"] = Field(
        default="online", description="Kind of retailer: basket sizes, prices, return rates and opening hours differ."
    )
    orders_per_day: int = Field(
        default=2_000,
        description="Orders on an average day, 1 to 50,000,000; a given day has more or fewer with the season.",
    )
    seed: int = Field(
        default=42, description="Number of the simulated world, 0 or more; another seed is another retailer."
    )
    as_of: str = Field(
        default="",
        description=(
            "Moment up to which the day is told, ISO 8601 in UTC (2026-11-20T15:30:00). Empty: the whole day if it is "
            "over, otherwise up to now. An earlier moment than one landed before changes nothing."
        ),
    )

    def settings(self) -> GenerationSettings:
        """The generator's settings.

        Raises:
            dagster.Failure: A value is out of its range; not retried, because it won't get better.
        """
        try:
            return GenerationSettings(profile=self.profile, seed=self.seed, orders_per_day=self.orders_per_day)
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(str(part) for part in e['loc'])}={e['input']!r}: {e['msg']}" for e in error.errors()
            )
            raise dg.Failure(
                f"the job's configuration can't be used: {problems}. Correct it in the launchpad and launch again.",
                allow_retries=False,
            ) from None
