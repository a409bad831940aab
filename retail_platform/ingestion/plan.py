"""Deciding what a raw table still lacks of a landed day.

The aim is a state, not an action: *the table's rows for the day are those of the landed chain*. What is there already
is read from the table itself and from the audit, so a repeated run has nothing to do, an interrupted one goes on where
it stopped, and a day that was landed anew replaces the old one.

A load id is ``<feed>-<day>-<epoch>-<digest>``. The epoch grows by one whenever a day is replaced, so that content which
comes back after having been replaced gets a fresh label; without it StarRocks would take it for a load it already has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from retail_platform.contracts import Contract
from retail_platform.ingestion.audit import LOADED, AuditRow
from retail_platform.landing import DayManifest, LandedFile, LandedUnit

_LOAD_ID = re.compile(r"-(?P<day>\d{8})-(?P<epoch>\d+)-(?P<digest>[0-9a-f]{12})$")


@dataclass(frozen=True)
class Batch:
    """One file to load under one label."""

    label: str
    load_id: str
    part: int
    file: LandedFile
    unit: LandedUnit


@dataclass(frozen=True)
class Plan:
    """What to do for one feed of a day.

    Attributes:
        load_ids: The ids of the landed chain, oldest first; rows with any other id are stale.
        batches: What isn't in the table yet, in load order.
    """

    load_ids: tuple[str, ...]
    batches: tuple[Batch, ...]


def plan_load(contract: Contract, manifest: DayManifest, present: Mapping[str, int], audit: Sequence[AuditRow]) -> Plan:
    """The batches that bring a raw table to what landed.

    Args:
        contract: The feed's contract.
        manifest: What landed.
        present: Load id → rows the table holds for the day.
        audit: Every batch announced for the table and day; none of them still running.
    """
    units = [unit for unit in manifest.units if unit.files.get(contract.name)]
    digests = [unit.content_hash(contract.name)[:12] for unit in units]
    epoch = _epoch(contract, units, digests, present, audit)
    ids = tuple(load_id(contract.name, manifest.day, epoch, digest) for digest in digests)
    loaded = {row.label for row in audit if row.status == LOADED}
    batches = [
        Batch(label=f"{unit_id}-{part}", load_id=unit_id, part=part, file=file, unit=unit)
        for unit, unit_id in zip(units, ids, strict=True)
        for part, file in enumerate(unit.files[contract.name])
    ]
    return Plan(load_ids=ids, batches=tuple(batch for batch in batches if batch.label not in loaded))


def load_id(feed: str, day: date, epoch: int, digest: str) -> str:
    """The id of a unit's load; also the stem of its labels."""
    return f"{feed}-{day:%Y%m%d}-{epoch}-{digest}"


def _epoch(
    contract: Contract,
    units: Sequence[LandedUnit],
    digests: Sequence[str],
    present: Mapping[str, int],
    audit: Sequence[AuditRow],
) -> int:
    known: dict[int, set[str]] = {}
    for name in {*present, *(row.load_id for row in audit)}:
        if match := _LOAD_ID.search(name):
            known.setdefault(int(match["epoch"]), set()).add(match["digest"])
    if not known:
        return 0
    newest = max(known)
    continues = known[newest] <= set(digests)
    return newest if continues and _intact(contract, newest, units, digests, present, audit) else newest + 1


def _intact(
    contract: Contract,
    epoch: int,
    units: Sequence[LandedUnit],
    digests: Sequence[str],
    present: Mapping[str, int],
    audit: Sequence[AuditRow],
) -> bool:
    """Whether every completely loaded unit is still there, less at most what later units may have taken from it.

    Anything else means that somebody deleted or truncated.
    """
    complete = {row.load_id for row in audit if row.status == LOADED} - {
        row.load_id for row in audit if row.status != LOADED
    }
    for position, (unit, digest) in enumerate(zip(units, digests, strict=True)):
        name = next((i for i in complete if i.endswith(f"-{epoch}-{digest}")), None)
        if name:
            rows = _rows(contract, unit)
            taken = sum(_rows(contract, later) for later in units[position + 1 :] if _may_overlap(unit, later))
            if not rows - taken <= present.get(name, 0) <= rows:
                return False
    return True


def _rows(contract: Contract, unit: LandedUnit) -> int:
    return sum(file.rows for file in unit.files[contract.name])


def _may_overlap(unit: LandedUnit, later: LandedUnit) -> bool:
    """Whether two units of a day may bring the same row: a late row isn't also on time."""
    return (
        unit.name.startswith("replay-")
        or later.name.startswith("replay-")
        or ((unit.arrives_on is None) == (later.arrives_on is None))
    )
