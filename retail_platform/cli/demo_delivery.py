"""What the simulated sender delivered, computed anew: the first station of the demo's control totals.

The retailer, its carelessness and the contracts are asked again, without any of the code that lands or loads, so that
the totals at the other stations are held against something that can't share their mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from pymysql.connections import Connection
from rich.console import Console

from retail_platform.contracts import CONTRACTS
from retail_platform.contracts.enforce import enforce
from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.generation.mess import MessSettings
from retail_platform.ingestion.delivery import deliver
from retail_platform.ingestion.scoring import evidence
from retail_platform.landing import LandingZone
from retail_platform.settings import retail_settings

# Shares of the rows. A week of a small retailer gets some of each, and no check loses its meaning.
DEFAULT_RATE = 0.0005
_DRIFT = 20
"""A feed's day drifts this much more often than a row is damaged: there are so few of them."""


def mess_of(rate: float) -> MessSettings:
    """Every kind of defect at one rate; drift, which hits whole feeds, more often."""
    rows = dict.fromkeys(("late_rate", "duplicate_rate", "null_rate", "broken_type_rate", "unknown_key_rate"), rate)
    return MessSettings(**rows, drift_rate=min(rate * _DRIFT, 1.0))


@dataclass(frozen=True)
class Simulated:
    """The retailer of a demo, and how carelessly it sends."""

    settings: GenerationSettings
    mess: MessSettings

    def accepted(self, zone: LandingZone, window: Sequence[date]) -> dict[date, dict[str, pl.DataFrame]]:
        """Day → feed → the rows its contract lets through: those that came on the day, and those that came late.

        Args:
            zone: Says which days have landed: what comes on a later day hasn't come yet.
            window: The days.
        """
        return {day: dict(self._accepted(zone, day)) for day in window}

    def _accepted(self, zone: LandingZone, day: date) -> Iterator[tuple[str, pl.DataFrame]]:
        delivery = deliver(generate_day(self.settings, day), self.mess, day)
        came = [delivery.frames, *(rows for arrival, rows in delivery.late.items() if zone.manifest(arrival))]
        for contract in CONTRACTS:
            frames = [enforce(contract, rows[contract.name], day).valid for rows in came if contract.name in rows]
            yield contract.name, pl.concat([pl.DataFrame(schema=contract.polars_schema), *frames])


def print_defects(console: Console, connection: Connection[Any]) -> None:
    """One line about what the sender did wrong and what of it was noticed; nothing if it did nothing wrong."""
    found = evidence(connection, retail_settings().bronze)
    judged = [score for score in found.scores() if score.injected] if found else []
    if not found or not judged:
        return
    injected, hits = sum(score.injected for score in judged), sum(score.hits for score in judged)
    kinds = ", ".join(f"{score.kind} {score.hits:,} of {score.injected:,}" for score in judged)
    console.print()
    console.print(
        f"Messy delivery: [{'green' if injected == hits else 'yellow'}]{hits:,} of {injected:,} injected defects were "
        f"noticed[/] ({kinds}); {found.pending:,} more are still on their way or can't be judged yet. "
        "See: retail-platform quarantine list",
        highlight=False,
    )
