"""Quarantine: `raw_rejected_rows`, the rows that contracts held back or let through with a warning.

A state to reach, like the raw tables: the table's rows of a day are those the landed day holds back. A row that is
there already stays untouched, so it keeps the moment it was first seen; one that is no longer held back goes.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

import polars as pl
from pymysql.connections import Connection

from retail_platform.landing import DayManifest, LandingZone
from retail_platform.starrocks.connection import execute, query, quote_table
from retail_platform.starrocks.ddl import REJECTED_TABLE
from retail_platform.starrocks.stream_load import StreamLoadClient

_COLUMNS = "rejected_id, feed, rule, payload"
_DELETE_AT_ONCE = 1_000
LANDED_SCHEMA: dict[str, pl.DataType] = dict.fromkeys(("rejected_id", "rule", "payload", "feed"), pl.String())


@dataclass(frozen=True)
class Quarantine:
    """The quarantine of a warehouse."""

    connection: Connection[Any]
    client: StreamLoadClient
    zone: LandingZone
    database: str

    def reach(self, manifest: DayManifest) -> int:
        """Bring the table to what the landed day holds back; returns how many rows are new.

        Raises:
            StreamLoadError: StarRocks refused or couldn't be reached; the next try goes on.
            LandingZoneError: The rejected rows can't be read.
        """
        known = self._known(manifest.day)
        landed = held_back(self.zone, manifest)
        stale = known - set(landed.get_column("rejected_id"))
        fresh = landed.filter(~pl.col("rejected_id").is_in(list(known)))
        for unit, rows in fresh.group_by("unit"):
            self._send(manifest.day, str(unit[0]), rows.drop("unit").sort("rejected_id"))
        self._delete(sorted(stale))
        return fresh.height

    def _known(self, day: date) -> set[str]:
        rows = query(self.connection, f"SELECT rejected_id FROM {self._table()} WHERE dt = %s", (day,))
        return {str(row["rejected_id"]) for row in rows}

    def _send(self, day: date, unit: str, rows: pl.DataFrame) -> None:
        body = rows.write_ndjson().encode()
        computed = f"dt='{day}',load_id='{unit}',first_seen_at=now()"

        @contextmanager
        def opened() -> Iterator[IO[bytes]]:
            yield io.BytesIO(body)

        self.client.load(
            self.database,
            REJECTED_TABLE,
            opened,
            # Rows may come back that had been removed meanwhile, so the content doesn't make the label; that a row is
            # kept once is the primary key's doing.
            label=f"rejected-{day:%Y%m%d}-{uuid.uuid4().hex}",
            headers={"format": "json", "columns": f"{_COLUMNS},{computed}"},
        )

    def _table(self) -> str:
        return quote_table(self.database, REJECTED_TABLE)

    def _delete(self, ids: list[str]) -> None:
        for start in range(0, len(ids), _DELETE_AT_ONCE):
            some = ids[start : start + _DELETE_AT_ONCE]
            marks = ", ".join(["%s"] * len(some))
            execute(self.connection, f"DELETE FROM {self._table()} WHERE rejected_id IN ({marks})", some)


def held_back(zone: LandingZone, manifest: DayManifest) -> pl.DataFrame:
    """What a landed day holds back: the landed columns and ``unit``; each row once, without what was released."""
    frames = [pl.DataFrame(schema={**LANDED_SCHEMA, "unit": pl.String()})]
    for unit in manifest.units:
        if unit.rejected:
            rows = pl.read_ndjson(zone.read(unit.rejected.path), schema=LANDED_SCHEMA)
            frames.append(rows.with_columns(unit=pl.lit(unit.name)))
    together = pl.concat(frames).unique(subset="rejected_id", keep="first", maintain_order=True)
    return together.filter(~pl.col("rejected_id").is_in(list(manifest.released)))
