"""The catalogue's vocabulary: tables, columns and partitions as frozen values.

A change never edits an object in place; it puts a new one into the working copy of the :class:`catalog.Catalog`, so a
reader keeps the state it started with. The JSON form is what :mod:`store` keeps beside the data.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from retail_platform.starrocks.embedded.type_parser import parse_type_text
from retail_platform.starrocks.embedded.types import StarRocksType

MODEL_NAMES = {"DUPLICATE": "DUP_KEYS", "PRIMARY": "PRIMARY_KEYS", "UNIQUE": "UNIQUE_KEYS", "AGGREGATE": "AGG_KEYS"}


@dataclass(frozen=True)
class Column:
    """One column as declared."""

    name: str
    type_sql: str
    nullable: bool = True
    default: str | None = None
    default_kind: str | None = None  # 'literal' or 'function'
    aggregate: str | None = None
    comment: str = ""
    auto_increment: bool = False
    generated: str | None = None

    @cached_property
    def type(self) -> StarRocksType:
        """The parsed type."""
        return parse_type_text(self.type_sql)


@dataclass(frozen=True)
class PartitionKey:
    """One expression of PARTITION BY: a column, or a time function of a column."""

    column: str
    function: str | None = None  # 'date_trunc' or 'time_slice'
    unit: str | None = None
    amount: int = 1


@dataclass(frozen=True)
class PartitionSpec:
    """How a table is cut: 'expr' makes partitions as rows come, 'range' and 'list' want them declared."""

    kind: str
    keys: tuple[PartitionKey, ...]
    text: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The partition columns' names."""
        return tuple(key.column for key in self.keys)


@dataclass(frozen=True)
class Partition:
    """One partition and its versions. `lower`/`upper` bound a range, `values` are a list partition's tuples."""

    id: int
    name: str
    visible_version: int = 1
    visible_version_time: str = ""
    data_version: int = 1
    row_count: int = 0
    lower: str | None = None
    upper: str | None = None
    values: tuple[tuple[str | None, ...], ...] = ()


@dataclass(frozen=True)
class Table:
    """A table, view or materialized view."""

    id: int
    database: str
    name: str
    kind: str  # 'table', 'view' or 'mv'
    columns: tuple[Column, ...]
    model: str = "DUPLICATE"
    keys: tuple[str, ...] = ()
    partition: PartitionSpec | None = None
    distribution: str = "RANDOM"
    distribution_columns: tuple[str, ...] = ()
    buckets: int | None = None
    order_by: tuple[str, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    comment: str = ""
    storage: str = ""
    created: str = ""
    definition: str = ""  # the query of a view or materialized view, as written
    shown_definition: str = ""  # as information_schema.views prints it
    definition_database: str = ""  # where its unqualified names are looked up
    refresh: str = ""
    partitions: dict[str, Partition] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by lower-case name: column names are not case-sensitive."""
        return {column.name.lower(): column for column in self.columns}

    @property
    def is_view(self) -> bool:
        """A view keeps no rows."""
        return self.kind == "view"

    @property
    def unique_rows(self) -> bool:
        """Whether a key identifies one row."""
        return self.model != "DUPLICATE"

    def column(self, name: str) -> Column | None:
        """A column by name."""
        return self.by_name.get(name.lower())

    def bumped(self, names: set[str], moment: str) -> Table:
        """The table one transaction later: every touched partition's version is one higher."""
        partitions = {
            name: replace(
                part,
                visible_version=part.visible_version + 1,
                data_version=part.data_version + 1,
                visible_version_time=moment,
            )
            if name in names
            else part
            for name, part in self.partitions.items()
        }
        return replace(self, partitions=partitions)


def table_to_json(table: Table) -> str:
    """The stored form, without the partitions: these change with every load and have their own rows."""
    body = asdict(replace(table, partitions={}))
    del body["partitions"]
    return json.dumps(body, separators=(",", ":"))


def table_from_json(text: str) -> Table:
    """The inverse of :func:`table_to_json`."""
    body: dict[str, Any] = json.loads(text)
    body["columns"] = tuple(Column(**column) for column in body["columns"])
    if body["partition"] is not None:
        spec = body["partition"]
        keys = tuple(PartitionKey(**key) for key in spec["keys"])
        body["partition"] = PartitionSpec(kind=spec["kind"], keys=keys, text=spec["text"])
    for name in ("keys", "distribution_columns", "order_by"):
        body[name] = tuple(body[name])
    body["properties"] = tuple((key, value) for key, value in body["properties"])
    return Table(**body)


@dataclass(frozen=True)
class Database:
    """One database."""

    id: int
    name: str
    created: str = ""
