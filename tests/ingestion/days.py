"""Landing and loading days without Dagster, and looking at what is in the raw tables afterwards."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from retail_platform.contracts import CONTRACTS
from retail_platform.contracts.ledger import LEDGER
from retail_platform.ingestion.land import Landed, Simulation, land_day
from retail_platform.ingestion.late import days_to_load
from retail_platform.ingestion.load import DayLoader, Receipt
from retail_platform.ingestion.sending import Sender
from retail_platform.landing import LandingZone
from retail_platform.landing.layout import end_of_day
from retail_platform.starrocks.connection import connect, query
from tests.conftest import Platform


def silent(_text: str) -> None:
    """Instead of a log."""


def land(platform: Platform, source: Any, day: date, as_of: datetime | None = None) -> Landed:
    zone = LandingZone(platform.retail.landing_root)
    return land_day(zone, source, day, as_of or end_of_day(day), silent)


def load(platform: Platform, day: date, late: bool = True, together: bool = False) -> list[Receipt]:
    """Load a day and, unless told otherwise, what came late on it."""
    zone = LandingZone(platform.retail.landing_root)
    manifests = days_to_load(zone, day)
    with connect(platform.starrocks) as connection:
        sender = Sender.to(platform.starrocks, zone, platform.retail.bronze)
        loader = DayLoader(connection, sender, "test", together)
        return [r for manifest in manifests[0 if late else -1 :] for r in loader.load(manifest, CONTRACTS, silent)]


def ingest(platform: Platform, source: Simulation, day: date, as_of: datetime | None = None) -> list[Receipt]:
    land(platform, source, day, as_of)
    return load(platform, day)


def raw_rows(platform: Platform) -> dict[str, list[tuple[Any, ...]]]:
    """Every raw table, the ledger and the quarantine, without what belongs to the load."""
    bronze = platform.retail.bronze
    tables = {c.table: (*c.column_names, "dt") for c in (*CONTRACTS, LEDGER)}
    tables["raw_rejected_rows"] = ("rejected_id", "feed", "dt", "rule", "payload")
    with connect(platform.starrocks) as connection:
        return {
            table: sorted(
                (tuple(row.values()) for row in query(connection, f"SELECT {', '.join(names)} FROM {bronze}.{table}")),
                key=repr,
            )
            for table, names in tables.items()
        }
