"""The shape of a contract.

A contract names one raw feed, says what a valid row looks like (a dataframely schema, checked column by column) and who
answers for it. Enforcement lives in :mod:`retail_platform.contracts.enforce`; DDL, Stream Load columns, dbt sources and
asset metadata are derived from the properties here, so none of them can drift from the others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from functools import cached_property
from typing import Any

import dataframely as dy
import polars as pl


class Action(Enum):
    """What a broken rule leads to."""

    WARN = "warn"  # the row is loaded, and noted
    QUARANTINE = "quarantine"  # the row is held back
    REJECT_BATCH = "reject-batch"  # nothing of the day's batch is landed


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a feed as the warehouse and the catalogue see it."""

    name: str
    dtype: pl.DataType
    nullable: bool
    is_key: bool
    description: str


@dataclass(frozen=True)
class Contract:
    """One raw feed: a change feed with one row per entity per day in which it was created, changed or referred to.

    Attributes:
        name: The feed, as in ``landing/<name>`` and ``raw_<name>``.
        schema: The rules a row must meet; its primary key is the natural key, without the day.
        description: What a row is, in one sentence.
        owner: Who answers for the feed, as a Dagster owner (``team:...``).
        freshness: How old the newest partition may grow before the feed counts as stale.
        references: Column → (feed, column) it points to.
        amount: The column whose sum is the feed's control total, if it has money in it.
        actions: Rule → what follows when it is broken, where that isn't what :meth:`action` says by default.
    """

    name: str
    schema: type[dy.Schema]
    description: str
    owner: str
    freshness: timedelta = timedelta(hours=26)
    references: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    amount: str | None = None
    actions: Mapping[str, Action] = field(default_factory=dict)

    def action(self, rule: str) -> Action:
        """What follows when a rule is broken.

        By default a column too many or of another, readable type is a warning, a missing key column refuses the batch,
        and everything else sends the row to quarantine.
        """
        if rule in self.actions:
            return self.actions[rule]
        column, _, kind = rule.rpartition("|")
        if kind in ("extra", "type"):
            return Action.WARN
        if kind == "missing" and column in self.key:
            return Action.REJECT_BATCH
        return Action.QUARANTINE

    @property
    def table(self) -> str:
        """The raw table's name in the bronze database."""
        return f"raw_{self.name}"

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The natural key's columns; the raw table's primary key is these plus ``dt``."""
        return tuple(self.schema.primary_key())

    @cached_property
    def columns(self) -> tuple[ColumnSpec, ...]:
        """The columns in landing and load order, keys first."""
        specs = [
            ColumnSpec(
                name=name,
                dtype=column.dtype,
                nullable=column.nullable,
                is_key=column.primary_key,
                description=column.description or "",
            )
            for name, column in self.schema.columns().items()
        ]
        return tuple(sorted(specs, key=lambda spec: not spec.is_key))

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """The names of :attr:`columns`, in the same order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def polars_schema(self) -> dict[str, pl.DataType]:
        """Column name → Polars type, in landing order."""
        return {column.name: column.dtype for column in self.columns}

    def is_shape_of(self, frame: pl.DataFrame) -> bool:
        """Whether a frame has exactly the contract's columns, in its order, with its types."""
        return frame.columns == self._names and frame.dtypes == self._dtypes

    @cached_property
    def _names(self) -> list[str]:
        return list(self.polars_schema)

    @cached_property
    def _dtypes(self) -> list[pl.DataType]:
        return list(self.polars_schema.values())

    @cached_property
    def mandatory(self) -> tuple[str, ...]:
        """The columns of which no value may be left out."""
        return tuple(column.name for column in self.columns if not column.nullable)

    @cached_property
    def holds(self) -> tuple[pl.Expr, ...]:
        """One expression per rule about a row's values, true if no row breaks it.

        :attr:`mandatory` is about nulls, :attr:`key_is_unique` about rows side by side. dataframely builds and plans
        its rules anew for every batch, which costs a small one far more than the check.
        """
        return tuple(
            self._no_row_breaks(name)
            for name in self._rules
            if name != "primary_key" and not name.endswith("|nullability")
        )

    @cached_property
    def key_is_unique(self) -> pl.Expr:
        """True if no two rows have the same key."""
        return self._no_row_breaks("primary_key")

    def _no_row_breaks(self, rule: str) -> pl.Expr:
        expression: pl.Expr = self._rules[rule].expr
        return expression.all(ignore_nulls=True).alias(rule)

    @cached_property
    def _rules(self) -> dict[str, Any]:
        rules: dict[str, Any] = self.schema._validation_rules(with_cast=False)
        return rules

    @cached_property
    def fingerprint(self) -> str:
        """Everything about the contract that decides which rows pass, as text: columns, limits, rules, actions."""
        columns = []
        for name, column in self.schema.columns().items():
            plain = {key: str(value) for key, value in sorted(vars(column).items()) if not callable(value)}
            checks = sorted(column.check) if isinstance(column.check, dict) else []
            plain |= {"check": ",".join(checks), "description": ""}
            columns.append((name, str(column.dtype), plain))
        rules = sorted(name for name in vars(self.schema) if not name.startswith("_"))
        actions = sorted((rule, action.value) for rule, action in self.actions.items())
        return json.dumps([self.name, columns, rules, actions])
