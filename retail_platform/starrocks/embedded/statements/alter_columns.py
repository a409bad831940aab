"""ALTER TABLE on columns: add, drop, modify, rename."""

from __future__ import annotations

from dataclasses import replace

from retail_platform.starrocks.embedded import generated
from retail_platform.starrocks.embedded.conversion import convert, default_value, first_complaint
from retail_platform.starrocks.embedded.ddl_parser import parse_column
from retail_platform.starrocks.embedded.engine import WriteUnit, quote
from retail_platform.starrocks.embedded.errors import AnalysisError, StarRocksError, Unsupported
from retail_platform.starrocks.embedded.lexer import TokenCursor
from retail_platform.starrocks.embedded.model import Column, Table


def rename_column(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    """RENAME COLUMN old [TO] new."""
    old = cursor.identifier()
    cursor.match("TO")
    new = cursor.identifier()
    column = _existing(table, old)
    generated.check_free(table, column)
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


def add_columns(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    """ADD COLUMN definition [FIRST | AFTER c], or several in parentheses."""
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
    ordinary = len([c for c in columns if not c.generated])
    if place is None:
        columns.insert(ordinary, column)
    else:
        index = 0 if place == "" else table.columns.index(_existing(table, place)) + 1
        if index < len(table.keys):
            raise AnalysisError(f"Invalid column order: '{column.name}' cannot stand among the key columns")
        if index > ordinary:
            raise AnalysisError(f"Can not add column after Generated Column: {column.name}")
        columns.insert(index, column)
    table = replace(table, columns=tuple(columns))
    if columns[-1] is not column:
        table = _stored_anew(unit, table, table, {})
    unit.catalog.put(table)
    return table


def _stored_anew(unit: WriteUnit, before: Table, after: Table, values: dict[str, str]) -> Table:
    """Move a table's rows into a place made for its new columns, in their order; `values` are SQL by column name."""
    listed = ", ".join(quote(column.name) for column in after.columns)
    taken = ", ".join(values.get(column.name, quote(column.name)) for column in after.columns)
    moved = unit.create_storage(after)
    unit.execute(f"INSERT INTO data.{moved.storage} ({listed}) SELECT {taken} FROM data.{before.storage}")
    unit.drop_storage(before)
    return moved


def drop_column(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    """DROP COLUMN c."""
    column = _existing(table, cursor.identifier())
    generated.check_free(table, column)
    if column.name.lower() in {key.lower() for key in table.keys} and table.model != "DUPLICATE":
        raise AnalysisError(f"Can not drop key column '{column.name}' of a {table.model} KEY table")
    used = set(table.distribution_columns) | set(table.partition.columns if table.partition else ())
    if column.name.lower() in {name.lower() for name in used}:
        raise AnalysisError(f"Partition or distribution column[{column.name}] cannot be dropped")
    if column.name.lower() in {name.lower() for name in table.order_by}:
        raise AnalysisError(f"Can not drop sort column '{column.name}'")
    if len(table.columns) == 1:
        raise AnalysisError("Can not drop the last column")
    unit.execute(f"ALTER TABLE data.{table.storage} DROP COLUMN {quote(column.name)}")
    columns = tuple(c for c in table.columns if c is not column)
    keys = tuple(key for key in table.keys if key.lower() != column.name.lower())
    unit.catalog.put(replace(table, columns=columns, keys=keys or (columns[0].name,)))


def modify_column(unit: WriteUnit, table: Table, cursor: TokenCursor) -> None:
    """MODIFY COLUMN definition: another type that every value fits into."""
    wanted = parse_column(cursor)
    if _place(cursor) is not None:
        raise Unsupported("moving a column")
    old = _existing(table, wanted.name)
    if old.generated or wanted.generated:
        raise Unsupported("ALTER TABLE ... MODIFY COLUMN of a generated column")
    generated.check_free(table, old)
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
    changed = replace(table, columns=tuple(wanted if c is old else c for c in table.columns))
    unit.catalog.put(_stored_anew(unit, table, changed, {old.name: done.value}))
