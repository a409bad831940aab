"""Which partition a row belongs to, and how partitions come to be.

Rows carry no partition column: membership is computed from the table's partition keys, as SQL. Expression partitions
are created by the rows that need them; RANGE and LIST partitions are declared and rows outside them are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from retail_platform.starrocks.embedded.engine import WriteUnit, literal, moment, quote
from retail_platform.starrocks.embedded.errors import AnalysisError, StarRocksError
from retail_platform.starrocks.embedded.model import Partition, PartitionKey, Table
from retail_platform.starrocks.embedded.partition_parser import DeclaredPartition, PartitionBatch

MAX_AUTOMATIC_PARTITIONS = 4096
_NAME_FORMATS = {"year": "%Y", "month": "%Y%m", "day": "%Y%m%d", "hour": "%Y%m%d%H"}
_SLICE_FORMATS = {"second": "%Y%m%d%H%M%S", "minute": "%Y%m%d%H%M", "hour": "%Y%m%d%H"}
_MAX_RANGES = 64


def name_expression(table: Table, alias: str = "") -> str:
    """SQL for the name of the partition that a row belongs to; NULL for none."""
    spec = table.partition
    if spec is None:
        return literal(single_partition(table))
    prefix = f"{alias}." if alias else ""
    if spec.kind == "expr":
        parts = [_key_name(key, table, prefix) for key in spec.keys]
        return "'p' || " + " || '_' || ".join(parts)
    if spec.kind == "range":
        column = prefix + quote(spec.keys[0].column)
        branches = [
            f"WHEN {_range_condition(column, part, _sql_type(table, spec.keys[0]))} THEN {literal(part.name)}"
            for part in table.partitions.values()
        ]
    else:
        branches = [
            f"WHEN {_list_condition(table, part, prefix)} THEN {literal(part.name)}"
            for part in table.partitions.values()
        ]
    return f"CASE {' '.join(branches)} END" if branches else "CAST(NULL AS VARCHAR)"


def single_partition(table: Table) -> str:
    """The name of an unpartitioned table's only partition."""
    return next(iter(table.partitions), table.name)


def _sql_type(table: Table, key: PartitionKey) -> str:
    return table.by_name[key.column.lower()].type.duckdb()


def _start(key: PartitionKey, column: str) -> str:
    if key.function == "date_trunc":
        return f"date_trunc('{key.unit}', {column})"
    return f"sr_time_slice_{key.unit}({column}, {key.amount})"


def _key_name(key: PartitionKey, table: Table, prefix: str) -> str:
    column = prefix + quote(key.column)
    if key.function:
        pattern = (_NAME_FORMATS if key.function == "date_trunc" else _SLICE_FORMATS).get(key.unit or "", "%Y%m%d")
        return f"coalesce(strftime({_start(key, column)}, '{pattern}'), 'NULL')"
    kind = _sql_type(table, key)
    if kind == "DATE":
        return f"coalesce(strftime({column}, '%Y%m%d'), 'NULL')"
    if kind == "TIMESTAMP":
        return f"coalesce(strftime({column}, '%Y%m%d%H%M%S'), 'NULL')"
    return f"coalesce(regexp_replace(CAST({column} AS VARCHAR), '[^0-9A-Za-z_]', '', 'g'), 'NULL')"


def _range_condition(column: str, part: Partition, kind: str) -> str:
    conditions = []
    if part.lower is not None:
        conditions.append(f"{column} >= CAST({literal(part.lower)} AS {kind})")
    if part.upper is not None:
        below = f"{column} < CAST({literal(part.upper)} AS {kind})"
        conditions.append(below if part.lower is not None else f"({below} OR {column} IS NULL)")
    return " AND ".join(conditions) or "TRUE"


def _list_condition(table: Table, part: Partition, prefix: str) -> str:
    keys = table.partition.keys if table.partition else ()
    options = []
    for values in part.values:
        equal = [
            f"{prefix}{quote(key.column)} IS NOT DISTINCT FROM CAST({literal(value)} AS {_sql_type(table, key)})"
            for key, value in zip(keys, values, strict=True)
        ]
        options.append(f"({' AND '.join(equal)})")
    return f"({' OR '.join(options)})"


def predicate(table: Table, names: Iterable[str], alias: str = "") -> str:
    """SQL that is true for rows of these partitions; ranges where that lets DuckDB skip row groups."""
    wanted = [table.partitions[name] for name in names if name in table.partitions]
    spec = table.partition
    if spec is None:
        return "TRUE" if wanted else "FALSE"
    if not wanted:
        return "FALSE"
    prefix = f"{alias}." if alias else ""
    bounded = len(spec.keys) == 1 and all(part.lower is not None or part.upper is not None for part in wanted)
    if bounded and len(wanted) <= _MAX_RANGES:
        column, kind = prefix + quote(spec.keys[0].column), _sql_type(table, spec.keys[0])
        return "(" + " OR ".join(f"({_range_condition(column, part, kind)})" for part in wanted) + ")"
    listed = ", ".join(literal(part.name) for part in wanted)
    return f"{name_expression(table, alias)} IN ({listed})"


def touched(unit: WriteUnit, table: Table, source: str) -> tuple[Table, set[str]]:
    """The partitions that the rows of a staged relation belong to, created where they are automatic."""
    if table.partition is None:
        some = unit.execute(f"SELECT 1 FROM {source} LIMIT 1")
        return table, {single_partition(table)} if some else set()
    if table.partition.kind != "expr":
        rows = unit.execute(f"SELECT DISTINCT {name_expression(table)} FROM {source}")
        names = {str(row[0]) for row in rows if row[0] is not None}
        if len(names) != len(rows):
            raise StarRocksError(
                "Insert has filtered data: The row is out of partition ranges. Please add a new partition."
            )
        return table, names
    return _touched_automatic(unit, table, source)


def _touched_automatic(unit: WriteUnit, table: Table, source: str) -> tuple[Table, set[str]]:
    spec = table.partition
    if spec is None:
        return table, set()
    timed = len(spec.keys) == 1 and spec.keys[0].function is not None
    if timed:
        start = _start(spec.keys[0], quote(spec.keys[0].column))
        extra = f"{start} AS v0"
    else:
        extra = ", ".join(f"CAST({_value(key)} AS VARCHAR) AS v{i}" for i, key in enumerate(spec.keys))
    rows = unit.execute(f"SELECT DISTINCT {name_expression(table)} AS name, {extra} FROM {source}")
    fresh = [row for row in rows if row[0] not in table.partitions]
    if len(fresh) > MAX_AUTOMATIC_PARTITIONS:
        raise StarRocksError(
            f"Unexpected exception: the number of partitions created by a load exceeds {MAX_AUTOMATIC_PARTITIONS}"
        )
    partitions = dict(table.partitions)
    for name, *values in sorted(fresh, key=str):
        lower = upper = None
        listed: tuple[tuple[str | None, ...], ...] = ()
        if timed and values[0] is not None:
            lower, upper = _bounds(unit, table, spec.keys[0], str(values[0]))
        else:
            listed = (tuple(None if v is None else str(v) for v in values),)
        partitions[str(name)] = Partition(
            id=unit.new_id(), name=str(name), visible_version_time=unit.now, lower=lower, upper=upper, values=listed
        )
    return replace(table, partitions=partitions), {str(row[0]) for row in rows}


def _value(key: PartitionKey) -> str:
    return _start(key, quote(key.column)) if key.function else quote(key.column)


def _bounds(unit: WriteUnit, table: Table, key: PartitionKey, start: str) -> tuple[str, str]:
    kind = _sql_type(table, key)
    rows = unit.execute(
        f"SELECT CAST(CAST(t AS {kind}) AS VARCHAR),"
        f" CAST(CAST(t + INTERVAL {key.amount} {key.unit} AS {kind}) AS VARCHAR)"
        f" FROM (SELECT CAST({literal(start)} AS TIMESTAMP) AS t)"
    )
    return str(rows[0][0]), str(rows[0][1])


def declare(unit: WriteUnit, table: Table, declared: list[DeclaredPartition], batches: list[PartitionBatch]) -> Table:
    """Add declared partitions to a table."""
    partitions = dict(table.partitions)
    for item in [*declared, *(part for batch in batches for part in _expand(unit, batch))]:
        if item.name in partitions:
            raise AnalysisError(f"Duplicate partition name: {item.name}")
        lower = item.lower
        if item.less_than:
            lower = max((p.upper for p in partitions.values() if p.upper is not None), default=None)
            if lower is not None and item.upper is not None and item.upper <= lower:
                raise AnalysisError(f"Range is intersected with range of the partition before: {item.name}")
        elif any(_overlap(item, other) for other in partitions.values()):
            raise AnalysisError(f"Partition {item.name} intersects with an existing partition")
        partitions[item.name] = Partition(
            id=unit.new_id(),
            name=item.name,
            visible_version_time=moment(),
            lower=lower,
            upper=item.upper,
            values=item.values,
        )
    return replace(table, partitions=partitions)


def _overlap(item: DeclaredPartition, other: Partition) -> bool:
    if item.values:
        return bool(set(item.values) & set(other.values))
    if item.lower is None or other.lower is None or item.upper is None or other.upper is None:
        return False
    return item.lower < other.upper and other.lower < item.upper


def _expand(unit: WriteUnit, batch: PartitionBatch) -> list[DeclaredPartition]:
    if batch.unit == "number":
        steps = range(int(batch.start), int(batch.end), batch.amount)
        return [DeclaredPartition(f"p{n}", lower=str(n), upper=str(n + batch.amount)) for n in steps]
    pattern = _NAME_FORMATS.get(batch.unit, "%Y%m%d")
    step = f"INTERVAL {batch.amount} {batch.unit}"
    rows = unit.execute(
        f"SELECT strftime(t, '{pattern}'), CAST(CAST(t AS DATE) AS VARCHAR), CAST(CAST(t + {step} AS DATE) AS VARCHAR)"
        f" FROM (SELECT unnest(generate_series(CAST({literal(batch.start)} AS TIMESTAMP),"
        f" CAST({literal(batch.end)} AS TIMESTAMP) - INTERVAL 1 second, {step})) AS t)"
    )
    return [DeclaredPartition(f"p{name}", lower=str(lower), upper=str(upper)) for name, lower, upper in rows]
