"""Checks that a user may do its work, by doing the least of it and leaving nothing behind."""

from __future__ import annotations

import uuid

import requests
from pymysql.err import MySQLError

from retail_platform.contracts import CONTRACTS
from retail_platform.contracts.ledger import LEDGER
from retail_platform.deployment.examination import Ailment, Subject
from retail_platform.starrocks.connection import connect, execute, query, quote_name, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE, REJECTED_TABLE
from retail_platform.starrocks.http import StarRocksHttp
from retail_platform.starrocks.load_outcome import StreamLoadDenied

_REMEDY = "Run `retail-platform init-db --grants` as an administrator, or have `doctor --print-grants` executed."


def loader(subject: Subject) -> str:
    """The user reads and loads every raw table."""
    tables = [*(contract.table for contract in CONTRACTS), LEDGER.table, AUDIT_TABLE, REJECTED_TABLE]
    _read(subject, subject.retail.bronze, tables)
    http = StarRocksHttp(subject.starrocks)
    for table in tables:
        path = f"/api/{subject.retail.bronze}/{table}/_stream_load"
        try:
            # The frontend looks at the INSERT privilege before it redirects; no load begins.
            http.ask_frontend(path, {"Expect": "100-continue", "label": "doctor"})
        except StreamLoadDenied as error:
            raise Ailment(f"user {subject.starrocks.user!r} may not load {table}: {error}", _REMEDY) from None
        except requests.RequestException as error:
            raise Ailment(f"nobody knows whether {table} may be loaded: {error}", "Check warehouse-answers.") from None
    return f"user {subject.starrocks.user!r} may read and load {len(tables)} raw tables"


def transformer(subject: Subject) -> str:
    """The user reads the raw tables and creates, fills and drops in the databases of the models."""
    _read(subject, subject.retail.bronze, [contract.table for contract in CONTRACTS])
    for database in (subject.retail.silver, subject.retail.gold):
        _create_and_drop(subject, database)
    return (
        f"user {subject.starrocks.user!r} may read {subject.retail.bronze} and build in {subject.retail.silver} "
        f"and {subject.retail.gold}"
    )


def reader(subject: Subject) -> str:
    """The user sees and reads the marts."""
    with connect(subject.starrocks) as connection:
        try:
            rows = query(connection, f"SHOW TABLES FROM {quote_name(subject.retail.gold)}")
        except MySQLError as error:
            raise Ailment(_refused(subject, f"see {subject.retail.gold}", error), _REMEDY) from None
    tables = [str(next(iter(row.values()))) for row in rows]
    _read(subject, subject.retail.gold, tables)
    return f"user {subject.starrocks.user!r} may read {len(tables)} marts"


def _read(subject: Subject, database: str, tables: list[str]) -> None:
    with connect(subject.starrocks) as connection:
        for table in tables:
            try:
                query(connection, f"SELECT 1 FROM {quote_table(database, table)} LIMIT 0")
            except MySQLError as error:
                raise Ailment(_refused(subject, f"read {database}.{table}", error), _REMEDY) from None


def _create_and_drop(subject: Subject, database: str) -> None:
    name = quote_table(database, f"doctor_{uuid.uuid4().hex[:12]}")
    with connect(subject.starrocks) as connection:
        try:
            execute(
                connection,
                f"CREATE TABLE {name} (id INT NOT NULL) PRIMARY KEY (id) DISTRIBUTED BY HASH (id) BUCKETS 1 "
                f'PROPERTIES ("replication_num" = "{subject.retail.replication_num}")',
            )
            execute(connection, f"INSERT INTO {name} VALUES (1)")
            execute(connection, f"DROP TABLE {name} FORCE")
        except MySQLError as error:
            raise Ailment(_refused(subject, f"build tables in {database}", error), _REMEDY) from None


def _refused(subject: Subject, action: str, error: MySQLError) -> str:
    text = error.args[1] if len(error.args) > 1 else error
    return f"user {subject.starrocks.user!r} can't {action}: {text}"
