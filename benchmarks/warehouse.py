"""The embedded warehouse against plain DuckDB: Stream Load against COPY of the same file, queries on the same rows.

Both sides run in this process on files on disk, in turns; the ratio of the medians is what counts.

What the sides of a load have in common, and what not:

- COPY's table has the same types and the same NOT NULL, and declares the primary key where StarRocks' has one. Before,
  a Primary Key load, which sees to it that no key is there twice, was held against a COPY that didn't.
- Both are over when the rows are on disk: COPY commits by itself, a load is answered after its commit.
- COPY reads a file that is there. A load has to receive it first; that stays in, since it is what a client waits for.
- The goal is one of the clock, curl's work on the same few cores included. Processor time is printed, too.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import pymysql

from benchmarks.measure import Spent, median, show, spent
from benchmarks.stream_load import client_against_curl, upload
from benchmarks.warehouse_queries import QUERIES
from retail_platform.starrocks.embedded import EmbeddedStarRocks

ROWS = 1_000_000
ROUNDS = 5
DATABASE = "bench"
COLUMNS = {
    "order_id": "BIGINT",
    "order_date": "DATE",
    "customer_id": "INT",
    "store_id": "INT",
    "channel": "VARCHAR(16)",
    "status": "VARCHAR(16)",
    "quantity": "INT",
    "amount": "DECIMAL(12, 2)",
    "created_at": "DATETIME",
}
TABLES = ("DUPLICATE", "PRIMARY")
_GENERATED = f"""
SELECT i AS order_id, DATE '2026-01-01' + CAST(i % 90 AS INTEGER) AS order_date, h * 7919 % 50000 AS customer_id,
 h * 104729 % 200 AS store_id, ['web', 'store', 'app'][h % 3 + 1] AS channel,
 ['placed', 'shipped', 'returned'][h // 3 % 3 + 1] AS status, h // 9 % 9 + 1 AS quantity,
 CAST(h // 81 % 100000 / 100 AS DECIMAL(12, 2)) AS amount,
 TIMESTAMP '2026-01-01' + INTERVAL 1 DAY * (i % 90) + INTERVAL 1 SECOND * (h // 17 % 86400) AS created_at
FROM (SELECT i, CAST(hash(i) % 1000000007 AS BIGINT) AS h FROM range({ROWS}) AS t(i))
"""


def run() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as directory, EmbeddedStarRocks(Path(directory) / "server") as server:
        path = Path(directory)
        files = {"json": path / "orders.json", "csv": path / "orders.csv"}
        _write_files(files)
        with duckdb.connect(str(path / "plain.duckdb")) as plain, _connect(server) as connection:
            _execute(connection, f"CREATE DATABASE {DATABASE}")
            _execute(connection, f"USE {DATABASE}")
            _loads(server, connection, plain, files)
            _queries(connection, plain)
        client_against_curl(files, COLUMNS)


def _write_files(files: dict[str, Path]) -> None:
    with duckdb.connect() as maker:
        maker.execute(f"COPY ({_GENERATED}) TO '{files['json']}' (FORMAT json)")
        maker.execute(f"COPY ({_GENERATED}) TO '{files['csv']}' (FORMAT csv, HEADER false, DELIMITER '\t')")


def _connect(server: EmbeddedStarRocks) -> Any:  # noqa: ANN401 - pymysql's connection is generic in its cursor
    return pymysql.connect(host=server.host, port=server.mysql_port, user="root", autocommit=True)


def _execute(connection: Any, sql: str) -> list[tuple[object, ...]]:  # noqa: ANN401
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _create(connection: Any, model: str) -> str:  # noqa: ANN401
    name = f"orders_{model.lower()}"
    columns = ", ".join(
        f"{column} {kind}{' NOT NULL' if column == 'order_id' else ''}" for column, kind in COLUMNS.items()
    )
    _execute(connection, f"DROP TABLE IF EXISTS {name} FORCE")
    _execute(connection, f"CREATE TABLE {name} ({columns}) {model} KEY (order_id) DISTRIBUTED BY HASH (order_id)")
    return name


def _loads(
    server: EmbeddedStarRocks,
    connection: Any,  # noqa: ANN401
    plain: duckdb.DuckDBPyConnection,
    files: dict[str, Path],
) -> None:
    rows: list[tuple[object, ...]] = []
    for kind, file in files.items():
        taken: dict[str, list[Spent]] = {}
        for _ in range(ROUNDS):  # taking turns, so that a busy machine slows all of them
            for model in TABLES:
                taken.setdefault(f"COPY {model}", []).append(_copy(plain, model, kind, file))
                name = _create(connection, model)
                taken.setdefault(model, []).append(spent(lambda n=name, k=kind, f=file: _load(server, n, k, f)))  # type: ignore[misc]
        for model in TABLES:
            copied, loaded = median(taken[f"COPY {model}"]), median(taken[model])
            speed = (copied.processor / loaded.processor, copied.clock / loaded.clock)
            rows.append((f"{kind.upper()} into {model} KEY", *copied, *loaded, *speed, ">= 0.70"))
    columns = ("1 M orders", "COPY, CPU s", "clock s", "Stream Load, CPU s", "clock s", "of COPY's speed, CPU", "clock")
    show("Stream Load against COPY of the same file into a file on disk", (*columns, "goal, both"), rows)


def _copy(plain: duckdb.DuckDBPyConnection, model: str, kind: str, file: Path) -> Spent:
    """COPY into a table as StarRocks' is: the same types, and the key if it is one."""
    table = f"orders_{model.lower()}"
    columns = [f"{column} {duck}" for column, duck in zip(COLUMNS, _duckdb_types(), strict=True)]
    columns[0] += " PRIMARY KEY" if model == "PRIMARY" else " NOT NULL"
    plain.execute(f"CREATE OR REPLACE TABLE {table} ({', '.join(columns)})")
    options = "FORMAT json" if kind == "json" else "FORMAT csv, HEADER false, DELIMITER '\t'"
    return spent(lambda: plain.execute(f"COPY {table} FROM '{file}' ({options})"))


def _duckdb_types() -> list[str]:
    return [{"DATETIME": "TIMESTAMP", "INT": "INTEGER"}.get(kind, kind) for kind in COLUMNS.values()]


_LABELS = itertools.count()


def _load(server: EmbeddedStarRocks, table: str, kind: str, file: Path) -> None:
    headers = {"Expect": "100-continue", "format": kind, "label": f"bench_{next(_LABELS)}", "strict_mode": "true"}
    headers |= {"ignore_json_size": "true"} if kind == "json" else {"columns": ", ".join(COLUMNS)}
    upload(f"http://{server.host}:{server.be_port}/api/{DATABASE}/{table}/_stream_load", file, headers)


def _queries(connection: Any, plain: duckdb.DuckDBPyConnection) -> None:  # noqa: ANN401
    rows: list[tuple[object, ...]] = []
    for name, starrocks, sql in QUERIES:
        direct, served = [], []
        for _ in range(5):
            started = time.perf_counter()
            plain.execute(sql or starrocks).fetchall()
            direct.append(time.perf_counter() - started)
            started = time.perf_counter()
            _execute(connection, starrocks)
            served.append(time.perf_counter() - started)
        one, other = statistics.median(direct) * 1000, statistics.median(served) * 1000
        rows.append((name, one, other, other - one, "yes" if other <= 1.3 * one + 10 else "NO", served[0] * 1000))
    columns = ("query", "DuckDB, ms", "MySQL, ms", "difference", "within 1.3x + 10 ms", "first time, ms")
    show("Analytic queries over 1 M orders: embedded StarRocks over MySQL against DuckDB directly", columns, rows)
