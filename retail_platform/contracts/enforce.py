"""Splitting rows into those that meet their contract and those that don't.

Checked column by column, never row by row. A row that breaks a rule is not lost: it comes back as JSON with the names
of the rules it broke, for quarantine.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import polars as pl

from retail_platform.contracts.model import Contract


class ContractError(ValueError):
    """A whole batch can't be held against its contract; the message names the columns."""


@dataclass(frozen=True)
class Enforced:
    """A batch after its contract.

    Attributes:
        valid: Rows that meet every rule, in contract column order.
        rejected: Columns ``rejected_id`` (digest of feed and payload), ``rule`` (rules broken, comma separated) and
            ``payload`` (the row as JSON).
        broken: Rule → number of rows that broke it.
    """

    valid: pl.DataFrame
    rejected: pl.DataFrame
    broken: dict[str, int]


def enforce(contract: Contract, frame: pl.DataFrame) -> Enforced:
    """Hold a batch against its contract.

    Args:
        contract: The contract.
        frame: Rows with at least the contract's columns; columns of another type are cast, a value that can't be cast
            breaks the rule ``<column>|dtype``.

    Raises:
        ContractError: A column is missing.
    """
    missing = [name for name in contract.column_names if name not in frame.columns]
    if missing:
        raise ContractError(
            f"feed {contract.name!r} lacks the column(s) {', '.join(missing)}; it has {', '.join(frame.columns)}"
        )
    frame = frame.select(contract.column_names)
    needs_cast = dict(frame.schema) != contract.polars_schema
    valid, failure = contract.schema.filter(frame, cast=needs_cast)
    broken = dict(sorted(failure.counts().items()))
    return Enforced(valid=pl.DataFrame(valid), rejected=_quarantine(contract, failure.details()), broken=broken)


def _quarantine(contract: Contract, details: pl.DataFrame) -> pl.DataFrame:
    """Failed rows as payload and rules; `details` has a column for each rule saying valid, invalid or unknown."""
    rules = [name for name in details.columns if name not in contract.column_names]
    schema = {"rejected_id": pl.String, "rule": pl.String, "payload": pl.String}
    if details.is_empty():
        return pl.DataFrame(schema=schema)
    payloads = details.select(contract.column_names).write_ndjson().splitlines()
    names = details.select(
        pl.concat_list([pl.when(pl.col(rule) == "invalid").then(pl.lit(rule)).otherwise(None) for rule in rules])
        .list.drop_nulls()
        .list.join(",")
    ).to_series()
    ids = [hashlib.sha256(f"{contract.name}\n{payload}".encode()).hexdigest() for payload in payloads]
    return pl.DataFrame({"rejected_id": ids, "rule": names, "payload": payloads}, schema=schema)
