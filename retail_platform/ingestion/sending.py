"""Sending batches: each by itself, or those of a landed unit in one transaction over all their tables.

Either way a batch is in under a label that was announced before it was sent, so its end can be asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from pymysql.connections import Connection

from retail_platform.contracts import Contract
from retail_platform.ingestion.audit import AuditRow
from retail_platform.ingestion.plan import Batch, Plan
from retail_platform.landing import DayManifest, LandingZone
from retail_platform.settings import LoadTransaction, StarRocksSettings
from retail_platform.starrocks.connection import quote_name
from retail_platform.starrocks.load_outcome import Body
from retail_platform.starrocks.metadata import server_version
from retail_platform.starrocks.stream_load import StreamLoadClient
from retail_platform.starrocks.transaction import has_multi_table
from retail_platform.starrocks.transaction_load import Part, TransactionClient


def loads_together(connection: Connection[Any], setting: LoadTransaction) -> bool:
    """Whether the feeds of a day go in by one transaction: as the setting says, or as far as the server can."""
    if setting == "auto":
        return has_multi_table(server_version(connection))
    return setting == "multi-table"


@dataclass(frozen=True)
class Shipment:
    """Batches that become visible together.

    Attributes:
        day: Their day.
        transaction: Label of their transaction, without the attempt's number; None for a batch under its own label.
        batches: The batches with their contracts, in load order.
    """

    day: date
    transaction: str | None
    batches: tuple[tuple[Contract, Batch], ...]


@dataclass(frozen=True)
class Sent:
    """What became of a batch that was sent; None where StarRocks didn't count."""

    label: str
    rows_loaded: int | None
    rows_filtered: int
    seconds: float


def shipments(manifest: DayManifest, plans: Iterable[tuple[Contract, Plan]], *, together: bool) -> list[Shipment]:
    """What is to be sent, in order: batch by batch, or unit by unit.

    A transaction takes one unit, because all bodies of a table must come with the same headers in it and these name
    the unit's load. Its label is made of the batches' labels, so of their content.
    """
    day = manifest.day
    batches = [(contract, batch) for contract, plan in plans for batch in plan.batches]
    if not together:
        return [Shipment(day, None, (pair,)) for pair in batches]
    units = [tuple(pair for pair in batches if pair[1].unit.name == unit.name) for unit in manifest.units]
    return [Shipment(day, _transaction(day, pairs), pairs) for pairs in units if pairs]


def _transaction(day: date, pairs: Sequence[tuple[Contract, Batch]]) -> str:
    labels = "\n".join(sorted(batch.label for _, batch in pairs))
    return f"day-{day:%Y%m%d}-{sha256(labels.encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Sender:
    """Sends shipments.

    Attributes:
        client: For batches by themselves.
        transactions: For transactions.
        zone: Where the files lie.
        database: Where the tables are.
    """

    client: StreamLoadClient
    transactions: TransactionClient
    zone: LandingZone
    database: str

    @classmethod
    def to(cls, settings: StarRocksSettings, zone: LandingZone, database: str, **patience: Any) -> Sender:  # noqa: ANN401
        """A sender to a warehouse; `patience` is what both clients take: timeout, attempts, sleep."""
        return cls(StreamLoadClient(settings, **patience), TransactionClient(settings, **patience), zone, database)

    def send(self, shipment: Shipment) -> Iterator[Sent]:
        """Send the batches; every one that comes back is in.

        Raises:
            StreamLoadError: StarRocks refused or couldn't be reached.
            LandingZoneError: A landed file can't be read.
        """
        parts = [
            Part(contract.table, self._body(batch), _headers(contract, shipment.day, batch))
            for contract, batch in shipment.batches
        ]
        if shipment.transaction is None:
            for part, (_, batch) in zip(parts, shipment.batches, strict=True):
                result = self.client.load(self.database, part.table, part.body, label=batch.label, headers=part.headers)
                yield Sent(batch.label, result.rows_loaded, result.rows_filtered or 0, result.seconds)
            return
        result = self.transactions.load(self.database, parts, label=shipment.transaction)
        total = sum(batch.file.bytes for _, batch in shipment.batches) or 1
        for _, batch in shipment.batches:
            yield Sent(batch.label, None, 0, result.seconds * batch.file.bytes / total)

    def settle(self, announced: AuditRow) -> bool:
        """How an announced batch ended: one that is still being sent is waited for, an open transaction given up."""
        if announced.transaction_label:
            return self.transactions.settle(self.database, announced.transaction_label)
        return self.client.settle(self.database, announced.label)

    def _body(self, batch: Batch) -> Body:
        return lambda: self.zone.open(batch.file.path)


def _headers(contract: Contract, day: date, batch: Batch) -> dict[str, str]:
    """The `columns` header: the contract's columns from the body, the rest computed by StarRocks."""
    taken = [quote_name(column) for column in contract.column_names]
    computed = [f"dt='{day}'", f"_load_id='{batch.load_id}'", "_loaded_at=now()"]
    return {"format": "json", "columns": ",".join([*taken, *computed])}
