"""Giving rows in quarantine another chance: after a contract was loosened, or with a value corrected.

What passes now lands as a unit of its own day and is loaded like any other; what doesn't stays where it is. When the
day is landed anew, with other settings or other files, its rows are judged afresh and replays begin anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from retail_platform.contracts import CONTRACTS, Contract, contract_for
from retail_platform.contracts.enforce import REPEATED, WARNING, enforce
from retail_platform.ingestion.delivery import Delivery
from retail_platform.ingestion.quarantine import held_back
from retail_platform.ingestion.unit import UnitBuilder
from retail_platform.landing import DayManifest, LandingZone


@dataclass(frozen=True)
class Selection:
    """Which rows: empty means every one.

    Attributes:
        feed: Feed they came in.
        rule: Text that occurs in the rules they broke.
        corrections: Column → value to put in before they are judged again.
    """

    feed: str = ""
    rule: str = ""
    corrections: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Replayed:
    """What became of a day's rows."""

    day: date
    tried: int
    released: int
    manifest: DayManifest


def replay_day(zone: LandingZone, day: date, selection: Selection, *, dry_run: bool = False) -> Replayed | None:
    """Judge a day's rows in quarantine again and land those that pass; None if the day never landed.

    Raises:
        LandingZoneError: The zone can't be read or written; nothing is released.
    """
    manifest = zone.manifest(day)
    if manifest is None:
        return None
    rows = _selected(held_back(zone, manifest), selection)
    passed: dict[str, pl.DataFrame] = {}
    released: list[str] = []
    for contract in CONTRACTS:
        candidates = rows.filter(pl.col("feed") == contract.name)
        if candidates.height:
            passed[contract.name], ids = _again(contract, candidates, day, selection.corrections or {})
            released += ids
    if released and not dry_run:
        replays = sum(unit.name.startswith("replay-") for unit in manifest.units)
        builder = UnitBuilder(zone, day, f"replay-{replays + 1:03d}")
        unit = builder.build([Delivery(passed, {}, None)], manifest.as_of).unit
        manifest = manifest.model_copy(
            update={"units": (*manifest.units, unit), "released": (*manifest.released, *released)}
        )
        zone.publish(manifest)
    return Replayed(day, rows.height, len(released), manifest)


def _selected(rows: pl.DataFrame, selection: Selection) -> pl.DataFrame:
    """The rows meant; never those that were let through or came twice: they are in the raw table already."""
    rule = pl.col("rule")
    rows = rows.filter(~rule.str.starts_with(WARNING) & (rule != REPEATED))
    if selection.feed:
        rows = rows.filter(pl.col("feed") == contract_for(selection.feed).name)
    return rows.filter(rule.str.contains(selection.rule, literal=True)) if selection.rule else rows


def _again(
    contract: Contract, rows: pl.DataFrame, day: date, corrections: Mapping[str, str]
) -> tuple[pl.DataFrame, Sequence[str]]:
    """The rows that pass now, and the ids they were held back under."""
    text = dict.fromkeys(contract.column_names, pl.String())
    came = pl.read_ndjson("\n".join(rows["payload"]).encode(), schema=text)
    came = came.with_columns(pl.lit(value).alias(column) for column, value in corrections.items() if column in text)
    valid = enforce(contract, came, day).valid
    keys = came.select(pl.col(contract.key).cast(pl.String)).with_columns(rejected_id=rows["rejected_id"])
    passed = keys.join(valid.select(pl.col(contract.key).cast(pl.String)), on=list(contract.key), how="semi")
    return valid, passed["rejected_id"].to_list()
