"""Contract → CREATE TABLE, and the platform's own tables.

Raw tables hold text: a value that breaks its type must still be loadable, visible and countable. They are Primary Key
tables keyed (natural key, dt), so loading a day again replaces its rows instead of doubling them, and partitioned by
day, so a day can be recognised as changed, replaced or dropped by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pymysql.connections import Connection

from retail_platform.contracts import CONTRACTS, Contract
from retail_platform.contracts.ledger import LEDGER
from retail_platform.settings import RetailSettings
from retail_platform.starrocks.connection import execute, query, quote_name, quote_table

AUDIT_TABLE = "raw_load_audit"
REJECTED_TABLE = "raw_rejected_rows"

# Columns every raw table has after those of its contract.
LOAD_COLUMNS = (
    ("_load_id", "VARCHAR(128) NOT NULL", "The load that brought the row; see raw_load_audit."),
    ("_loaded_at", "DATETIME NOT NULL", "When the row was loaded (UTC)."),
)

_AUDIT_COLUMNS = (
    ("label", "VARCHAR(128) NOT NULL", "Stream Load label of the batch; exactly one row for each label."),
    (
        "status",
        "VARCHAR(16) NOT NULL",
        "loading: announced, its end not recorded yet; loaded: in; aborted: never came in.",
    ),
    ("load_id", "VARCHAR(128) NOT NULL", "The load the batch belongs to, as in the raw rows."),
    ("table_name", "VARCHAR(64) NOT NULL", "Raw table."),
    ("dt", "DATE NOT NULL", "Day loaded."),
    ("part", "INT NOT NULL", "Number of the batch within the load, from 0."),
    ("rows_sent", "BIGINT NOT NULL", "Rows in the landed file."),
    ("rows_loaded", "BIGINT NOT NULL", "Rows StarRocks took."),
    ("rows_filtered", "BIGINT NOT NULL", "Rows StarRocks refused."),
    ("bytes", "BIGINT NOT NULL", "Size of the landed file."),
    ("amount", "DECIMAL(38, 2) NULL", "Sum of the feed's amount column over the file: the control total."),
    ("content_hash", "VARCHAR(64) NOT NULL", "SHA-256 of the landed file."),
    ("config_hash", "VARCHAR(64) NOT NULL", "Fingerprint of the settings the rows were generated with."),
    ("as_of", "DATETIME NOT NULL", "The moment the slice ends at (UTC); the end of the day for a whole day."),
    ("dagster_run_id", "VARCHAR(64) NOT NULL", "Run that loaded."),
    ("started_at", "DATETIME NOT NULL", "Start of the load (UTC)."),
    ("finished_at", "DATETIME NULL", "End of the load (UTC)."),
    (
        "transaction_label",
        "VARCHAR(128) NULL",
        "Transaction that loads the batch with other feeds: its label without the attempt's number; or own label.",
    ),
)

_REJECTED_COLUMNS = (
    ("rejected_id", "VARCHAR(64) NOT NULL", "Hash of feed, day and payload: the same bad row is kept once."),
    ("feed", "VARCHAR(64) NOT NULL", "Feed the row came in."),
    ("dt", "DATE NOT NULL", "Day it came for."),
    ("rule", "VARCHAR(1024) NOT NULL", "The contract's rules it broke; warn: before them if it was let through."),
    ("payload", "STRING NOT NULL", "The row as it came, as JSON."),
    ("load_id", "VARCHAR(128) NOT NULL", "The unit of the landed day it was held back from."),
    ("first_seen_at", "DATETIME NOT NULL", "When it was first held back (UTC)."),
)


def _column_sql(name: str, definition: str, comment: str) -> str:
    return f"{quote_name(name)} {definition} COMMENT {_text(comment)}"


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _primary_key_table(
    table: str, columns: Sequence[tuple[str, str, str]], key: Sequence[str], comment: str, extra: str
) -> str:
    """Text of a CREATE TABLE for a Primary Key table; `key` must be the first columns, in order."""
    body = ",\n  ".join(_column_sql(*column) for column in columns)
    keys = ", ".join(quote_name(name) for name in key)
    return f"CREATE TABLE IF NOT EXISTS {table} (\n  {body}\n)\nPRIMARY KEY ({keys})\nCOMMENT {_text(comment)}\n{extra}"


def raw_table_columns(contract: Contract) -> list[tuple[str, str, str]]:
    """Name, definition and comment of a raw table's columns: natural key, dt, values, load columns."""
    keys = [(c.name, "VARCHAR(64) NOT NULL", c.description) for c in contract.columns if c.is_key]
    values = [(c.name, "STRING NULL", c.description) for c in contract.columns if not c.is_key]
    return [*keys, ("dt", "DATE NOT NULL", "The day the row belongs to."), *values, *LOAD_COLUMNS]


def create_raw_table(contract: Contract, settings: RetailSettings) -> str:
    """CREATE TABLE of a contract's raw table."""
    distribution = ", ".join(quote_name(name) for name in contract.key)
    return _primary_key_table(
        quote_table(settings.bronze, contract.table),
        raw_table_columns(contract),
        [*contract.key, "dt"],
        contract.description,
        f"PARTITION BY date_trunc('day', dt)\nDISTRIBUTED BY HASH ({distribution}) BUCKETS 4\n"
        f'PROPERTIES ("replication_num" = "{settings.replication_num}")',
    )


def _platform_tables(settings: RetailSettings) -> Iterator[str]:
    yield create_raw_table(LEDGER, settings)
    properties = f'PROPERTIES ("replication_num" = "{settings.replication_num}")'
    yield _primary_key_table(
        quote_table(settings.bronze, AUDIT_TABLE),
        _AUDIT_COLUMNS,
        ["label"],
        "Every load: what was sent, what arrived, by which run.",
        f"DISTRIBUTED BY HASH (`label`) BUCKETS 1\n{properties}",
    )
    yield _primary_key_table(
        quote_table(settings.bronze, REJECTED_TABLE),
        _REJECTED_COLUMNS,
        ["rejected_id"],
        "Rows that broke their contract, with the rule: quarantine.",
        f"DISTRIBUTED BY HASH (`rejected_id`) BUCKETS 1\n{properties}",
    )


def schema_statements(settings: RetailSettings) -> list[str]:
    """Everything `init-db` runs, in order; each statement may run again."""
    databases = [f"CREATE DATABASE IF NOT EXISTS {quote_name(db)}" for db in databases_of(settings)]
    return [*databases, *(create_raw_table(c, settings) for c in CONTRACTS), *_platform_tables(settings)]


def databases_of(settings: RetailSettings) -> tuple[str, str, str]:
    """The platform's databases: raw, staging and intermediate, marts."""
    return settings.bronze, settings.silver, settings.gold


def create_schema(connection: Connection[Any], settings: RetailSettings) -> None:
    """Create every database and table that isn't there yet, and add what an older audit table lacks."""
    for statement in schema_statements(settings):
        execute(connection, statement)
    audit = quote_table(settings.bronze, AUDIT_TABLE)
    present = {str(row["Field"]).lower() for row in query(connection, f"DESC {audit}")}
    for column in _AUDIT_COLUMNS:
        if column[0] not in present:
            execute(connection, f"ALTER TABLE {audit} ADD COLUMN {_column_sql(*column)}")


def drop_schema(connection: Connection[Any], settings: RetailSettings) -> list[str]:
    """Drop the platform's databases with everything in them; returns the names of those dropped."""
    existing = {next(iter(row.values())) for row in query(connection, "SHOW DATABASES")}
    dropped = [db for db in databases_of(settings) if db in existing]
    for database in dropped:
        execute(connection, f"DROP DATABASE {quote_name(database)} FORCE")
    return dropped
