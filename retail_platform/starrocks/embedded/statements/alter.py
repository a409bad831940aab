"""ALTER TABLE: names, partitions, properties; columns are in :mod:`alter_columns`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded import partitioning
from retail_platform.starrocks.embedded.ddl_parser import read_properties
from retail_platform.starrocks.embedded.engine import WriteUnit
from retail_platform.starrocks.embedded.errors import AnalysisError, Unsupported, unknown_table
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor
from retail_platform.starrocks.embedded.model import Table
from retail_platform.starrocks.embedded.partition_parser import parse_declared_partition
from retail_platform.starrocks.embedded.results import Done, Result
from retail_platform.starrocks.embedded.statements import alter_columns, tables

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
    for words, action in ACTIONS.items():
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


ACTIONS: dict[tuple[str, ...], Action] = {
    ("RENAME", "COLUMN"): alter_columns.rename_column,
    ("RENAME",): _rename,
    ("SWAP", "WITH"): _swap,
    ("ADD", "COLUMN"): alter_columns.add_columns,
    ("ADD", "PARTITION"): _add_partition,
    ("DROP", "COLUMN"): alter_columns.drop_column,
    ("DROP", "PARTITION"): _drop_partition,
    ("TRUNCATE", "PARTITION"): _truncate_partition,
    ("MODIFY", "COLUMN"): alter_columns.modify_column,
    ("SET",): _set,
    ("COMMENT",): _comment,
}
