"""One Stream Load: from a spooled body to rows in a table, in one transaction under one label.

`begin` takes the label before the body is read; `run` reads, converts, filters, writes and commits. Both block and are
called from worker threads.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import duckdb

from retail_platform.starrocks.embedded import partitioning, writing
from retail_platform.starrocks.embedded.engine import Engine, WriteUnit, moment
from retail_platform.starrocks.embedded.errors import StarRocksError, unknown_database
from retail_platform.starrocks.embedded.http import landing, source
from retail_platform.starrocks.embedded.http.error_log import ErrorLog
from retail_platform.starrocks.embedded.http.options import LoadOptions
from retail_platform.starrocks.embedded.http.plan import Plan
from retail_platform.starrocks.embedded.http.report import LoadCounts
from retail_platform.starrocks.embedded.http.ways import CSV_WAYS, SHORT, WAYS, Again, transact
from retail_platform.starrocks.embedded.labels import LoadRecord
from retail_platform.starrocks.embedded.rewrites.context import Context
from retail_platform.starrocks.embedded.translate import Translator
from retail_platform.starrocks.embedded.variables import zone

EMPTY = (
    "No partitions have data available for loading. If you are sure there may be no data to be loaded, you can set"
    " FE config `empty_load_as_error` to `false` to ensure such load jobs can succeed"
)


def begin(engine: Engine, database: str, label: str, table: str | None, user: str) -> LoadRecord:
    """Take a label for a table, or for several of a database."""
    if database not in engine.catalog.databases:
        raise unknown_database(database)
    if table is not None:
        engine.catalog.table(database, table)
    record = LoadRecord(
        id=engine.new_id(),
        database=database,
        label=label,
        kind="STREAM_LOAD",
        tables=table or "",
        user=user,
        created=moment(),
    )
    return engine.labels.begin(record)


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
        self._ways = list(WAYS if options.format == "json" else CSV_WAYS)
        if options.strip_outer_array:
            self._ways.remove("documents")

    def begin(self) -> LoadRecord:
        """Take the label."""
        return begin(self.engine, self.database, self.options.label or str(uuid.uuid4()), self.table, self.user)

    def run(self, record: LoadRecord, body: Path) -> LoadRecord:
        """Load the body and commit; on any failure nothing has happened, and the caller frees the label."""
        self.counts.size = body.stat().st_size

        def write(unit: WriteUnit) -> LoadRecord:
            self.write(unit, body)
            if not self.counts.loaded and self.engine.config["empty_load_as_error"] == "true":
                raise StarRocksError(EMPTY)
            done = self.finished(record)
            self.engine.labels.finish_in(unit, done)
            return done

        return transact(self.engine, write)

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
            self._plan(unit)

    def _plan(self, unit: WriteUnit) -> Plan:
        table = unit.catalog.table(self.database, self.table)
        if table.kind != "table":
            raise StarRocksError(f"Table {self.table} is not a OLAP table")
        return Plan(table, self.options, self._translator(unit))

    def write(self, unit: WriteUnit, body: Path) -> None:
        """Check and write the body inside a transaction.

        Raises:
            Again: Not this way; call it again in a new transaction.
            StarRocksError: The load is refused.
        """
        plan = self._plan(unit)
        self.counts.times["StreamLoadPlanTimeMs"] = self._elapsed()
        if not landing.possible(plan.table, self.options, deletes=plan.has_operation):
            self._ways = [way for way in self._ways if way not in SHORT]
        if self._ways[0] in SHORT:
            self._land(unit, plan, body)
        else:
            self._staged(unit, plan, body)

    def _land(self, unit: WriteUnit, plan: Plan, body: Path) -> None:
        started = time.monotonic()
        try:
            count = landing.land(unit, plan, body, words=self._ways[0] == "words")
        except source.BadBody:
            count = None
        if count is None:
            del self._ways[0]
            raise Again  # the long way knows how to count, filter and report
        self.counts.total = self.counts.loaded = count
        self.counts.times["WriteDataTimeMs"] = int((time.monotonic() - started) * 1000)

    def _staged(self, unit: WriteUnit, plan: Plan, body: Path) -> None:
        """The long way: into a stage, then what is good of it into the table."""
        started = time.monotonic()
        stage, relation = self._stage(unit, plan, body)
        self.counts.times["ReadDataTimeMs"] = int((time.monotonic() - started) * 1000)
        started = time.monotonic()
        self._count(unit, plan, stage, relation)
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

    def _stage(self, unit: WriteUnit, plan: Plan, body: Path) -> tuple[str, str]:
        """The names of a stage with the body's rows, and SQL of what it was read from."""
        stage = unit.stage_name()
        try:
            relation = plan.relation(body, lines=self._ways[0] == "lines")
            unit.execute(f"CREATE TEMP TABLE {stage} AS {plan.staging_query(unit, relation)}")
        except source.BadBody as error:
            self._reject(str(error))
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            if len(self._ways) > 1:
                del self._ways[0]
                raise Again from None
            self._reject(source.explain(str(error)))
        return stage, relation

    def _reject(self, reason: str) -> NoReturn:
        self.counts.total = self.counts.filtered = 1
        self._write_log([f"Error: {reason}. Row: "])
        raise TooManyFilteredRows

    def _count(self, unit: WriteUnit, plan: Plan, stage: str, relation: str) -> None:
        total, filtered, used = unit.execute(
            f"SELECT count(*), count(__err), count(*) FILTER (WHERE __use) FROM {stage}"
        )[0]
        counts = self.counts
        counts.total, counts.filtered, counts.loaded = int(str(total)), int(str(filtered)), int(str(used))
        counts.unselected = counts.total - counts.filtered - counts.loaded
        if not counts.filtered:
            return
        lines = plan.rejected(unit, relation)
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
            given = [column.name for column, _ in plan.targets]
            now = plan.translator.context.local_moment
            rows = writing.completed(unit, table, rows, given, now=now, keep=True, deletes=plan.has_operation)
        writing.apply(unit, table, rows, ordered=table.unique_rows, deletes=plan.has_operation)
