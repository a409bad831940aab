"""From a query to a table: describe its columns, convert and check its rows, write them, acknowledge with a label."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded import partitioning, writing
from retail_platform.starrocks.embedded.conversion import convert, default_value, first_complaint
from retail_platform.starrocks.embedded.engine import WriteUnit, quote
from retail_platform.starrocks.embedded.errors import AnalysisError, ErrorKind, StarRocksError
from retail_platform.starrocks.embedded.labels import LoadRecord
from retail_platform.starrocks.embedded.model import Column, Table
from retail_platform.starrocks.embedded.types import StarRocksType, from_duckdb

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

Described = list[tuple[str, StarRocksType]]


def describe(unit: WriteUnit, sql: str) -> Described:
    """Names and types of a query's columns."""
    unit.cursor.execute(f"SELECT * FROM ({sql}) LIMIT 0")
    found = [(name, from_duckdb(kind)) for name, kind, *_ in unit.cursor.description or []]
    unit.cursor.fetchall()
    return found


def write_query(
    session: Session,
    unit: WriteUnit,
    table: Table,
    sql: str,
    described: Described,
    columns: Sequence[Column],
    *,
    overwrite: bool = False,
    partitions: Sequence[str] = (),
) -> int:
    """Write a query's rows into some columns of a table; returns how many."""
    stage = stage_query(session, unit, table, sql, described, columns)
    if overwrite:
        return writing.overwrite(
            unit,
            table,
            stage,
            ordered=table.unique_rows,
            dynamic=session.variables.truth("dynamic_overwrite"),
            only=list(partitions),
        )
    if partitions:
        _within(unit, table, stage, partitions)
    return writing.apply(unit, table, stage, ordered=table.unique_rows)


def _within(unit: WriteUnit, table: Table, stage: str, partitions: Sequence[str]) -> None:
    for name in partitions:
        if name not in table.partitions:
            raise AnalysisError(f"Unknown partition '{name}' in table '{table.name}'")
    _, names = partitioning.touched(unit, table, stage)
    if not names <= set(partitions):
        raise StarRocksError(
            "Insert has filtered data : the row is out of the specified partitions", ErrorKind.FILTERED_DATA
        )


def stage_query(
    session: Session, unit: WriteUnit, table: Table, sql: str, described: Described, columns: Sequence[Column]
) -> str:
    """Run the query into a stage with the table's columns, and refuse rows that do not fit."""
    if len(described) != len(columns):
        raise AnalysisError(
            f"Inserted target column count: {len(columns)} doesn't match select/value column count: {len(described)}",
            ErrorKind.COLUMN_COUNT,
        )
    values, complaints = [], list[str]()
    for index, (column, (_name, kind)) in enumerate(zip(columns, described, strict=True)):
        if kind.is_nested and not column.type.is_nested and column.type.name != "JSON":
            raise AnalysisError(f"Column type {kind.sql()} cannot be inserted into {column.type.sql()} '{column.name}'")
        done = convert(column, f"c{index}", kind, strict=True, stored=f"v{index}")
        values.append(f"{done.value} AS v{index}")
        complaints += done.complaints
    names = ", ".join(f"c{index}" for index in range(len(described)))
    shown = ", ".join(f"v{index} AS {quote(column.name)}" for index, column in enumerate(columns))
    stage = unit.stage_name()
    with session.interruptible(unit.cursor):
        unit.execute(
            f"CREATE TEMP TABLE {stage} AS SELECT {shown}, row_number() OVER () AS {writing.ROW_NUMBER},"
            f" {first_complaint(complaints)} AS __err FROM (SELECT *, {', '.join(values)} FROM ({sql}) AS q({names}))"
        )
    if complaints:
        _refuse_bad_rows(unit, stage)
    now = session.context().local_moment
    for column in table.columns:
        free = column.auto_increment or column.generated or column in columns
        if not free and default_value(column, now) is None:
            raise AnalysisError(f"Column has no default value, column={column.name}")
    given = [column.name for column in columns]
    return writing.completed(unit, table, stage, given, now=now, keep=table.model == "PRIMARY")


def _refuse_bad_rows(unit: WriteUnit, stage: str) -> None:
    bad = unit.execute(f"SELECT __err FROM {stage} WHERE __err IS NOT NULL LIMIT 1")
    if bad:
        raise StarRocksError(f"Insert has filtered data : {bad[0][0]}.", ErrorKind.FILTERED_DATA)


def acknowledge(unit: WriteUnit, session: Session, table: Table, rows: int, label: str | None = None) -> str:
    """Record the transaction and give the text of the OK packet."""
    record = LoadRecord(
        id=unit.new_id(),
        database=table.database,
        label=label or f"insert_{uuid.uuid4()}",
        kind="INSERT",
        tables=table.name,
        user=session.user,
        created=unit.now,
        loaded_rows=rows,
        scan_rows=rows,
    )
    session.engine.labels.finish_in(unit, record)
    return f"{{'label':'{record.label}', 'status':'VISIBLE', 'txnId':'{record.id}'}}"
