"""What the launchpad of the ingestion job asks for."""

from __future__ import annotations

from datetime import date
from typing import Literal

import dagster as dg
from pydantic import Field, ValidationError

from retail_platform.generation import GenerationSettings
from retail_platform.generation.mess import MessSettings
from retail_platform.ingestion.files import Files
from retail_platform.ingestion.land import Simulation, Source
from retail_platform.landing import LandingZone


class MessConfig(dg.Config):
    """How carelessly the simulated systems send; every rate is a share of the rows from 0 to 1."""

    seed: int = Field(default=42, description="Number of the pattern of defects, 0 or more.")
    late_rate: float = Field(default=0.0, description="Rows that arrive one to eight days after their day.")
    duplicate_rate: float = Field(default=0.0, description="Rows sent twice.")
    null_rate: float = Field(default=0.0, description="Rows in which a mandatory column is empty.")
    broken_type_rate: float = Field(default=0.0, description="Rows with words where a number or a date belongs.")
    unknown_key_rate: float = Field(default=0.0, description="Rows that point to something that doesn't exist.")
    drift_rate: float = Field(
        default=0.0, description="Feeds that come, on a day, with a column too many or of another type."
    )


class LandDayConfig(dg.Config):
    """The retailer to simulate. The same values and the same day always give the same rows, byte for byte."""

    source: Literal["simulator", "landing"] = Field(
        default="simulator",
        description=(
            "Where the rows come from: the simulator, or files that another system has put into the landing zone "
            "(<root>/<feed>/dt=YYYY-MM-DD/*.jsonl, .csv or .parquet); the other values mean nothing then."
        ),
    )
    profile: Literal["online", "grocery", "marketplace"] = Field(
        default="online", description="Kind of retailer: basket sizes, prices, return rates and opening hours differ."
    )
    orders_per_day: int = Field(
        default=2_000,
        description="Orders on an average day, 10 to 2,000,000; a given day has more or fewer with the season.",
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

    mess: MessConfig = Field(
        default=MessConfig(),
        description="Defects of the delivery, each recorded in raw_defect_ledger; by default there are none.",
    )

    def source_in(self, zone: LandingZone, until: date | None = None) -> Source:
        """The rows to land; ``until`` is the last day that will be asked for, if that is known.

        Raises:
            dagster.Failure: A value is out of its range.
        """
        return Files(zone) if self.source == "landing" else self.simulation(until)

    def simulation(self, until: date | None = None) -> Simulation:
        """The simulated rows to land; see :meth:`source_in`.

        Raises:
            dagster.Failure: A value is out of its range; not retried, because it won't get better.
        """
        try:
            settings = GenerationSettings(profile=self.profile, seed=self.seed, orders_per_day=self.orders_per_day)
        except ValidationError as error:
            raise _refused(error) from None
        try:
            mess = MessSettings(**self.mess.model_dump())
        except ValidationError as error:
            raise _refused(error, "mess") from None
        return Simulation(settings, mess, until)


def _refused(error: ValidationError, *within: str) -> dg.Failure:
    problems = "; ".join(
        f"{'.'.join(str(part) for part in (*within, *e['loc']))}={e['input']!r}: {e['msg']}" for e in error.errors()
    )
    return dg.Failure(
        f"the job's configuration can't be used: {problems}. Correct it in the launchpad and launch again.",
        allow_retries=False,
    )
