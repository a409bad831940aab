"""The transaction interface of Stream Load: begin, load, prepare, commit, rollback, over one or several tables.

Bodies are spooled and checked as they come; everything is written at commit, in one transaction and one version. The
single-table interface lives on the backend and complains at once; the multi-table interface lives on the frontend and
reports bad data at commit. A transaction that takes longer than it may is given up when somebody next asks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from retail_platform.starrocks.embedded.engine import Engine, WriteUnit
from retail_platform.starrocks.embedded.errors import StarRocksError
from retail_platform.starrocks.embedded.http import spool
from retail_platform.starrocks.embedded.http.error_log import ErrorLog
from retail_platform.starrocks.embedded.http.load import Loader, begin
from retail_platform.starrocks.embedded.http.open_load import (
    OpenLoad,
    Part,
    Patience,
    done,
    failed,
    is_multi,
    received,
    unknown,
    without_data,
)
from retail_platform.starrocks.embedded.http.options import parse_options
from retail_platform.starrocks.embedded.http.reasons import reason_of
from retail_platform.starrocks.embedded.http.report import LoadCounts
from retail_platform.starrocks.embedded.http.ways import transact
from retail_platform.starrocks.embedded.labels import LabelUsed, LoadRecord

KEPT = 1_000  # transactions that are over and still remembered


class TransactionLoads:
    """All open and recently finished transactions of a server."""

    def __init__(self, engine: Engine, log: ErrorLog) -> None:
        self.engine = engine
        self.log = log
        self._loads: dict[tuple[str, str], OpenLoad] = {}
        self._lock = threading.Lock()

    def begin(self, headers: Mapping[str, str], user: str) -> dict[str, Any]:
        """Take a label for a table (or, with transaction_type: multi, for a database)."""
        self.expire()
        database, label = headers.get("db", ""), headers.get("label", "")
        multi, table = is_multi(headers), headers.get("table", "")
        try:
            patience = Patience.of(headers, multi=multi)
            known = self._loads.get((database, label))
            remembered = self.engine.labels.find(database, label) is not None
            if known is not None and multi and known.state == "ABORTED" and remembered:
                raise LabelUsed(label, known.state)
            record = begin(self.engine, database, label, None if multi else table, user)
        except LabelUsed as error:
            existing = {} if multi else {"ExistingJobStatus": error.existing}
            return {"Status": "LABEL_ALREADY_EXISTS", **existing, "Message": error.message}
        except StarRocksError as error:
            return failed(error.message)
        self._remember(OpenLoad(record, multi, table, patience))
        if multi:
            return {"Status": "OK", "Message": ""}
        return {"Status": "OK", "Message": "", "Label": label, "TxnId": record.id, "BeginTxnTimeMs": 0}

    def _remember(self, begun: OpenLoad) -> None:
        with self._lock:
            self._loads.pop((begun.record.database, begun.record.label), None)
            self._loads[(begun.record.database, begun.record.label)] = begun
            over = [key for key, found in self._loads.items() if not found.open]
            for key in over[: max(0, len(over) - KEPT)]:
                del self._loads[key]

    def expire(self) -> None:
        """Give up the transactions whose time is over."""
        now = time.monotonic()
        with self._lock:
            overdue = [found for found in self._loads.values() if found.overdue(now)]
        for found in overdue:
            if not found.lock.acquire(blocking=False):
                continue  # somebody is at it: a commit that has begun in time may end late, and nobody waits for it
            try:
                if found.overdue(now):
                    self._abort(found, "timeout by txn manager")
            finally:
                found.lock.release()

    def load(self, headers: Mapping[str, str], body: Path) -> dict[str, Any]:
        """Add a body to a transaction; the body's file is taken over, or removed."""
        found = self._find(headers)
        if found is None:
            body.unlink(missing_ok=True)
            return unknown(headers)
        with found.lock:
            try:
                answer = self._take(found, headers, body)
            except Exception as error:  # noqa: BLE001 - the transaction must not stay open, whatever went wrong
                reason = reason_of(error)
                self._abort(found, reason)
                answer = failed(reason) if found.multi else {"Status": "ANALYSIS_ERROR", "Message": reason}
            if all(part.body != body for part in found.parts):
                body.unlink(missing_ok=True)
        return answer

    def _take(self, found: OpenLoad, headers: Mapping[str, str], body: Path) -> dict[str, Any]:
        if found.state != "PREPARE":
            if found.multi:
                return failed(f"transaction is {found.state}")
            return {"Status": "TXN_NOT_EXISTS", "Message": f"transaction with label {found.record.label} not exists"}
        part = Part(headers.get("table", "") or found.table, parse_options(headers), body)
        if refusal := found.refuses(part):
            return failed(refusal)
        spool.unpack(body, part.options.compression)
        self._loader(found, part).plan()  # unknown tables and columns are refused now
        found.parts.append(part)
        found.touched = time.monotonic()
        return received(found, body.stat().st_size)

    def _loader(self, found: OpenLoad, part: Part) -> Loader:
        record = found.record
        return Loader(self.engine, record.database, part.table, part.options, record.user, self.log)

    def _find(self, headers: Mapping[str, str]) -> OpenLoad | None:
        self.expire()
        return self._loads.get((headers.get("db", ""), headers.get("label", "")))

    def prepare(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """The first phase of a two-phase commit."""
        found = self._find(headers)
        if found is None:
            return unknown(headers)
        if found.multi:
            return failed("prepare is not supported by multi-statement transactions")
        with found.lock:
            if found.state == "PREPARED":
                return done(found, "Transaction already prepared")
            if found.state != "PREPARE":
                return failed(f"transaction is {found.state}")
            if not found.parts:
                return without_data(found)
            found.state, found.touched = "PREPARED", time.monotonic()
            found.record = self.engine.labels.prepared(found.record)
        return done(found, "")

    def commit(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """Write everything in one transaction."""
        found = self._find(headers)
        if found is None:
            return unknown(headers)
        with found.lock:
            if found.state == "VISIBLE":
                return done(found, "Transaction already commited")
            if found.state == "ABORTED":
                return failed("Can not commit an aborted transaction")
            if not found.parts and not found.multi:
                return without_data(found)
            try:
                found.record, found.state = self._write(found), "VISIBLE"
            except Exception as error:  # noqa: BLE001 - the label must not stay taken, whatever went wrong
                reason = reason_of(error)
                if self._abort(found, reason) != "VISIBLE":
                    return failed(reason) if found.multi else {"Status": "INTERNAL_ERROR", "Message": reason}
            self._discard(found)
        return done(found, "")

    def _write(self, found: OpenLoad) -> LoadRecord:
        loads = [(part, self._loader(found, part)) for part in found.parts]

        def write(unit: WriteUnit) -> LoadRecord:
            record = found.record
            for part, loader in loads:
                counts = _write_part(unit, part, loader)
                record = replace(
                    record,
                    loaded_rows=record.loaded_rows + counts.loaded,
                    scan_rows=record.scan_rows + counts.total,
                    filtered_rows=record.filtered_rows + counts.filtered,
                    unselected_rows=record.unselected_rows + counts.unselected,
                    scan_bytes=record.scan_bytes + part.body.stat().st_size,
                )
            self.engine.labels.finish_in(unit, record)
            return replace(record, state="VISIBLE")

        return transact(self.engine, write)

    def rollback(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """Give a transaction up."""
        found = self._find(headers)
        if found is None:
            return unknown(headers)
        with found.lock:
            if found.state == "VISIBLE":
                return failed("Can not abort a committed transaction")
            if found.state != "ABORTED":
                self._abort(found, "user abort transaction")
        return {"Status": "OK", "Message": "", "Label": found.record.label}

    def _abort(self, found: OpenLoad, reason: str) -> str:
        """Give up, unless it is in already; returns the state this leads to."""
        found.record = self.engine.labels.abort(found.record, reason)
        found.state = found.record.state
        self._discard(found)
        return found.state

    def _discard(self, found: OpenLoad) -> None:
        for part in found.parts:
            part.body.unlink(missing_ok=True)
        found.parts = []


def _write_part(unit: WriteUnit, part: Part, loader: Loader) -> LoadCounts:
    try:
        loader.write(unit, part.body)
    except StarRocksError as error:
        url = f", tracking_url: {loader.counts.error_url}" if loader.counts.error_url else ""
        raise StarRocksError(f"Failed to load table {part.table}: {error.message}{url}") from error
    return loader.counts
