"""How a body becomes rows: which fields are read, what is computed, how each is converted and checked.

A :class:`Plan` is made before anything is read, so that bad column lists are refused at once; it only writes SQL.
"""

from __future__ import annotations

from pathlib import Path

from retail_platform.starrocks.embedded import writing
from retail_platform.starrocks.embedded.conversion import Conversion, convert, default_value, first_complaint
from retail_platform.starrocks.embedded.engine import WriteUnit, quote
from retail_platform.starrocks.embedded.errors import StarRocksError
from retail_platform.starrocks.embedded.http import source
from retail_platform.starrocks.embedded.http.options import LoadColumn, LoadOptions
from retail_platform.starrocks.embedded.model import Column, Table
from retail_platform.starrocks.embedded.translate import Translator
from retail_platform.starrocks.embedded.types import StarRocksType, from_duckdb

OPERATION = writing.OPERATION
RAW = "__raw"


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
        self._check_merge_condition()

    def _check_merge_condition(self) -> None:
        name, table = self.options.merge_condition, self.table
        if not name:
            return
        if table.model != "PRIMARY":
            raise StarRocksError(f"Conditional update only support primary key table {table.name}")
        if name.lower() not in {column.name.lower() for column, _ in self.targets}:
            raise StarRocksError(f"Merge condition column {name} does not exist")
        if name.lower() in {key.lower() for key in table.keys}:
            raise StarRocksError(f"Merge condition column {name} should not be primary key!")

    def _fields(self) -> dict[str, StarRocksType]:
        """The fields to read: those listed without an expression, or else what the table has and nothing computes."""
        names = [c.name for c in self.options.columns if c.expression is None]
        if not names:
            computed = {c.name.lower() for c in self.computed}
            names = [c.name for c in self.table.columns if not c.generated and c.name.lower() not in computed]
        if self.options.jsonpaths:
            names = names[: len(self.options.jsonpaths)]
        return {name: source.read_as(self.table.column(name), self.options) for name in names}

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

    def relation(
        self, body: Path, *, lines: bool, fields: dict[str, StarRocksType] | None = None, quick: bool = False
    ) -> str:
        """SQL of the body's rows with computed columns; `fields` are the body's, as the reader is to read them."""
        if self.options.format == "json":
            read = source.json_relation(body, self.options, fields or self.fields, lines=lines)
        else:
            read = source.csv_relation(body, self.options, fields or self.fields, quick=quick)
        if not self.computed:
            return read
        shadowed = {c.name.lower() for c in self.computed} & {name.lower() for name in self.fields}
        star = f"* EXCLUDE ({', '.join(quote(name) for name in sorted(shadowed))})" if shadowed else "*"
        items = [f"{self._expression(c)} AS {quote(c.name)}" for c in self.computed]
        return f"SELECT {star}, {', '.join(items)} FROM ({read})"

    def _expression(self, column: LoadColumn) -> str:
        return self.translator.expression(column.expression or "NULL", self.fields)

    def staging_query(self, unit: WriteUnit, relation: str) -> str:
        """SQL of the converted rows with the complaint about each and whether it is used."""
        rows, complaint = self.checked(unit, relation)
        condition = "TRUE"
        if self.options.where:
            names = [*self.fields, *(c.name for c in self.computed), *(c.name for c in self.table.columns)]
            condition = f"coalesce(sr_condition({self.translator.expression(self.options.where, names)}), FALSE)"
        raw = ", ".join(f"{RAW}{index}" for index in range(len(self.targets)))
        hidden = f" EXCLUDE ({raw})" if raw else ""
        judged = f"SELECT *{hidden}, {complaint} AS __err FROM ({rows})"
        return f"SELECT *, __err IS NULL AND {condition} AS __use FROM ({judged})"

    def checked(self, unit: WriteUnit, relation: str, *extra: str) -> tuple[str, str]:
        """SQL of the converted beside the raw values, and SQL of the complaint about such a row."""
        values, complaint = self._converted(unit, relation)
        raw = [f"r.{quote(name)} AS {RAW}{index}" for index, (_, name) in enumerate(self.targets)]
        return f"SELECT {', '.join([*values, *raw, *extra])} FROM ({relation}) AS r", complaint

    def _converted(self, unit: WriteUnit, relation: str) -> tuple[list[str], str]:
        """The converted columns, and SQL of the complaint in terms of raw fields and converted columns."""
        kinds = self.kinds(unit, relation)
        values, complaints = [], list[str]()
        for index, (column, name) in enumerate(self.targets):
            kind, stored = kinds[name.lower()], quote(column.name)
            values.append(f"{self._convert(column, f'r.{quote(name)}', kind).value} AS {stored}")
            complaints += self._convert(column, f"{RAW}{index}", kind).complaints
        values += self.defaults(unit)
        if self.has_operation:
            values.append(f"{self._operation()} AS {OPERATION}")
        return values, first_complaint(complaints)

    @staticmethod
    def kinds(unit: WriteUnit, relation: str) -> dict[str, StarRocksType]:
        """The types of a relation's columns, by their names in lower case."""
        unit.cursor.execute(f"SELECT * FROM ({relation}) LIMIT 0")
        found = {name.lower(): from_duckdb(kind) for name, kind, *_ in unit.cursor.description or []}
        unit.cursor.fetchall()
        return found

    def defaults(self, unit: WriteUnit) -> list[str]:
        """SQL of the columns that are not loaded; none in a partial update, which leaves them as they are."""
        if self.options.partial_update:
            return []
        loaded = {column.name for column, _ in self.targets}
        missing = [c for c in self.table.columns if c.name not in loaded and not c.generated]
        return [f"{self._default(unit, column)} AS {quote(column.name)}" for column in missing]

    def _convert(self, column: Column, raw: str, kind: StarRocksType) -> Conversion:
        return convert(column, raw, kind, strict=self.options.strict, stored=quote(column.name))

    def _default(self, unit: WriteUnit, column: Column) -> str:
        if column.auto_increment:
            return writing.numbered(unit, self.table, column)
        value = default_value(column, self.translator.context.local_moment)
        return value or "NULL"

    def _operation(self) -> str:
        text = f"lower(CAST(r.{quote(OPERATION)} AS VARCHAR))"
        return f"CASE WHEN {text} IN ('1', 'delete') THEN 1 ELSE 0 END"

    def rejected(self, unit: WriteUnit, relation: str) -> list[str]:
        """The error log's lines for the first rejected rows."""
        shown = ", ".join(f"{quote(name)} := r.{quote(name)}" for name in self.fields)
        row = f"CAST(to_json(struct_pack({shown})) AS VARCHAR)" if shown else "''"
        rows, complaint = self.checked(unit, relation, f"{row} AS __shown")
        found = unit.execute(f"SELECT {complaint} AS e, __shown FROM ({rows}) WHERE e IS NOT NULL LIMIT 50")
        return [f"Error: {reason}. Row: {text}" for reason, text in found]

    def only_newer(self, unit: WriteUnit, rows: str, name: str) -> str:
        """merge_condition: a row wins only if its value is not smaller than the stored one."""
        equal = " AND ".join(f"t.{quote(key)} = s.{quote(key)}" for key in self.table.keys)
        field_name = quote(name)
        kept = unit.stage_name()
        unit.execute(
            f"CREATE TEMP TABLE {kept} AS SELECT s.* FROM {rows} s LEFT JOIN data.{self.table.storage} t ON {equal}"
            f" WHERE t.{quote(self.table.keys[0])} IS NULL OR s.{field_name} >= t.{field_name}"
        )
        return kept
