"""The catalogue on disk: private tables beside the data, written in the same DuckDB transaction as the data.

What is acknowledged and what is recorded about it can therefore never differ, whenever the process ends. The schema
`meta` is ours; information_schema is a set of views over it (:mod:`information_schema`).
"""

from __future__ import annotations

import json

import duckdb

from retail_platform.starrocks.embedded.catalog import Catalog
from retail_platform.starrocks.embedded.model import (
    Database,
    Partition,
    Table,
    table_from_json,
    table_to_json,
)

FORMAT = 1
_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS meta;
CREATE SCHEMA IF NOT EXISTS data;
CREATE TABLE IF NOT EXISTS meta.format (version INTEGER);
CREATE TABLE IF NOT EXISTS meta.counters (next_id BIGINT);
CREATE TABLE IF NOT EXISTS meta.databases (id BIGINT, name VARCHAR, created VARCHAR);
CREATE TABLE IF NOT EXISTS meta.tables (id BIGINT, db VARCHAR, name VARCHAR, kind VARCHAR, model VARCHAR,
  partition_key VARCHAR, distribution_key VARCHAR, distribution VARCHAR, buckets INTEGER, sort_key VARCHAR,
  primary_key VARCHAR, properties VARCHAR, comment VARCHAR, created VARCHAR, storage VARCHAR, definition VARCHAR,
  refresh VARCHAR, spec VARCHAR);
CREATE TABLE IF NOT EXISTS meta.columns (table_id BIGINT, ordinal INTEGER, name VARCHAR, data_type VARCHAR,
  column_type VARCHAR, length BIGINT, numeric_precision BIGINT, numeric_scale BIGINT, nullable BOOLEAN,
  default_value VARCHAR, column_key VARCHAR, extra VARCHAR, comment VARCHAR, generated VARCHAR);
CREATE TABLE IF NOT EXISTS meta.partitions (table_id BIGINT, id BIGINT, name VARCHAR, visible_version BIGINT,
  visible_version_time VARCHAR, data_version BIGINT, row_count BIGINT, lower_bound VARCHAR, upper_bound VARCHAR,
  list_values VARCHAR);
CREATE TABLE IF NOT EXISTS meta.stale_rows (id BIGINT, row_count BIGINT);
CREATE TABLE IF NOT EXISTS meta.transactions (id BIGINT, db VARCHAR, label VARCHAR, state VARCHAR, kind VARCHAR,
  tables VARCHAR, user_name VARCHAR, created VARCHAR, finished VARCHAR, reason VARCHAR, scan_rows BIGINT,
  scan_bytes BIGINT, filtered_rows BIGINT, unselected_rows BIGINT, loaded_rows BIGINT, error_url VARCHAR,
  tracking_log VARCHAR);
CREATE TABLE IF NOT EXISTS meta.tasks (id BIGINT, name VARCHAR, db VARCHAR, definition VARCHAR, created VARCHAR);
CREATE TABLE IF NOT EXISTS meta.task_runs (query_id VARCHAR, task_name VARCHAR, created VARCHAR, finished VARCHAR,
  state VARCHAR, db VARCHAR, definition VARCHAR, error_code BIGINT, error_message VARCHAR, progress VARCHAR);
"""


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the private tables in a new file."""
    connection.execute(_SCHEMA)
    found = connection.execute("SELECT version FROM meta.format").fetchall()
    if not found:
        connection.execute("INSERT INTO meta.format VALUES (?)", [FORMAT])
        connection.execute("INSERT INTO meta.counters VALUES (10001)")


def load(connection: duckdb.DuckDBPyConnection) -> tuple[Catalog, int]:
    """Read the catalogue and the next free id."""
    catalog = Catalog()
    for id_, name, created in connection.execute("SELECT id, name, created FROM meta.databases").fetchall():
        catalog.databases[name] = Database(id=id_, name=name, created=created)
    partitions: dict[int, dict[str, Partition]] = {}
    rows = connection.execute(
        "SELECT table_id, id, name, visible_version, visible_version_time, data_version, row_count, lower_bound,"
        " upper_bound, list_values FROM meta.partitions ORDER BY id"
    ).fetchall()
    for row in rows:
        listed = tuple(tuple(item) for item in json.loads(row[9]))
        part = Partition(row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], listed)
        table_id = row[0]
        partitions.setdefault(table_id, {})[part.name] = part
    for (spec,) in connection.execute("SELECT spec FROM meta.tables").fetchall():
        table = table_from_json(spec)
        table.partitions.update(partitions.get(table.id, {}))
        catalog.put(table)
    next_id: int = connection.execute("SELECT max(next_id) FROM meta.counters").fetchall()[0][0]
    return catalog, next_id


def save(connection: duckdb.DuckDBPyConnection, before: Catalog, after: Catalog, next_id: int) -> None:
    """Write the difference between two catalogues; the caller holds the transaction."""
    connection.execute("UPDATE meta.counters SET next_id = ?", [next_id])
    if before.databases != after.databases:
        connection.execute("DELETE FROM meta.databases")
        for db in after.databases.values():
            connection.execute("INSERT INTO meta.databases VALUES (?, ?, ?)", [db.id, db.name, db.created])
    old = {table.id: table for table in before.tables.values()}
    new = {table.id: table for table in after.tables.values()}
    for table_id in old.keys() - new.keys():
        _forget(connection, table_id)
    for table_id, table in new.items():
        if old.get(table_id) is not table:
            _save_table(connection, old.get(table_id), table)


def _forget(connection: duckdb.DuckDBPyConnection, table_id: int) -> None:
    connection.execute("DELETE FROM meta.tables WHERE id = ?", [table_id])
    connection.execute("DELETE FROM meta.columns WHERE table_id = ?", [table_id])
    connection.execute("DELETE FROM meta.partitions WHERE table_id = ?", [table_id])


def _save_table(connection: duckdb.DuckDBPyConnection, old: Table | None, table: Table) -> None:
    spec = table_to_json(table)
    if old is None or table_to_json(old) != spec:
        connection.execute("DELETE FROM meta.tables WHERE id = ?", [table.id])
        connection.execute("DELETE FROM meta.columns WHERE table_id = ?", [table.id])
        connection.execute(f"INSERT INTO meta.tables VALUES ({', '.join('?' * 18)})", _table_row(table, spec))
        connection.execute(*_columns_statement(table))
    before = old.partitions if old is not None else {}
    gone = [part.id for name, part in before.items() if table.partitions.get(name) != part]
    if gone:
        connection.execute(f"DELETE FROM meta.partitions WHERE id IN ({', '.join(map(str, gone))})")
    fresh = [part for name, part in table.partitions.items() if before.get(name) != part]
    if fresh:
        rows = ", ".join([f"({', '.join('?' * 10)})"] * len(fresh))
        values = [value for part in fresh for value in _partition_row(table.id, part)]
        connection.execute(f"INSERT INTO meta.partitions VALUES {rows}", values)


def _partition_row(table_id: int, part: Partition) -> list[object]:
    return [
        table_id,
        part.id,
        part.name,
        part.visible_version,
        part.visible_version_time,
        part.data_version,
        part.row_count,
        part.lower,
        part.upper,
        json.dumps(part.values),
    ]


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table_row(table: Table, spec: str) -> list[object]:
    return [
        table.id,
        table.database,
        table.name,
        table.kind,
        table.model,
        _quoted(table.partition.columns) if table.partition else "",
        _quoted(table.distribution_columns),
        table.distribution,
        table.buckets or 0,
        _quoted(table.order_by or table.keys),
        _quoted(table.keys) if table.model in ("PRIMARY", "UNIQUE") else "",
        json.dumps(dict(table.properties)),
        table.comment,
        table.created,
        table.storage,
        table.shown_definition,
        table.refresh,
        spec,
    ]


def _columns_statement(table: Table) -> tuple[str, list[object]]:
    key_word = {"PRIMARY": "PRI", "UNIQUE": "UNI", "AGGREGATE": "AGG", "DUPLICATE": "DUP"}[table.model]
    keys = {key.lower() for key in table.keys}
    rows, values = [], []
    for ordinal, column in enumerate(table.columns, 1):
        kind = column.type
        numeric = kind.name if kind.name in _PRECISIONS else ""
        rows.append(f"({', '.join('?' * 14)})")
        values += [
            table.id,
            ordinal,
            column.name,
            kind.data_type(),
            kind.column_type(),
            kind.length if kind.is_string else None,
            kind.precision if kind.name == "DECIMAL" else _PRECISIONS.get(numeric),
            kind.scale if kind.name == "DECIMAL" else (0 if numeric and numeric not in ("FLOAT", "DOUBLE") else None),
            column.nullable,
            column.default,
            key_word if column.name.lower() in keys and not table.is_view else "",
            "auto_increment" if column.auto_increment else "",
            column.comment,
            column.generated or "",
        ]
    return f"INSERT INTO meta.columns VALUES {', '.join(rows)}", values


_PRECISIONS = {"TINYINT": 3, "SMALLINT": 5, "INT": 10, "BIGINT": 19, "LARGEINT": 39, "FLOAT": 7, "DOUBLE": 15}
