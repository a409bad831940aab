"""Loading a landed day into the raw tables, exactly once.

Dagster-free. The order of steps is what makes a crash harmless: announce, send, remove stale rows, record. See
:mod:`retail_platform.ingestion.plan` for how a load knows what is there already, and
:mod:`retail_platform.ingestion.sending` for what goes in together.
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
from retail_platform.ingestion.plan import Plan, plan_load
from retail_platform.ingestion.presence import check_tables, delete_loads, rows_by_load
from retail_platform.ingestion.quarantine import Quarantine
from retail_platform.ingestion.sending import Sender, Shipment, shipments
from retail_platform.landing import DayManifest

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
        sender: Knows the landing zone, the bronze database and how to load.
        run_id: Recorded as the run that loaded.
        together: Whether the feeds of a day go in by one transaction; see `loads_together`.
    """

    connection: Connection[Any]
    sender: Sender
    run_id: str
    together: bool = False

    @property
    def database(self) -> str:
        """The bronze database."""
        return self.sender.database

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
        waiting = shipments(manifest, [(c, plans[c.name]) for c in feeds], together=self.together)
        announced = {row.label: row for shipment in waiting for row in self._announcements(manifest, shipment)}
        record(self.connection, self.database, list(announced.values()))
        seconds = dict.fromkeys(plans, 0.0)
        for shipment in waiting:
            self._send(shipment, announced, seconds, progress)
        if announced:
            present = rows_by_load(self.connection, self.database, feeds, day)
        receipts = [self._settle_feed(c, plans[c.name], day, present[c.name], seconds[c.name]) for c in feeds]
        record(self.connection, self.database, list(announced.values()))
        Quarantine(self.connection, self.sender.client, self.sender.zone, self.database).reach(manifest)
        return [receipt for receipt in receipts if receipt.feed != LEDGER.name]

    def _settled(self, audit: list[AuditRow]) -> list[AuditRow]:
        """Ask how announced loads ended; a batch another run is still sending is waited for."""
        settled, transactions = [], dict[str | None, bool]()
        for row in audit:
            if row.status != LOADING:
                settled.append(row)
            elif self._is_in(row, transactions):
                settled.append(replace(row, status=LOADED, rows_loaded=row.rows_sent, finished_at=_now()))
            else:
                settled.append(replace(row, status=ABORTED, finished_at=_now()))
        record(self.connection, self.database, [new for old, new in zip(audit, settled, strict=True) if old != new])
        return settled

    def _is_in(self, row: AuditRow, transactions: dict[str | None, bool]) -> bool:
        """How an announced batch ended; the batches of a transaction end together."""
        if row.transaction_label not in transactions:
            found = self.sender.settle(row)
            if row.transaction_label is None:
                return found
            transactions[row.transaction_label] = found
        return transactions[row.transaction_label]

    def _announcements(self, manifest: DayManifest, shipment: Shipment) -> list[AuditRow]:
        return [
            AuditRow(
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
                transaction_label=shipment.transaction,
            )
            for contract, batch in shipment.batches
        ]

    def _send(
        self, shipment: Shipment, announced: dict[str, AuditRow], seconds: dict[str, float], progress: Progress
    ) -> None:
        """Load a shipment's batches; adds the seconds each feed took."""
        batches = {batch.label: (contract, batch) for contract, batch in shipment.batches}
        for sent in self.sender.send(shipment):
            contract, batch = batches[sent.label]
            # What StarRocks didn't count is in as a whole, under a label that has the file's digest in it.
            loaded = batch.file.rows if sent.rows_loaded is None else sent.rows_loaded
            announced[sent.label] = replace(
                announced[sent.label],
                status=LOADED,
                rows_loaded=loaded,
                rows_filtered=sent.rows_filtered,
                finished_at=_now(),
            )
            seconds[contract.name] += sent.seconds
            progress(f"{contract.table} {shipment.day}: {loaded:,} rows in {sent.seconds:.2f} s ({sent.label})")

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


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
