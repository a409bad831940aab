"""How staged rows get into a table: append, upsert, merge, overwrite, and what each does to partitions and versions.

A stage is a temporary table of the writing transaction that holds converted, checked rows with the table's columns.
There is no index: an upsert removes the rows that the stage replaces by a join restricted to the partitions the stage
touches, which costs nothing when these are empty.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from retail_platform.starrocks.embedded import generated, partitioning
from retail_platform.starrocks.embedded.conversion import default_value
from retail_platform.starrocks.embedded.engine import WriteUnit, quote
from retail_platform.starrocks.embedded.errors import AnalysisError
from retail_platform.starrocks.embedded.model import Column, Partition, Table

ROW_NUMBER = "__row"
OPERATION = "__op"


def columns_sql(columns: tuple[Column, ...], prefix: str = "") -> str:
    """A list of the columns that are written; generated ones follow in :func:`finish`."""
    dot = f"{prefix}." if prefix else ""
    return ", ".join(f"{dot}{quote(column.name)}" for column in columns if not column.generated)


def keys_equal(table: Table, left: str, right: str) -> str:
    """A condition that two relations agree in the table's keys."""
    joined = "IS NOT DISTINCT FROM" if table.model != "PRIMARY" else "="
    return " AND ".join(f"{left}.{quote(key)} {joined} {right}.{quote(key)}" for key in table.keys)


def apply(unit: WriteUnit, table: Table, stage: str, *, ordered: bool = False, deletes: bool = False) -> int:
    """Write a stage by the table's model; `ordered` stages have __row, `deletes` stages have __op. Rows written."""
    table, names = partitioning.touched(unit, table, stage)
    if not names:
        unit.catalog.put(table)
        return 0
    rows = int(str(unit.execute(f"SELECT count(*) FROM {stage}")[0][0]))
    if table.model == "DUPLICATE":
        _append(unit, table, stage)
    elif table.model == "AGGREGATE":
        _merge(unit, table, stage, names)
    else:
        _upsert(unit, table, stage, names, ordered=ordered, deletes=deletes)
    finish(unit, table, names)
    return rows


def completed(
    unit: WriteUnit, table: Table, stage: str, given: Collection[str], *, now: str, keep: bool, deletes: bool = False
) -> str:
    """A stage that has the columns it was not given too, as defaults; to keep, what a stored row of its key has.

    Raises:
        AnalysisError: A new row would have no value in a NOT NULL column.
    """
    missing = [c for c in table.columns if c.name not in given and not c.generated]
    if not missing:
        return stage
    values = []
    for column in missing:
        value = numbered(unit, table, column) if column.auto_increment else default_value(column, now)
        if value is None:
            value = _nothing(column)
        if keep:
            value = f"CASE WHEN t.{quote(table.keys[0])} IS NULL THEN {value} ELSE t.{quote(column.name)} END"
        values.append(f"{value} AS {quote(column.name)}")
    joined = f" LEFT JOIN data.{table.storage} t ON {keys_equal(table, 't', 's')}" if keep else ""
    full = unit.stage_name()
    unit.execute(f"CREATE TEMP TABLE {full} AS SELECT s.*, {', '.join(values)} FROM {stage} s{joined}")
    for column in [c for c in missing if not c.nullable]:
        kept = f" AND {OPERATION} = 0" if deletes else ""
        if unit.execute(f"SELECT 1 FROM {full} WHERE {quote(column.name)} IS NULL{kept} LIMIT 1"):
            raise AnalysisError(f"Column has no default value, column={column.name}")
    return full


def numbered(unit: WriteUnit, table: Table, column: Column) -> str:
    """SQL of the next numbers of an AUTO_INCREMENT column."""
    start = unit.execute(f"SELECT coalesce(max({quote(column.name)}), 0) FROM data.{table.storage}")[0][0]
    return f"CAST({start} + row_number() OVER () AS BIGINT)"


def _nothing(column: Column) -> str:
    """What a partial update puts into a NOT NULL column of a new row: 0 (docs: AUTO_INCREMENT, partial updates)."""
    return f"CAST({0 if column.type.is_number else 'NULL'} AS {column.type.duckdb()})"


def finish(unit: WriteUnit, table: Table, names: set[str]) -> None:
    """One transaction touched these partitions: versions rise, row counts follow."""
    generated.recompute(unit, table, names)
    fresh = {name for name in names if table.partitions[name].id not in unit.bumped}
    unit.bumped |= {table.partitions[name].id for name in fresh}
    unit.catalog.put(recount(unit, table, names).bumped(fresh, unit.now))


def recount(unit: WriteUnit, table: Table, names: set[str]) -> Table:
    """Read the row counts of some partitions."""
    if table.partition is None:
        counts = {
            partitioning.single_partition(table): unit.execute(f"SELECT count(*) FROM data.{table.storage}")[0][0]
        }
    else:
        where = partitioning.predicate(table, names)
        found = unit.execute(
            f"SELECT {partitioning.name_expression(table)}, count(*) FROM data.{table.storage} WHERE {where} GROUP BY 1"
        )
        counts = {str(name): number for name, number in found}
    partitions = dict(table.partitions)
    for name in names:
        if name in partitions:
            partitions[name] = replace(partitions[name], row_count=int(str(counts.get(name, 0))))
    return replace(table, partitions=partitions)


def _append(unit: WriteUnit, table: Table, stage: str) -> None:
    listed = columns_sql(table.columns)
    unit.execute(f"INSERT INTO data.{table.storage} ({listed}) SELECT {listed} FROM {stage}")


def _upsert(unit: WriteUnit, table: Table, stage: str, names: set[str], *, ordered: bool, deletes: bool) -> None:
    listed, keys = columns_sql(table.columns), ", ".join(quote(key) for key in table.keys)
    if any(table.partitions[name].row_count for name in names if name in table.partitions):
        where = partitioning.predicate(table, names, "t")
        unit.execute(
            f"DELETE FROM data.{table.storage} AS t USING (SELECT DISTINCT {keys} FROM {stage}) AS s"
            f" WHERE {keys_equal(table, 't', 's')} AND {where}"
        )
    source = stage
    if ordered and unit.execute(f"SELECT 1 FROM {stage} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"):
        source = (
            f"(SELECT * FROM {stage} QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {ROW_NUMBER} DESC) = 1)"
        )
    kept = f" WHERE {OPERATION} = 0" if deletes else ""
    unit.execute(f"INSERT INTO data.{table.storage} ({listed}) SELECT {listed} FROM {source}{kept}")


_COMBINE = {"SUM": "sum({0})", "MIN": "min({0})", "MAX": "max({0})"}


def _merge(unit: WriteUnit, table: Table, stage: str, names: set[str]) -> None:
    """AGGREGATE KEY: existing rows of the same keys and the stage become one row per key."""
    keys = ", ".join(quote(key) for key in table.keys)
    listed = columns_sql(table.columns)
    order = ROW_NUMBER
    values = []
    for column in table.columns[len(table.keys) :]:
        name = quote(column.name)
        if column.aggregate in _COMBINE:
            combined = _COMBINE[column.aggregate].format(name)
        elif column.aggregate == "REPLACE":
            combined = f"list({name} ORDER BY {order} DESC)[1]"
        else:
            combined = f"arg_max({name}, {order}) FILTER (WHERE {name} IS NOT NULL)"
        values.append(f"CAST({combined} AS {column.type.duckdb()}) AS {name}")
    merged = unit.stage_name()
    where = partitioning.predicate(table, names, "t")
    unit.execute(
        f"CREATE TEMP TABLE {merged} AS SELECT {', '.join([keys, *values])} FROM ("
        f"SELECT {columns_sql(table.columns, 't')}, CAST(-1 AS BIGINT) AS {order} FROM data.{table.storage} t"
        f" SEMI JOIN {stage} s ON {keys_equal(table, 't', 's')} WHERE {where}"
        f" UNION ALL SELECT {listed}, {order} FROM {stage}) GROUP BY {keys}"
    )
    unit.execute(
        f"DELETE FROM data.{table.storage} AS t USING {merged} AS s WHERE {keys_equal(table, 't', 's')} AND {where}"
    )
    unit.execute(f"INSERT INTO data.{table.storage} ({listed}) SELECT {listed} FROM {merged}")
    unit.execute(f"DROP TABLE {merged}")


def fresh_partitions(unit: WriteUnit, table: Table, names: set[str] | None = None) -> Table:
    """New identities for partitions whose content is replaced; all of them by default."""
    partitions: dict[str, Partition] = {}
    for name, part in table.partitions.items():
        if names is not None and name not in names:
            partitions[name] = part
            continue
        partitions[name] = replace(
            part, id=unit.new_id(), visible_version=1, data_version=1, visible_version_time=unit.now, row_count=0
        )
    return replace(table, partitions=partitions)


def overwrite(unit: WriteUnit, table: Table, stage: str, *, ordered: bool, dynamic: bool, only: list[str]) -> int:
    """INSERT OVERWRITE: the whole table, the named partitions, or (dynamic) those that the rows belong to."""
    for name in only:
        if name not in table.partitions:
            raise AnalysisError(f"Unknown partition '{name}' in table '{table.name}'")
    if dynamic and table.partition is not None and not only:
        table, names = partitioning.touched(unit, table, stage)
        _empty(unit, table, names)
        table = fresh_partitions(unit, table, names)
    elif only:
        _, names = partitioning.touched(unit, table, stage)
        if not names <= set(only):
            raise AnalysisError("Insert has filtered data: the row is out of the specified partitions")
        _empty(unit, table, set(only))
        table = fresh_partitions(unit, table, set(only))
    else:
        unit.drop_storage(table)
        table = unit.create_storage(table)
        if table.partition is not None and table.partition.kind == "expr":
            table = replace(table, partitions={})
        else:
            table = fresh_partitions(unit, table)
    unit.catalog.put(table)
    return apply(unit, table, stage, ordered=ordered)


def _empty(unit: WriteUnit, table: Table, names: set[str]) -> None:
    unit.execute(f"DELETE FROM data.{table.storage} WHERE {partitioning.predicate(table, names)}")
