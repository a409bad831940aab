"""Loading a landed day into the raw tables, exactly once.

Dagster-free. The order of steps is what makes a crash harmless: announce, send, remove stale rows, record. See
:mod:`retail_platform.ingestion.plan` for how a load knows what is there already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from pymysql.connections import Connection

from retail_platform.contracts import Contract
from retail_platform.contracts.ledger import LEDGER
from retail_platform.ingestion.audit import ABORTED, LOADED, LOADING, AuditRow, audit_of_day, record
from retail_platform.ingestion.plan import Batch, Plan, plan_load
from retail_platform.ingestion.presence import check_tables, delete_loads, rows_by_load
from retail_platform.ingestion.quarantine import Quarantine
from retail_platform.landing import DayManifest, LandingZone
from retail_platform.starrocks.connection import quote_name
from retail_platform.starrocks.stream_load import StreamLoadClient

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Receipt:
    """What loading a feed's day came to.

    Attributes:
        feed: The feed.
        day: The day.
        rows: Rows the raw table now holds for the day.
        rows_sent: Rows sent just now; 0 if everything was there already.
        bytes_sent: Bytes sent just now.
        stale_deleted: Rows removed because the landed day no longer has them.
        seconds: Time spent loading.
        labels: The labels of the day's batches that were sent.
    """

    feed: str
    day: date
    rows: int
    rows_sent: int
    bytes_sent: int
    stale_deleted: int
    seconds: float
    labels: tuple[str, ...]


@dataclass(frozen=True)
class DayLoader:
    """Brings raw tables to what landed.

    Attributes:
        connection: SQL connection.
        client: Stream Load client.
        zone: Landing zone.
        database: The bronze database.
        run_id: Recorded as the run that loaded.
    """

    connection: Connection[Any]
    client: StreamLoadClient
    zone: LandingZone
    database: str
    run_id: str

    def load(self, manifest: DayManifest, contracts: Sequence[Contract], progress: Progress) -> list[Receipt]:
        """Load the feeds of a day.

        Raises:
            StreamLoadError: StarRocks refused or couldn't be reached; what was loaded stays, the next try goes on.
            WarehouseError: A statement was refused.
            LandingZoneError: A landed file can't be read.
        """
        check_tables(self.connection, self.database, (*contracts, LEDGER))
        audit = self._settled(audit_of_day(self.connection, self.database, manifest.day))
        feeds, day = (*contracts, LEDGER), manifest.day
        present = rows_by_load(self.connection, self.database, feeds, day)
        plans = {
            contract.name: plan_load(
                contract, manifest, present[contract.name], [row for row in audit if row.table_name == contract.table]
            )
            for contract in feeds
        }
        announced = {
            batch.label: self._announcement(contract, manifest, batch)
            for contract in feeds
            for batch in plans[contract.name].batches
        }
        record(self.connection, self.database, list(announced.values()))
        seconds = {c.name: self._send(c, plans[c.name], day, announced, progress) for c in feeds}
        if announced:
            present = rows_by_load(self.connection, self.database, feeds, day)
        receipts = [self._settle_feed(c, plans[c.name], day, present[c.name], seconds[c.name]) for c in feeds]
        record(self.connection, self.database, list(announced.values()))
        Quarantine(self.connection, self.client, self.zone, self.database).reach(manifest)
        return [receipt for receipt in receipts if receipt.feed != LEDGER.name]

    def _settled(self, audit: list[AuditRow]) -> list[AuditRow]:
        """Ask how announced loads ended; a batch another run is still sending is waited for."""
        settled = []
        for row in audit:
            if row.status != LOADING:
                settled.append(row)
            elif self.client.settle(self.database, row.label):
                settled.append(replace(row, status=LOADED, rows_loaded=row.rows_sent, finished_at=_now()))
            else:
                settled.append(replace(row, status=ABORTED, finished_at=_now()))
        record(self.connection, self.database, [new for old, new in zip(audit, settled, strict=True) if old != new])
        return settled

    def _announcement(self, contract: Contract, manifest: DayManifest, batch: Batch) -> AuditRow:
        return AuditRow(
            label=batch.label,
            status=LOADING,
            load_id=batch.load_id,
            table_name=contract.table,
            dt=manifest.day,
            part=batch.part,
            rows_sent=batch.file.rows,
            rows_loaded=0,
            rows_filtered=0,
            bytes=batch.file.bytes,
            amount=batch.file.amount,
            content_hash=batch.file.sha256,
            config_hash=manifest.config_hash,
            as_of=batch.unit.as_of,
            dagster_run_id=self.run_id,
            started_at=_now(),
            finished_at=None,
        )

    def _send(
        self, contract: Contract, plan: Plan, day: date, announced: dict[str, AuditRow], progress: Progress
    ) -> float:
        """Load a plan's batches; returns the seconds it took."""
        seconds = 0.0
        for batch in plan.batches:
            result = self.client.load(
                self.database,
                contract.table,
                lambda path=batch.file.path: self.zone.open(path),  # type: ignore[misc]
                label=batch.label,
                headers={"format": "json", "columns": _columns(contract, day, batch.load_id)},
            )
            # A label that was in already brought exactly the rows of this file: its digest is part of the label.
            loaded = batch.file.rows if result.rows_loaded is None else result.rows_loaded
            announced[batch.label] = replace(
                announced[batch.label],
                status=LOADED,
                rows_loaded=loaded,
                rows_filtered=result.rows_filtered or 0,
                finished_at=_now(),
            )
            seconds += result.seconds
            progress(f"{contract.table} {day}: {loaded:,} rows in {result.seconds:.2f} s ({batch.label})")
        return seconds

    def _settle_feed(
        self, contract: Contract, plan: Plan, day: date, present: dict[str, int], seconds: float
    ) -> Receipt:
        """Remove rows of loads the day no longer consists of, and say what it came to."""
        stale = {name: rows for name, rows in present.items() if name not in plan.load_ids}
        delete_loads(self.connection, self.database, contract, day, sorted(stale))
        sent = [batch.file for batch in plan.batches]
        return Receipt(
            feed=contract.name,
            day=day,
            rows=sum(present.values()) - sum(stale.values()),
            rows_sent=sum(file.rows for file in sent),
            bytes_sent=sum(file.bytes for file in sent),
            stale_deleted=sum(stale.values()),
            seconds=seconds,
            labels=tuple(batch.label for batch in plan.batches),
        )


def _columns(contract: Contract, day: date, name: str) -> str:
    """The `columns` header: the contract's columns from the body, the rest computed by StarRocks."""
    taken = [quote_name(column) for column in contract.column_names]
    return ",".join([*taken, f"dt='{day}'", f"_load_id='{name}'", "_loaded_at=now()"])


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
