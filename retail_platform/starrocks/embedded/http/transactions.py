"""The transaction interface of Stream Load: begin, load, prepare, commit, rollback, over one or several tables.

Bodies are spooled and checked as they come; everything is written at commit, in one transaction and one version. The
single-table interface lives on the backend and complains at once; the multi-table interface lives on the frontend and
reports bad data at commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from retail_platform.starrocks.embedded import duckdb_errors
from retail_platform.starrocks.embedded.engine import Engine, moment
from retail_platform.starrocks.embedded.errors import StarRocksError, unknown_database
from retail_platform.starrocks.embedded.http import spool
from retail_platform.starrocks.embedded.http.error_log import ErrorLog
from retail_platform.starrocks.embedded.http.load import Loader
from retail_platform.starrocks.embedded.http.open_load import OpenLoad, Part, failed, is_multi
from retail_platform.starrocks.embedded.http.options import parse_options
from retail_platform.starrocks.embedded.labels import LabelUsed, LoadRecord


class TransactionLoads:
    """All open and recently finished transactions of a server."""

    def __init__(self, engine: Engine, log: ErrorLog) -> None:
        self.engine = engine
        self.log = log
        self._loads: dict[tuple[str, str], OpenLoad] = {}

    def begin(self, headers: Mapping[str, str], user: str) -> dict[str, Any]:  # noqa: PLR0911 - refusals
        """Take a label for a table (or, with transaction_type: multi, for a database)."""
        database, label = headers.get("db", ""), headers.get("label", "")
        multi = is_multi(headers)
        if database not in self.engine.catalog.databases:
            return failed(unknown_database(database).message)
        table = headers.get("table", "")
        if not multi:
            try:
                self.engine.catalog.table(database, table)
            except StarRocksError as error:
                return failed(error.message)
        record = LoadRecord(
            id=self.engine.new_id(),
            database=database,
            label=label,
            kind="STREAM_LOAD",
            tables=table,
            user=user,
            created=moment(),
        )
        known = self._loads.get((database, label))
        if known is not None and multi and known.state == "ABORTED":
            return {"Status": "LABEL_ALREADY_EXISTS", "Message": f"Label [{label}] has already been used."}
        try:
            record = self.engine.labels.begin(record)
        except LabelUsed as error:
            existing = {} if multi else {"ExistingJobStatus": error.existing}
            return {"Status": "LABEL_ALREADY_EXISTS", **existing, "Message": error.message}
        except StarRocksError as error:
            return failed(error.message)
        self._loads[(database, label)] = OpenLoad(record, multi, table)
        if multi:
            return {"Status": "OK", "Message": ""}
        return {"Status": "OK", "Message": "", "Label": label, "TxnId": record.id, "BeginTxnTimeMs": 0}

    def load(self, headers: Mapping[str, str], body: Path) -> dict[str, Any]:
        """Add a body to a transaction."""
        found = self._find(headers)
        if found is None or (not found.multi and found.state != "PREPARE"):
            body.unlink(missing_ok=True)
            if found is None:
                return failed(f"transaction with label {headers.get('label')} not exists")
            return {"Status": "TXN_NOT_EXISTS", "Message": f"transaction with label {found.record.label} not exists"}
        mismatch = self._mismatch(found, headers)
        if mismatch or found.state != "PREPARE":
            body.unlink(missing_ok=True)
            return failed(mismatch or f"transaction is {found.state}")
        with found.lock:
            try:
                options = parse_options(headers)
                spool.unpack(body, options.compression)
                part = Part(headers.get("table", ""), options, body)
                self._probe(found, part)
            except StarRocksError as error:
                body.unlink(missing_ok=True)
                self._abort(found, error.message)
                return failed(error.message) if found.multi else {"Status": "ANALYSIS_ERROR", "Message": error.message}
            found.parts.append(part)
        size = body.stat().st_size
        if found.multi:
            return {"Status": "OK", "Message": "", "Label": found.record.label, "TxnId": found.record.id}
        return {
            "Status": "OK",
            "Message": "",
            "Label": found.record.label,
            "TxnId": found.record.id,
            "LoadBytes": size,
            "StreamLoadPlanTimeMs": 0,
            "ReceivedDataTimeMs": 0,
        }

    def _probe(self, found: OpenLoad, part: Part) -> None:
        """Plan the load without writing: unknown tables and columns are refused now."""
        loader = self._loader(found, part)
        loader.plan()

    def _loader(self, found: OpenLoad, part: Part) -> Loader:
        record = found.record
        return Loader(self.engine, record.database, part.table, part.options, record.user, self.log)

    def _find(self, headers: Mapping[str, str]) -> OpenLoad | None:
        return self._loads.get((headers.get("db", ""), headers.get("label", "")))

    @staticmethod
    def _mismatch(found: OpenLoad, headers: Mapping[str, str]) -> str:
        table = headers.get("table", "")
        if not found.multi and table and table != found.table:
            return f"Request table {table} not equal transaction table {found.table}"
        return ""

    def prepare(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """The first phase of a two-phase commit."""
        found = self._find(headers)
        if found is None:
            return failed(f"transaction with label {headers.get('label')} not exists")
        if found.multi:
            return failed("prepare is not supported by multi-statement transactions")
        if found.state == "PREPARED":
            return self._committed(found, "Transaction already prepared")
        if found.state != "PREPARE":
            return failed(f"transaction is {found.state}")
        if not found.parts:
            return self._no_data(found)
        found.state = "PREPARED"
        found.record = self.engine.labels.prepared(found.record)
        return self._committed(found, "")

    def _no_data(self, found: OpenLoad) -> dict[str, Any]:
        message = f"transaction {found.record.label} hasn't send any data yet"
        return {"Status": "INTERNAL_ERROR", "Message": message}

    def commit(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """Write everything in one transaction."""
        found = self._find(headers)
        if found is None:
            return failed(f"transaction with label {headers.get('label')} not exists")
        with found.lock:
            if found.state == "VISIBLE":
                return self._committed(found, "Transaction already commited")
            if found.state == "ABORTED":
                return failed("Can not commit an aborted transaction")
            if not found.parts and not found.multi:
                return self._no_data(found)
            return self._write(found)

    def _write(self, found: OpenLoad) -> dict[str, Any]:
        loaded = total = filtered = unselected = size = 0
        try:
            with self.engine.write() as unit:
                for part in found.parts:
                    loader = self._loader(found, part)
                    try:
                        loader.write(unit, part.body)
                    except StarRocksError as error:
                        url = f", tracking_url: {loader.counts.error_url}" if loader.counts.error_url else ""
                        raise StarRocksError(f"Failed to load table {part.table}: {error.message}{url}") from error
                    counts = loader.counts
                    loaded, total = loaded + counts.loaded, total + counts.total
                    filtered, unselected = filtered + counts.filtered, unselected + counts.unselected
                    size += part.body.stat().st_size
                record = replace(
                    found.record, loaded_rows=loaded, scan_rows=total, filtered_rows=filtered, scan_bytes=size
                )
                self.engine.labels.finish_in(unit, record)
        except StarRocksError as error:
            self._abort(found, error.message)
            return failed(error.message) if found.multi else {"Status": "INTERNAL_ERROR", "Message": error.message}
        except duckdb.Error as error:
            message = duckdb_errors.translate(error).message
            self._abort(found, message)
            return failed(message)
        found.record, found.state = replace(record, unselected_rows=unselected), "VISIBLE"
        self._discard(found)
        return self._committed(found, "")

    def _committed(self, found: OpenLoad, message: str) -> dict[str, Any]:
        record = found.record
        if found.multi:
            return {
                "Label": record.label,
                "Status": "OK",
                "TxnId": record.id,
                "ChannelId": None,
                "Message": message,
                "Prepared Channel Num": 0,
            }
        return {
            "Status": "OK",
            "Message": message,
            "Label": record.label,
            "TxnId": record.id,
            "NumberTotalRows": record.scan_rows,
            "NumberLoadedRows": record.loaded_rows,
            "NumberFilteredRows": record.filtered_rows,
            "NumberUnselectedRows": record.unselected_rows,
            "LoadBytes": record.scan_bytes,
            "LoadTimeMs": 0,
            "StreamLoadPlanTimeMs": 0,
            "ReceivedDataTimeMs": 0,
            "WriteDataTimeMs": 0,
            "CommitAndPublishTimeMs": 0,
        }

    def rollback(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """Give a transaction up."""
        found = self._find(headers)
        if found is None:
            return failed(f"transaction with label {headers.get('label')} not exists")
        with found.lock:
            if found.state == "VISIBLE":
                return failed("Can not abort a committed transaction")
            if found.state != "ABORTED":
                self._abort(found, "user abort transaction")
        return {"Status": "OK", "Message": "", "Label": found.record.label}

    def _abort(self, found: OpenLoad, reason: str) -> None:
        found.state = "ABORTED"
        found.record = self.engine.labels.abort(found.record, reason)
        self._discard(found)

    def _discard(self, found: OpenLoad) -> None:
        for part in found.parts:
            part.body.unlink(missing_ok=True)
        found.parts = []
