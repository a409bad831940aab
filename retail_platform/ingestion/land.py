"""Making a day land: generate, hold against the contracts, write, publish.

Dagster-free, so that the command line and the tests land days exactly as the asset does. A day whose configuration
didn't change is only extended; anything else is landed anew, and the manifest switches over in one step.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from retail_platform.contracts import CONTRACTS
from retail_platform.contracts.enforce import Enforced, enforce
from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.landing import DayManifest, LandedFile, LandedUnit, LandingZone
from retail_platform.landing.encode import describe, digest, encode
from retail_platform.landing.layout import end_of_day, part_path, rejected_path, unit_name

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Landed:
    """A day as it lies in the landing zone.

    Attributes:
        manifest: The day's manifest.
        enforced: Feed → what the contract said of the rows landed just now; empty if everything was there already.
    """

    manifest: DayManifest
    enforced: dict[str, Enforced]

    @property
    def unchanged(self) -> bool:
        """Whether the day lay there already, as asked for."""
        return not self.enforced


def config_hash(settings: GenerationSettings) -> str:
    """Fingerprint of everything that decides what a day's rows are."""
    contract_names = json.dumps([(c.name, c.column_names) for c in CONTRACTS])
    return hashlib.sha256(f"{settings.fingerprint()}\n{contract_names}".encode()).hexdigest()[:16]


def land_day(zone: LandingZone, settings: GenerationSettings, day: date, as_of: datetime, progress: Progress) -> Landed:
    """Land a day, or what happened of it since it last landed.

    Args:
        zone: Where to.
        settings: What kind of retailer trades, how much, with which seed.
        day: The day.
        as_of: The moment (UTC) up to which the day is told; midnight after it for a closed day.
        progress: Told about each step in words.

    Raises:
        LandingZoneError: The zone can't be read or written; the day is as it was before.
    """
    fingerprint = config_hash(settings)
    current = zone.manifest(day)
    if current and current.config_hash != fingerprint:
        progress(f"{day}: landed with other settings, landing it anew")
        current = None
    if current and current.as_of >= as_of:
        progress(f"{day}: landed already")
        return Landed(current, {})
    # A closed day is told whole once more: it replaces its slices and heals whatever they missed.
    extend = current if as_of < end_of_day(day) else None
    frames = generate_day(settings, day, as_of=as_of, since=extend.as_of if extend else None)
    enforced = {contract.name: enforce(contract, frames[contract.name]) for contract in CONTRACTS}
    unit = _write_unit(zone, day, as_of, enforced)
    earlier = extend.units if extend else ()
    manifest = DayManifest(day=day, config_hash=fingerprint, units=(*earlier, unit))
    zone.publish(manifest)
    progress(f"{day}: landed {sum(e.valid.height for e in enforced.values()):,} rows")
    return Landed(manifest, enforced)


def _write_unit(zone: LandingZone, day: date, as_of: datetime, enforced: dict[str, Enforced]) -> LandedUnit:
    name = unit_name(day, as_of)
    files: dict[str, tuple[LandedFile, ...]] = {}
    for contract in CONTRACTS:
        landed = []
        for part, (data, rows) in enumerate(encode(enforced[contract.name].valid)):
            sha256 = digest(data)
            # The digest in the name keeps a file that a manifest still names from being overwritten by another try.
            path = part_path(contract.name, day, f"{name}-{sha256[:8]}", part)
            zone.write(path, data)
            landed.append(describe(path, data, sha256, rows, contract.amount))
        files[contract.name] = tuple(landed)
    rejected = _write_rejected(zone, day, name, enforced)
    return LandedUnit(name=name, as_of=as_of, files=files, rejected=rejected)


def _write_rejected(zone: LandingZone, day: date, unit: str, enforced: dict[str, Enforced]) -> LandedFile | None:
    """Land what the contracts held back, for quarantine; None if nothing was."""
    frames = [
        result.rejected.with_columns(pl.lit(feed).alias("feed")) for feed, result in enforced.items() if result.broken
    ]
    if not frames:
        return None
    rows = pl.concat(frames)
    data = rows.write_ndjson().encode()
    sha256 = digest(data)
    path = rejected_path(day, f"{unit}-{sha256[:8]}")
    zone.write(path, data)
    return describe(path, data, sha256, rows, None)
