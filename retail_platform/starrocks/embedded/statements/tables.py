"""CREATE TABLE (also LIKE and AS SELECT), DROP TABLE, TRUNCATE TABLE."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded import ddl_rules, generated, partitioning, writing
from retail_platform.starrocks.embedded.ddl_parser import TableDraft, explicitly_nullable, parse_create_table
from retail_platform.starrocks.embedded.engine import WriteUnit
from retail_platform.starrocks.embedded.errors import AnalysisError, ErrorKind, StarRocksError, unknown_table
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor
from retail_platform.starrocks.embedded.model import Column, Partition, Table
from retail_platform.starrocks.embedded.results import Done, Result
from retail_platform.starrocks.embedded.statements import staging
from retail_platform.starrocks.embedded.types import StarRocksType

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

_NAME = re.compile(r"^[A-Za-z_]\w{0,1023}$")
CTAS_DECIMAL = StarRocksType("DECIMAL", precision=38, scale=9)


def table_exists(name: str) -> StarRocksError:
    """The refusal of a name that is taken."""
    return StarRocksError(f"Table '{name}' already exists", ErrorKind.TABLE_EXISTS)


def create(session: Session, statement: Statement, cursor: TokenCursor) -> Result:
    """CREATE TABLE in all three forms."""
    draft = parse_create_table(cursor)
    database, name = session.resolve(draft.name)
    session.engine.catalog.database(database)
    if not _NAME.match(name):
        raise AnalysisError(f"Incorrect table name '{name}'")
    with session.engine.write() as unit:
        if unit.catalog.find(database, name) is not None:
            if draft.if_not_exists:
                return Done()
            raise table_exists(name)
        if draft.like is not None:
            _create_like(session, unit, draft, (database, name))
            return Done()
        if draft.query is not None:
            return _create_as_select(session, unit, statement, draft, (database, name))
        nulls = {c.name.lower() for c in draft.columns if explicitly_nullable(cursor, c.name)}
        build(unit, ddl_rules.settle(draft, nulls), database, name)
    return Done()


def build(unit: WriteUnit, draft: TableDraft, database: str, name: str, kind: str = "table") -> Table:
    """Make a table from a settled draft: its identity, its place for rows, its first partitions."""
    ddl_rules.check_replication(draft, name, int(unit.engine.config["default_replication_num"]))
    generated.check(unit, draft)
    table = Table(
        id=unit.new_id(),
        database=database,
        name=name,
        kind=kind,
        columns=tuple(draft.columns),
        model=draft.model or "DUPLICATE",
        keys=tuple(draft.keys),
        partition=draft.partition.spec if draft.partition else None,
        distribution=draft.distribution or "RANDOM",
        distribution_columns=tuple(draft.distribution_columns),
        buckets=draft.buckets,
        order_by=tuple(draft.order_by),
        properties=tuple({"replication_num": "1", **draft.properties}.items()),
        comment=draft.comment,
        created=unit.now,
    )
    table = unit.create_storage(table)
    if draft.partition is None:
        only = Partition(id=unit.new_id(), name=name, visible_version_time=unit.now)
        table = replace(table, partitions={name: only})
    else:
        table = partitioning.declare(unit, table, draft.partition.declared, draft.partition.batches)
    unit.catalog.put(table)
    return table


def _create_like(session: Session, unit: WriteUnit, draft: TableDraft, target: tuple[str, str]) -> None:
    source = unit.catalog.table(*session.resolve(draft.like or []))
    if source.kind != "table":
        raise AnalysisError(f"Table '{source.name}' is not a StarRocks table")
    copy = replace(
        source,
        id=unit.new_id(),
        database=target[0],
        name=target[1],
        created=unit.now,
        properties=tuple({**dict(source.properties), **draft.properties}.items()),
    )
    copy = writing.fresh_partitions(unit, unit.create_storage(copy))
    if copy.partition is None:
        part = next(iter(copy.partitions.values()))
        copy = replace(copy, partitions={copy.name: replace(part, name=copy.name)})
    elif copy.partition.kind == "expr":
        copy = replace(copy, partitions={})
    unit.catalog.put(copy)


def _create_as_select(
    session: Session, unit: WriteUnit, statement: Statement, draft: TableDraft, target: tuple[str, str]
) -> Result:
    if draft.model in ("UNIQUE", "AGGREGATE"):
        raise AnalysisError(f"CTAS does not support {draft.model}_KEYS table".replace("AGGREGATE", "AGG"))
    sql = session.translator(unit.catalog).query(draft.query or [], statement.text)
    described = staging.describe(unit, sql)
    draft.columns = query_columns(described, draft.column_names)
    draft = ddl_rules.settle(draft)
    table = build(unit, draft, *target)
    rows = staging.write_query(session, unit, table, sql, described, list(table.columns))
    info = staging.acknowledge(unit, session, table, rows)
    return Done(rows, info)


def query_columns(described: list[tuple[str, StarRocksType]], names: list[str]) -> list[Column]:
    """The columns of a table made from a query: FLOAT and DOUBLE become DECIMAL(38, 9), NULL becomes text."""
    if names and len(names) != len(described):
        raise AnalysisError("Number of CTAS columns does not match the number of columns of the query")
    columns, seen = [], set()
    for index, (found, inferred) in enumerate(described):
        name, kind = names[index] if names else found, inferred
        if name.lower() in seen:
            raise AnalysisError(f"Duplicate column name '{name}'")
        seen.add(name.lower())
        if kind.name in ("FLOAT", "DOUBLE"):
            kind = CTAS_DECIMAL
        elif kind.name in ("NULL_TYPE", "TIME", "CHAR"):
            kind = StarRocksType("VARCHAR", length=65533)
        columns.append(Column(name=name, type_sql=kind.sql()))
    return columns


def drop(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """DROP TABLE [IF EXISTS] name [FORCE]."""
    quiet = cursor.match("IF", "EXISTS")
    database, name = session.resolve(cursor.qualified())
    cursor.match("FORCE")
    cursor.end()
    with session.engine.write() as unit:
        if not (quiet and database not in unit.catalog.databases):
            unit.catalog.database(database)
        table = unit.catalog.find(database, name)
        if table is None:
            if quiet:
                return Done()
            raise unknown_table(database, name)
        if table.kind != "table":
            verb = "DROP VIEW" if table.is_view else "DROP MATERIALIZED VIEW"
            raise AnalysisError(f"'{database}.{name}' is not a table, use {verb} instead")
        unit.drop_storage(table)
        unit.catalog.drop(table)
    return Done()


def truncate(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """TRUNCATE TABLE name [PARTITION (...)]: partitions get new identities."""
    database, name = session.resolve(cursor.qualified())
    wanted: list[str] = []
    if cursor.match("PARTITION") or cursor.match("PARTITIONS"):
        wanted = cursor.names() if cursor.at("(") else [cursor.identifier()]
    cursor.match("FORCE")
    cursor.end()
    with session.engine.write() as unit:
        table = unit.catalog.table(database, name)
        if table.kind != "table":
            raise AnalysisError(f"Table '{name}' is not a OLAP table")
        truncate_partitions(unit, table, wanted)
    return Done()


def truncate_partitions(unit: WriteUnit, table: Table, wanted: list[str]) -> None:
    """Empty some or all partitions of a table."""
    for part in wanted:
        if part not in table.partitions:
            raise AnalysisError(f"Partition {part} does not exist")
    if wanted:
        unit.execute(f"DELETE FROM data.{table.storage} WHERE {partitioning.predicate(table, wanted)}")
        unit.catalog.put(writing.fresh_partitions(unit, table, set(wanted)))
        return
    unit.drop_storage(table)
    unit.catalog.put(writing.fresh_partitions(unit, unit.create_storage(table)))
