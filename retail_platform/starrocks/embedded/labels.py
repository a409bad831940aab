"""Labels: each load's name, once per database, and the state it reached.

A label is taken when a load begins and final when it is VISIBLE or ABORTED; aborted labels may be used again. Final
states are rows of the catalogue, written in the load's own transaction, so a label is known exactly when its data is.
Old ones are forgotten by number and by age, as StarRocks forgets them.
"""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import duckdb

from retail_platform.starrocks.embedded.errors import ErrorKind, StarRocksError

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.engine import Engine, WriteUnit

_log = logging.getLogger(__name__)

LABEL = re.compile(r"^[-\w]{1,128}$", re.ASCII)
FINISHED = ("COMMITTED", "VISIBLE")


@dataclass(frozen=True)
class LoadRecord:
    """One load, running or final."""

    id: int
    database: str
    label: str
    kind: str
    tables: str
    user: str
    created: str
    state: str = "VISIBLE"
    finished: str = ""
    reason: str = ""
    scan_rows: int = 0
    scan_bytes: int = 0
    filtered_rows: int = 0
    unselected_rows: int = 0
    loaded_rows: int = 0
    error_url: str = ""
    tracking_log: str = ""


class LabelUsed(StarRocksError):
    """A label that is running or finished."""

    kind = ErrorKind.LABEL_USED

    def __init__(self, label: str, state: str) -> None:
        super().__init__(f"Label [{label}] has already been used.")
        self.existing = "FINISHED" if state in FINISHED else "RUNNING"


def check_label(label: str) -> None:
    """Refuse what StarRocks does not accept as a label."""
    if not LABEL.match(label):
        raise StarRocksError(f"Label format error. regex: ^[-\\w]{{1,128}}$, label: {label}")


class Labels:
    """All labels of a server."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._records: dict[tuple[str, str], LoadRecord] = {}
        rows = engine.root.execute(
            "SELECT id, db, label, kind, tables, user_name, created, state, finished, reason, scan_rows, scan_bytes,"
            " filtered_rows, unselected_rows, loaded_rows, error_url FROM meta.transactions ORDER BY id"
        ).fetchall()
        for row in rows:
            record = LoadRecord(*row)
            self._records[(record.database, record.label)] = record

    def find(self, database: str, label: str) -> LoadRecord | None:
        """The load that used a label last."""
        with self._lock:
            return self._records.get((database, label))

    def begin(self, record: LoadRecord) -> LoadRecord:
        """Take a label; refuses one that is running or finished."""
        check_label(record.label)
        key = (record.database, record.label)
        with self._lock:
            known = self._records.get(key)
            if known is not None and known.state != "ABORTED":
                raise LabelUsed(record.label, known.state)
            self._records[key] = replace(record, state="PREPARE")
        return self._records[key]

    def prepared(self, record: LoadRecord) -> LoadRecord:
        """The first phase of a two-phase load is done."""
        with self._lock:
            changed = replace(record, state="PREPARED")
            self._records[(record.database, record.label)] = changed
            return changed

    def finish_in(self, unit: WriteUnit, record: LoadRecord) -> None:
        """Make a label VISIBLE with the transaction of its data; it becomes known when the transaction commits."""
        check_label(record.label)
        final = replace(record, state="VISIBLE", finished=unit.now)
        with self._lock:
            known = self._records.get((record.database, record.label))
        if known is not None and known.state != "ABORTED" and known.id != record.id:
            raise LabelUsed(record.label, known.state)
        _write(unit, final)
        unit.after_commit.append(lambda: self._remember(final))

    def abort(self, record: LoadRecord, reason: str) -> LoadRecord:
        """Record a failed load; its label is free again. What is in, or begun anew, stays: that record is returned."""
        known = self.find(record.database, record.label)
        if known is not None and (known.id != record.id or known.state in FINISHED):
            return known
        final = replace(record, state="ABORTED", reason=reason)
        try:
            with self._engine.write() as unit:
                final = replace(final, finished=unit.now)
                _write(unit, final)
        except duckdb.Error:
            # A full disk refuses this record too. In memory the label is free, and after a restart it is unknown.
            _log.exception("the failed load %s of %s cannot be recorded", record.label, record.database)
        self._remember(final)
        return final

    def _remember(self, record: LoadRecord) -> None:
        with self._lock:
            self._records.pop((record.database, record.label), None)
            self._records[(record.database, record.label)] = record
        self.evict(record.database)

    def evict(self, database: str, keep: int | None = None) -> None:
        """Forget the oldest final labels of a database beyond the number that is kept."""
        limit = int(self._engine.config["label_keep_max_num"]) if keep is None else keep
        with self._lock:
            final = [r for r in self._records.values() if r.database == database and r.state in (*FINISHED, "ABORTED")]
            gone = sorted(final, key=lambda r: r.id)[: max(0, len(final) - limit)]
            for record in gone:
                del self._records[(record.database, record.label)]
        if gone:
            with self._engine.write() as unit:
                listed = ", ".join(str(record.id) for record in gone)
                unit.execute(f"DELETE FROM meta.transactions WHERE id IN ({listed})")

    def forget_database(self, database: str) -> None:
        """A dropped database takes its labels along."""
        with self._lock:
            for key in [key for key in self._records if key[0] == database]:
                del self._records[key]


def _write(unit: WriteUnit, record: LoadRecord) -> None:
    unit.execute("DELETE FROM meta.transactions WHERE id = ?", [record.id])
    unit.execute(
        f"INSERT INTO meta.transactions VALUES ({', '.join('?' * 17)})",
        [
            record.id, record.database, record.label, record.state, record.kind, record.tables, record.user,
            record.created, record.finished, record.reason, record.scan_rows, record.scan_bytes, record.filtered_rows,
            record.unselected_rows, record.loaded_rows, record.error_url, record.tracking_log,
        ],
    )  # fmt: skip
