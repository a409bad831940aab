"""What a statement answers: rows with typed columns, or an acknowledgement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from retail_platform.starrocks.embedded.types import SKETCHES, STRING, StarRocksType, from_duckdb

Row = Sequence[Any]


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result."""

    name: str
    type: StarRocksType


@dataclass
class Rows:
    """Rows, fetched in batches."""

    columns: list[ResultColumn]
    fetch: Callable[[int], list[Row]]


@dataclass(frozen=True)
class Done:
    """An acknowledgement: rows affected and the text clients show beside it."""

    affected: int = 0
    info: str = ""


Result = Rows | Done


def listed(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Rows:
    """A small result of texts, as SHOW statements answer."""
    texts: list[Row] = [[None if value is None else str(value) for value in row] for row in rows]
    remaining = list(texts)

    def fetch(count: int) -> list[Row]:
        batch = remaining[:count]
        del remaining[:count]
        return batch

    return Rows([ResultColumn(name, STRING) for name in names], fetch)


@dataclass
class _Cursor:
    connection: duckdb.DuckDBPyConnection
    hidden: tuple[int, ...] = ()  # places of values that are NULL to clients
    finished: bool = field(default=False)

    def fetch(self, count: int) -> list[Row]:
        """The next rows."""
        if self.finished:
            return []
        batch: list[Row] = list(self.connection.fetchmany(count))
        self.finished = len(batch) < count
        if self.hidden:
            batch = [[None if index in self.hidden else value for index, value in enumerate(row)] for row in batch]
        return batch


def streamed(connection: duckdb.DuckDBPyConnection) -> Rows:
    """The result of the query that a DuckDB connection has just run."""
    columns = [ResultColumn(name, from_duckdb(kind)) for name, kind, *_ in connection.description or []]
    hidden = tuple(index for index, column in enumerate(columns) if column.type.name in SKETCHES)
    return Rows(columns, _Cursor(connection, hidden).fetch)
