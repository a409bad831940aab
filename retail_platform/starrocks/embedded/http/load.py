"""One Stream Load: from a spooled body to rows in a table, in one transaction under one label.

`begin` takes the label before the body is read; `run` reads, converts, filters, writes and commits. Both block and are
called from worker threads.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from pathlib import Path

import duckdb

from retail_platform.starrocks.embedded import duckdb_errors, partitioning, writing
from retail_platform.starrocks.embedded.engine import Engine, WriteUnit, moment
from retail_platform.starrocks.embedded.errors import StarRocksError, unknown_database
from retail_platform.starrocks.embedded.http import landing, source
from retail_platform.starrocks.embedded.http.error_log import ErrorLog
from retail_platform.starrocks.embedded.http.options import LoadOptions
from retail_platform.starrocks.embedded.http.plan import Plan
from retail_platform.starrocks.embedded.http.report import LoadCounts
from retail_platform.starrocks.embedded.labels import LoadRecord
from retail_platform.starrocks.embedded.rewrites.context import Context
from retail_platform.starrocks.embedded.translate import Translator
from retail_platform.starrocks.embedded.variables import zone

EMPTY = (
    "No partitions have data available for loading. If you are sure there may be no data to be loaded, you can set"
    " FE config `empty_load_as_error` to `false` to ensure such load jobs can succeed"
)


class TooManyFilteredRows(StarRocksError):
    """More rows were filtered than max_filter_ratio allows."""

    def __init__(self) -> None:
        super().__init__("too many filtered rows")


class Loader:
    """Writes bodies into one table."""

    def __init__(
        self, engine: Engine, database: str, table: str, options: LoadOptions, user: str, log: ErrorLog
    ) -> None:
        self.engine = engine
        self.database = database
        self.table = table
        self.options = options
        self.user = user
        self.log = log
        self.counts = LoadCounts()

    def begin(self) -> LoadRecord:
        """Take the label."""
        if self.database not in self.engine.catalog.databases:
            raise unknown_database(self.database)
        self.engine.catalog.table(self.database, self.table)
        record = LoadRecord(
            id=self.engine.new_id(),
            database=self.database,
            label=self.options.label or str(uuid.uuid4()),
            kind="STREAM_LOAD",
            tables=self.table,
            user=self.user,
            created=moment(),
        )
        return self.engine.labels.begin(record)

    def run(self, record: LoadRecord, body: Path) -> LoadRecord:
        """Load the body and commit; on any failure nothing has happened and the label is free again."""
        self.counts.size = body.stat().st_size
        try:
            with self.engine.write() as unit:
                self.write(unit, body, alone=True)
                if not self.counts.loaded and self.engine.config["empty_load_as_error"] == "true":
                    raise StarRocksError(EMPTY)
                done = self.finished(record)
                self.engine.labels.finish_in(unit, done)
        except duckdb.Error as error:
            refused = duckdb_errors.translate(error)
            self.engine.labels.abort(self.finished(record), refused.message)
            raise refused from error
        except StarRocksError as error:
            self.engine.labels.abort(self.finished(record), error.message)
            raise
        return done

    def finished(self, record: LoadRecord) -> LoadRecord:
        """The record with the counts."""
        counts = self.counts
        return replace(
            record,
            scan_rows=counts.total,
            scan_bytes=counts.size,
            filtered_rows=counts.filtered,
            unselected_rows=counts.unselected,
            loaded_rows=counts.loaded,
            error_url=counts.error_url,
            tracking_log=counts.tracking,
        )

    def plan(self) -> None:
        """Refuse what cannot work, without reading or writing anything."""
        with self.engine.write() as unit:
            table = unit.catalog.table(self.database, self.table)
            if table.kind != "table":
                raise StarRocksError(f"Table {self.table} is not a OLAP table")
            Plan(table, self.options, self._translator(unit))

    def write(self, unit: WriteUnit, body: Path, *, alone: bool = False) -> None:
        """Check and write the body inside a transaction; `alone` when the transaction writes nothing else."""
        table = unit.catalog.table(self.database, self.table)
        if table.kind != "table":
            raise StarRocksError(f"Table {self.table} is not a OLAP table")
        plan = Plan(table, self.options, self._translator(unit))
        self.counts.times["StreamLoadPlanTimeMs"] = self._elapsed()
        started = time.monotonic()
        if alone and self._landed(unit, plan, body):
            self.counts.times["WriteDataTimeMs"] = int((time.monotonic() - started) * 1000)
            return
        stage = self._stage(unit, plan, body)
        self.counts.times["ReadDataTimeMs"] = int((time.monotonic() - started) * 1000)
        started = time.monotonic()
        self._count(unit, plan, stage)
        rows = unit.stage_name()
        # A stage keeps the order of the body, so its row ids say which of two rows came last.
        number = f", rowid AS {writing.ROW_NUMBER}" if plan.table.unique_rows else ""
        unit.execute(f"CREATE TEMP VIEW {rows} AS SELECT * EXCLUDE (__err, __use){number} FROM {stage} WHERE __use")
        if self.counts.loaded:
            self._apply(unit, plan, rows)
        self.counts.times["WriteDataTimeMs"] = int((time.monotonic() - started) * 1000)

    def _elapsed(self) -> int:
        return int((time.monotonic() - self.counts.started) * 1000)

    def _translator(self, unit: WriteUnit) -> Translator:
        context = Context(
            database=self.database,
            user=self.user,
            version=self.engine.profile.version,
            time_zone=zone(self.options.timezone),
            macros=self.engine.macros,
        )
        return Translator(unit.catalog, context)

    def _landed(self, unit: WriteUnit, plan: Plan, body: Path) -> bool:
        if not landing.possible(plan.table, self.options, deletes=plan.has_operation):
            return False
        try:
            relation = plan.relation(body, lines=True)
        except source.BadBody:
            return False  # reported by the long way
        before = unit.catalog.copy()
        count = landing.land(unit, plan, relation)
        if count is None:
            unit.catalog = before
            self._restart(unit)
            return False
        self.counts.total = self.counts.loaded = count
        return True

    def _stage(self, unit: WriteUnit, plan: Plan, body: Path) -> str:
        stage = unit.stage_name()
        attempts = (True, False) if self.options.format == "json" and not self.options.strip_outer_array else (True,)
        for lines in attempts:
            try:
                relation = plan.relation(body, lines=lines)
                sql = plan.staging_query(unit, relation)
                unit.execute(f"CREATE TEMP TABLE {stage} AS {sql}")
                self._relation = relation
            except source.BadBody as error:
                self._reject(str(error))
            except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
                if not lines or len(attempts) == 1:
                    self._reject(source.explain(str(error)))
                unit = self._restart(unit)
            else:
                return stage
        raise TooManyFilteredRows

    def _restart(self, unit: WriteUnit) -> WriteUnit:
        """A failed statement ends DuckDB's transaction; nothing was written yet, so begin it again."""
        unit.execute("ROLLBACK")
        unit.execute("BEGIN")
        return unit

    def _reject(self, reason: str) -> None:
        self.counts.total = self.counts.filtered = 1
        self._write_log([f"Error: {reason}. Row: "])
        raise TooManyFilteredRows

    def _count(self, unit: WriteUnit, plan: Plan, stage: str) -> None:
        total, filtered, used = unit.execute(
            f"SELECT count(*), count(__err), count(*) FILTER (WHERE __use) FROM {stage}"
        )[0]
        counts = self.counts
        counts.total, counts.filtered, counts.loaded = int(str(total)), int(str(filtered)), int(str(used))
        counts.unselected = counts.total - counts.filtered - counts.loaded
        if not counts.filtered:
            return
        lines = plan.rejected(unit, self._relation)
        self._write_log(lines)
        seen = counts.total - counts.unselected
        if counts.filtered / max(seen, 1) > self.options.max_filter_ratio:
            counts.loaded = 0
            raise TooManyFilteredRows

    def _write_log(self, lines: list[str]) -> None:
        self.counts.error_url = self.log.write(lines)
        self.counts.tracking = "\n".join(lines)

    def _apply(self, unit: WriteUnit, plan: Plan, rows: str) -> None:
        table = plan.table
        if self.options.partitions:
            _, names = partitioning.touched(unit, table, rows)
            if not names <= set(self.options.partitions):
                raise StarRocksError("Insert has filtered data: the row is out of the specified partitions")
        if self.options.merge_condition:
            rows = plan.only_newer(unit, rows, self.options.merge_condition)
        if self.options.partial_update:
            rows = plan.completed(unit, rows)
        writing.apply(unit, table, rows, ordered=table.unique_rows, deletes=plan.has_operation)
