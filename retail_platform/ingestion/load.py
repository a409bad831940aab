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
from retail_platform.ingestion.audit import ABORTED, LOADED, LOADING, AuditRow, audit_of_day, record
from retail_platform.ingestion.plan import Batch, Plan, plan_load
from retail_platform.landing import DayManifest, LandingZone
from retail_platform.starrocks.connection import execute, query, quote_name, quote_table
from retail_platform.starrocks.ddl import REJECTED_TABLE
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
        audit = self._settled(audit_of_day(self.connection, self.database, manifest.day))
        plans: dict[str, tuple[Contract, Plan]] = {}
        for contract in contracts:
            ours = [row for row in audit if row.table_name == contract.table]
            present = self._present(contract, manifest.day)
            plans[contract.name] = (contract, plan_load(contract, manifest, present, ours))
        announced = {
            batch.label: self._announcement(contract, manifest, batch)
            for contract, plan in plans.values()
            for batch in plan.batches
        }
        record(self.connection, self.database, list(announced.values()))
        receipts = [self._load_feed(*entry, manifest.day, announced, progress) for entry in plans.values()]
        record(self.connection, self.database, list(announced.values()))
        self._load_rejected(manifest)
        return receipts

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

    def _present(self, contract: Contract, day: date) -> dict[str, int]:
        table = quote_table(self.database, contract.table)
        sql = f"SELECT _load_id, COUNT(*) AS n FROM {table} WHERE dt = %s GROUP BY _load_id"
        rows = query(self.connection, sql, (day,))
        return {str(row["_load_id"]): int(row["n"]) for row in rows}

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

    def _load_feed(
        self, contract: Contract, plan: Plan, day: date, announced: dict[str, AuditRow], progress: Progress
    ) -> Receipt:
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
        deleted = self._delete_stale(contract, day, plan.load_ids)
        sent = [batch.file for batch in plan.batches]
        return Receipt(
            feed=contract.name,
            day=day,
            rows=sum(self._present(contract, day).values()),
            rows_sent=sum(file.rows for file in sent),
            bytes_sent=sum(file.bytes for file in sent),
            stale_deleted=deleted,
            seconds=seconds,
            labels=tuple(batch.label for batch in plan.batches),
        )

    def _delete_stale(self, contract: Contract, day: date, current: Sequence[str]) -> int:
        """Remove rows of loads the day no longer consists of; without any, no statement: each costs a version."""
        stale = {name: rows for name, rows in self._present(contract, day).items() if name not in current}
        if not stale:
            return 0
        marks = ", ".join(["%s"] * len(stale))
        table = quote_table(self.database, contract.table)
        execute(self.connection, f"DELETE FROM {table} WHERE dt = %s AND _load_id IN ({marks})", (day, *stale))
        return sum(stale.values())

    def _load_rejected(self, manifest: DayManifest) -> None:
        """Put what the contracts held back into quarantine."""
        for unit in manifest.units:
            if unit.rejected is None:
                continue
            name = f"rejected-{manifest.day:%Y%m%d}-{unit.rejected.sha256[:12]}"
            path = unit.rejected.path
            columns = ["rejected_id", "feed", "rule", "payload", f"dt='{manifest.day}'", f"load_id='{name}'"]
            self.client.load(
                self.database,
                REJECTED_TABLE,
                lambda path=path: self.zone.open(path),  # type: ignore[misc]
                label=name,
                headers={"format": "json", "columns": ",".join([*columns, "first_seen_at=now()"])},
            )


def _columns(contract: Contract, day: date, name: str) -> str:
    """The `columns` header: the contract's columns from the body, the rest computed by StarRocks."""
    taken = [quote_name(column) for column in contract.column_names]
    return ",".join([*taken, f"dt='{day}'", f"_load_id='{name}'", "_loaded_at=now()"])


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
