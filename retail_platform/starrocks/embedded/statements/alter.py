"""ALTER TABLE: names, columns, partitions, properties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded import partitioning
from retail_platform.starrocks.embedded.conversion import convert, default_value, first_complaint
from retail_platform.starrocks.embedded.ddl_parser import parse_column, read_properties
from retail_platform.starrocks.embedded.engine import WriteUnit, quote
from retail_platform.starrocks.embedded.errors import AnalysisError, StarRocksError, Unsupported, unknown_table
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor
from retail_platform.starrocks.embedded.model import Column, Table
from retail_platform.starrocks.embedded.partition_parser import parse_declared_partition
from retail_platform.starrocks.embedded.results import Done, Result
from retail_platform.starrocks.embedded.statements import tables

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

Action = Callable[[WriteUnit, Table, TokenCursor], None]


def alter_table(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """ALTER TABLE name action [, action ...]."""
    database, name = session.resolve(cursor.qualified())
    with session.engine.write() as unit:
        while True:
            table = unit.catalog.table(database, name)
            if table.kind != "table":
                raise AnalysisError(f"Do not support alter non-native table '{name}'")
            _action(cursor)(unit, table, cursor)
            if not cursor.match(","):
                break
        cursor.end()
    return Done()


def _action(cursor: TokenCursor) -> Action:
    for words, action in _ACTIONS.items():
        if cursor.match(*words):
            return action
    if cursor.word() in ("ADD", "DROP", "MODIFY", "ORDER", "DISTRIBUTED", "COMPACT", "BASE", "REPLACE", "COMMENT"):
        raise Unsupported(f"ALTER TABLE ... {cursor.word()} {cursor.word(1)}")
    raise cursor.refuse("ADD, DROP, MODIFY, RENAME, SET, SWAP")


def _rename(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    new = cursor.identifier()
    if unit.catalog.find(table.database, new) is not None:
        raise tables.table_exists(new)
    renamed = unit.catalog.rename(table, new)
    if table.partition is None:
        part = next(iter(table.partitions.values()))
        unit.catalog.put(replace(renamed, partitions={new: replace(part, name=new)}))


def _swap(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    parts = cursor.qualified()
    database, other_name = (table.database, parts[0]) if len(parts) == 1 else (parts[-2], parts[-1])
    if database != table.database:
        raise AnalysisError("Only tables of one database can be swapped")
    other = unit.catalog.find(database, other_name)
    if other is None:
        raise unknown_table(database, other_name)
    if other.kind != "table":
        raise AnalysisError(f"Table '{other_name}' is not a OLAP table")
    unit.catalog.put(_renamed(other, table.name))
    unit.catalog.put(_renamed(table, other_name))


def _renamed(table: Table, name: str) -> Table:
    renamed = replace(table, name=name)
    if table.partition is not None:
        return renamed
    part = next(iter(table.partitions.values()))
    return replace(renamed, partitions={name: replace(part, name=name)})


def _rename_column(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    old = cursor.identifier()
    cursor.match("TO")
    new = cursor.identifier()
    column = _existing(table, old)
    if table.column(new) is not None:
        raise AnalysisError(f"Duplicate column name '{new}'")
    unit.execute(f"ALTER TABLE data.{table.storage} RENAME COLUMN {quote(column.name)} TO {quote(new)}")

    def swap(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name.lower() == old.lower() else name for name in names)

    if table.partition is not None and column.name.lower() in {c.lower() for c in table.partition.columns}:
        raise AnalysisError(f"Column[{old}] is a partition column, it cannot be renamed")
    columns = tuple(replace(c, name=new) if c is column else c for c in table.columns)
    unit.catalog.put(
        replace(
            table,
            columns=columns,
            keys=swap(table.keys),
            order_by=swap(table.order_by),
            distribution_columns=swap(table.distribution_columns),
        )
    )


def _existing(table: Table, name: str) -> Column:
    column = table.column(name)
    if column is None:
        raise AnalysisError(f"Column does not exists: {name}")
    return column


def _add_columns(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    several = cursor.match("(")
    while True:
        table = _add_column(unit, table, parse_column(cursor), _place(cursor))
        if not (several and cursor.match(",")):
            break
    if several:
        cursor.expect(")")


def _place(cursor: TokenCursor) -> str | None:
    if cursor.match("FIRST"):
        return ""
    return cursor.identifier() if cursor.match("AFTER") else None


def _add_column(unit: WriteUnit, table: Table, column: Column, place: str | None) -> Table:
    if table.column(column.name) is not None:
        raise AnalysisError(f"Can not add column which already exists in base table: {column.name}")
    if column.generated or column.auto_increment:
        raise Unsupported("ALTER TABLE ... ADD COLUMN of a generated or AUTO_INCREMENT column")
    if table.model == "AGGREGATE" and not column.aggregate:
        raise AnalysisError(
            f"Can not assign aggregation method on a key column of an AGGREGATE KEY table: {column.name}"
        )
    value = default_value(column, unit.now)
    if value is None:
        raise AnalysisError(f"Column has no default value: {column.name}")
    unit.execute(
        f"ALTER TABLE data.{table.storage} ADD COLUMN {quote(column.name)} {column.type.duckdb()} DEFAULT {value}"
    )
    columns = list(table.columns)
    if place is None:
        columns.append(column)
    else:
        index = 0 if place == "" else table.columns.index(_existing(table, place)) + 1
        if index < len(table.keys):
            raise AnalysisError(f"Invalid column order: '{column.name}' cannot stand among the key columns")
        columns.insert(index, column)
    table = replace(table, columns=tuple(columns))
    unit.catalog.put(table)
    return table


def _drop_column(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    column = _existing(table, cursor.identifier())
    if column.name.lower() in {key.lower() for key in table.keys} and table.model != "DUPLICATE":
        raise AnalysisError(f"Can not drop key column '{column.name}' of a {table.model} KEY table")
    used = set(table.distribution_columns) | set(table.partition.columns if table.partition else ())
    if column.name.lower() in {name.lower() for name in used}:
        raise AnalysisError(f"Partition or distribution column[{column.name}] cannot be dropped")
    if len(table.columns) == 1:
        raise AnalysisError("Can not drop the last column")
    unit.execute(f"ALTER TABLE data.{table.storage} DROP COLUMN {quote(column.name)}")
    columns = tuple(c for c in table.columns if c is not column)
    keys = tuple(key for key in table.keys if key.lower() != column.name.lower())
    unit.catalog.put(replace(table, columns=columns, keys=keys or (columns[0].name,)))


def _modify_column(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    wanted = parse_column(cursor)
    if _place(cursor) is not None:
        raise Unsupported("moving a column")
    old = _existing(table, wanted.name)
    if old.name.lower() in {key.lower() for key in table.keys} and table.model == "PRIMARY":
        raise AnalysisError(f"Can not modify key column: {old.name} for primary key table")
    if not old.nullable and wanted.nullable is False and old.type == wanted.type:
        raise AnalysisError("Nothing is changed. please check your alter stmt.")
    if old.nullable and not wanted.nullable:
        raise AnalysisError(f"Can not change from nullable to non-nullable: {old.name}")
    wanted = replace(wanted, name=old.name, aggregate=old.aggregate)
    done = convert(wanted, quote(old.name), old.type, strict=True, stored="__new")
    if done.complaints:
        rows = f"SELECT *, {done.value} AS __new FROM data.{table.storage}"
        bad = unit.execute(f"SELECT {first_complaint(done.complaints)} AS e FROM ({rows}) WHERE e IS NOT NULL LIMIT 1")
        if bad:
            raise StarRocksError(
                f"Unexpected exception: Can not change {old.type_sql} to {wanted.type_sql}: {bad[0][0]}"
            )
    unit.execute(
        f"ALTER TABLE data.{table.storage} ALTER COLUMN {quote(old.name)}"
        f" TYPE {wanted.type.duckdb()} USING {done.value}"
    )
    unit.catalog.put(replace(table, columns=tuple(wanted if c is old else c for c in table.columns)))


def _add_partition(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    if table.partition is None or table.partition.kind == "expr":
        raise AnalysisError("Only support adding partition to range or list partitioned table")
    cursor.position -= 1
    unit.catalog.put(partitioning.declare(unit, table, [parse_declared_partition(cursor)], []))


def _drop_partition(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    quiet = cursor.match("IF", "EXISTS")
    names = [cursor.identifier()]
    cursor.match("FORCE")
    known = [name for name in names if name in table.partitions]
    if not known:
        if quiet:
            return
        raise AnalysisError(f"Error in list of partitions to {names[0]}: it does not exist")
    if table.partition is None:
        raise AnalysisError("Table is not partitioned")
    unit.execute(f"DELETE FROM data.{table.storage} WHERE {partitioning.predicate(table, known)}")
    kept = {name: part for name, part in table.partitions.items() if name not in known}
    unit.catalog.put(replace(table, partitions=kept))


def _truncate_partition(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    tables.truncate_partitions(unit, table, [cursor.identifier()])


def _set(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    properties = {**dict(table.properties), **read_properties(cursor)}
    unit.catalog.put(replace(table, properties=tuple(properties.items())))


def _comment(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    cursor.match("=")
    unit.catalog.put(replace(table, comment=cursor.string()))


_ACTIONS: dict[tuple[str, ...], Action] = {
    ("RENAME", "COLUMN"): _rename_column,
    ("RENAME",): _rename,
    ("SWAP", "WITH"): _swap,
    ("ADD", "COLUMN"): _add_columns,
    ("ADD", "PARTITION"): _add_partition,
    ("DROP", "COLUMN"): _drop_column,
    ("DROP", "PARTITION"): _drop_partition,
    ("TRUNCATE", "PARTITION"): _truncate_partition,
    ("MODIFY", "COLUMN"): _modify_column,
    ("SET",): _set,
    ("COMMENT",): _comment,
}
