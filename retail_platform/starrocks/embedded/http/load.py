"""One Stream Load: from a spooled body to rows in a table, in one transaction under one label.

`begin` takes the label before the body is read; `run` reads, converts, filters, writes and commits. Both block and are
called from worker threads.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from retail_platform.starrocks.embedded import duckdb_errors, partitioning, writing
from retail_platform.starrocks.embedded.conversion import convert, default_value
from retail_platform.starrocks.embedded.engine import Engine, WriteUnit, moment, quote
from retail_platform.starrocks.embedded.errors import StarRocksError, unknown_database
from retail_platform.starrocks.embedded.http import source
from retail_platform.starrocks.embedded.http.error_log import ErrorLog
from retail_platform.starrocks.embedded.http.options import LoadColumn, LoadOptions
from retail_platform.starrocks.embedded.labels import LoadRecord
from retail_platform.starrocks.embedded.model import Column, Table
from retail_platform.starrocks.embedded.rewrites.context import Context
from retail_platform.starrocks.embedded.translate import Translator
from retail_platform.starrocks.embedded.types import STRING, StarRocksType, from_duckdb
from retail_platform.starrocks.embedded.variables import zone

EMPTY = (
    "No partitions have data available for loading. If you are sure there may be no data to be loaded, you can set"
    " FE config `empty_load_as_error` to `false` to ensure such load jobs can succeed"
)
OPERATION = writing.OPERATION


@dataclass
class LoadCounts:
    """What happened to the rows and how long it took."""

    total: int = 0
    loaded: int = 0
    filtered: int = 0
    unselected: int = 0
    size: int = 0
    started: float = field(default_factory=time.monotonic)
    times: dict[str, int] = field(default_factory=dict)
    error_url: str = ""
    tracking: str = ""


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
                self.write(unit, body)
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

    def write(self, unit: WriteUnit, body: Path) -> None:
        """Stage, check and write the body inside a transaction."""
        table = unit.catalog.table(self.database, self.table)
        if table.kind != "table":
            raise StarRocksError(f"Table {self.table} is not a OLAP table")
        plan = Plan(table, self.options, self._translator(unit))
        self.counts.times["StreamLoadPlanTimeMs"] = self._elapsed()
        started = time.monotonic()
        stage = self._stage(unit, plan, body)
        self.counts.times["ReadDataTimeMs"] = int((time.monotonic() - started) * 1000)
        started = time.monotonic()
        self._count(unit, plan, stage)
        rows = unit.stage_name()
        unit.execute(f"CREATE TEMP VIEW {rows} AS SELECT * EXCLUDE (__err, __use) FROM {stage} WHERE __use")
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


class Plan:
    """How a body's fields become a table's columns."""

    def __init__(self, table: Table, options: LoadOptions, translator: Translator) -> None:
        self.table = table
        self.options = options
        self.translator = translator
        self.computed = [c for c in options.columns if c.expression is not None]
        self.fields = self._fields()
        self.has_operation = OPERATION in {c.name for c in options.columns}
        if self.has_operation and table.model != "PRIMARY":
            raise StarRocksError("__op column is only supported by primary key tables")
        self.targets = self._targets()
        if options.partial_update and table.model != "PRIMARY":
            raise StarRocksError("Only primary key table support partial update")

    def _fields(self) -> dict[str, StarRocksType]:
        plain = [c.name for c in self.options.columns if c.expression is None]
        names = plain if self.options.columns and plain else [] if self.options.columns else None
        if names is None or (self.options.columns and not plain):
            computed = {c.name.lower() for c in self.computed}
            names = [c.name for c in self.table.columns if not c.generated and c.name.lower() not in computed]
        paths = self.options.jsonpaths
        if paths and len(paths) < len(names):
            names = names[: len(paths)]
        found = {}
        for name in names:
            column = self.table.column(name)
            wants_json = column is not None and (column.type.name == "JSON" or column.type.is_nested)
            found[name] = source.JSON if wants_json and self.options.format == "json" else STRING
        return found

    def _targets(self) -> list[tuple[Column, str]]:
        """Each loaded column with the name of the field it comes from; leaves out what gets its default."""
        available = {name.lower(): name for name in self.fields}
        available |= {c.name.lower(): c.name for c in self.computed}
        targets = []
        for column in self.table.columns:
            if column.generated:
                continue
            name = available.get(column.name.lower())
            if name is not None:
                targets.append((column, name))
            elif not self.options.partial_update and default_value(column, "") is None and not column.auto_increment:
                raise StarRocksError(f"Column has no default value. column: {column.name}")
        if self.options.partial_update:
            missing = [key for key in self.table.keys if key.lower() not in available]
            if missing:
                raise StarRocksError(f"primary key column {missing[0]} is missing in partial update")
        return targets

    def relation(self, body: Path, *, lines: bool) -> str:
        """SQL of the body's rows with computed columns."""
        if self.options.format == "json":
            read = source.json_relation(body, self.options, self.fields, lines=lines)
        else:
            read = source.csv_relation(body, self.options, self.fields)
        if not self.computed:
            return read
        shadowed = {c.name.lower() for c in self.computed} & {name.lower() for name in self.fields}
        star = f"* EXCLUDE ({', '.join(quote(name) for name in sorted(shadowed))})" if shadowed else "*"
        items = [f"{self._expression(c)} AS {quote(c.name)}" for c in self.computed]
        return f"SELECT {star}, {', '.join(items)} FROM ({read})"

    def _expression(self, column: LoadColumn) -> str:
        return self.translator.expression(column.expression or "NULL")

    def staging_query(self, unit: WriteUnit, relation: str) -> str:
        """SQL of the converted rows with the complaint about each and whether it is used."""
        values, complaint = self._converted(unit, relation)
        if self.table.unique_rows:
            values.append(f"row_number() OVER () AS {writing.ROW_NUMBER}")
        condition = "TRUE"
        if self.options.where:
            condition = f"coalesce(sr_condition({self.translator.expression(self.options.where)}), FALSE)"
        rows = f"SELECT {', '.join(values)}, {complaint} AS __err FROM ({relation}) AS r"
        return f"SELECT *, __err IS NULL AND {condition} AS __use FROM ({rows})"

    def _converted(self, unit: WriteUnit, relation: str) -> tuple[list[str], str]:
        unit.cursor.execute(f"SELECT * FROM ({relation}) LIMIT 0")
        kinds = {name.lower(): from_duckdb(kind) for name, kind, *_ in unit.cursor.description or []}
        unit.cursor.fetchall()
        values, complaints = [], []
        loaded = {column.name for column, _ in self.targets}
        for column, name in self.targets:
            done = convert(column, f"r.{quote(name)}", kinds[name.lower()], strict=self.options.strict)
            values.append(f"{done.value} AS {quote(column.name)}")
            if done.complaint:
                complaints.append(done.complaint)
        if not self.options.partial_update:
            for column in self.table.columns:
                if column.name not in loaded and not column.generated:
                    values.append(f"{self._default(unit, column)} AS {quote(column.name)}")
        if self.has_operation:
            values.append(f"{self._operation()} AS {OPERATION}")
        return values, f"coalesce({', '.join(complaints)}, NULL)" if complaints else "CAST(NULL AS VARCHAR)"

    def _default(self, unit: WriteUnit, column: Column) -> str:
        if column.auto_increment:
            start = unit.execute(f"SELECT coalesce(max({quote(column.name)}), 0) FROM data.{self.table.storage}")[0][0]
            return f"CAST({start} + row_number() OVER () AS BIGINT)"
        value = default_value(column, self.translator.context.local_time.strftime("%Y-%m-%d %H:%M:%S"))
        return value or "NULL"

    def _operation(self) -> str:
        text = f"lower(CAST(r.{quote(OPERATION)} AS VARCHAR))"
        return f"CASE WHEN {text} IN ('1', 'delete') THEN 1 ELSE 0 END"

    def rejected(self, unit: WriteUnit, relation: str) -> list[str]:
        """The error log's lines for the first rejected rows."""
        _, complaint = self._converted(unit, relation)
        shown = ", ".join(f"{quote(name)} := r.{quote(name)}" for name in self.fields)
        row = f"CAST(to_json(struct_pack({shown})) AS VARCHAR)" if shown else "''"
        found = unit.execute(f"SELECT {complaint} AS e, {row} FROM ({relation}) AS r WHERE e IS NOT NULL LIMIT 50")
        return [f"Error: {reason}. Row: {text}" for reason, text in found]

    def only_newer(self, unit: WriteUnit, rows: str, name: str) -> str:
        """merge_condition: a row wins only if its value is not smaller than the stored one."""
        column = self.table.column(name)
        if column is None or column.name in self.table.keys:
            raise StarRocksError(f"merge condition column {name} must be a non-key column of the table")
        equal = " AND ".join(f"t.{quote(key)} = s.{quote(key)}" for key in self.table.keys)
        field_name = quote(column.name)
        kept = unit.stage_name()
        unit.execute(
            f"CREATE TEMP TABLE {kept} AS SELECT s.* FROM {rows} s LEFT JOIN data.{self.table.storage} t ON {equal}"
            f" WHERE t.{quote(self.table.keys[0])} IS NULL OR s.{field_name} >= t.{field_name}"
        )
        return kept

    def completed(self, unit: WriteUnit, rows: str) -> str:
        """partial_update: columns that are not loaded keep their values."""
        loaded = {column.name for column, _ in self.targets}
        missing = [c for c in self.table.columns if c.name not in loaded]
        values = []
        for column in missing:
            value = default_value(column, unit.now) or f"CAST(NULL AS {column.type.duckdb()})"
            first = quote(self.table.keys[0])
            values.append(
                f"CASE WHEN t.{first} IS NULL THEN {value} ELSE t.{quote(column.name)} END AS {quote(column.name)}"
            )
        equal = " AND ".join(f"t.{quote(key)} = s.{quote(key)}" for key in self.table.keys)
        full = unit.stage_name()
        listed = ", ".join(["s.*", *values])
        unit.execute(
            f"CREATE TEMP TABLE {full} AS SELECT {listed} FROM {rows} s"
            f" LEFT JOIN data.{self.table.storage} t ON {equal}"
        )
        return full


def report(record_id: int, label: str, status: str, message: str, counts: LoadCounts) -> dict[str, Any]:
    """The backend's answer, in its order."""
    answer: dict[str, Any] = {
        "TxnId": record_id,
        "Label": label,
        "Status": status,
        "Message": message,
        "NumberTotalRows": counts.total,
        "NumberLoadedRows": counts.loaded if status == "Success" else 0,
        "NumberFilteredRows": counts.filtered,
        "NumberUnselectedRows": counts.unselected,
        "LoadBytes": counts.size,
        "LoadTimeMs": int((time.monotonic() - counts.started) * 1000),
        "BeginTxnTimeMs": 0,
        "StreamLoadPlanTimeMs": counts.times.get("StreamLoadPlanTimeMs", 0),
        "ReadDataTimeMs": counts.times.get("ReadDataTimeMs", 0),
        "WriteDataTimeMs": counts.times.get("WriteDataTimeMs", 0),
        "CommitAndPublishTimeMs": 0,
    }
    if counts.error_url:
        answer["ErrorURL"] = counts.error_url
    return answer
