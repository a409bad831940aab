"""Splitting rows into those that meet their contract and those that don't.

Checked column by column, never row by row. A row that breaks a rule is not lost: it comes back as JSON with the names
of the rules it broke, for quarantine. What a broken rule leads to is the contract's decision
(:class:`~retail_platform.contracts.model.Action`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from retail_platform.contracts.model import Action, Contract
from retail_platform.contracts.reading import Finding, read_columns

WARNING = "warn:"
"""Begins the rule of an entry whose row was let through, or that is about a whole batch."""

REPEATED = "primary_key|repeated"
REJECTED_SCHEMA: dict[str, pl.DataType] = {"rejected_id": pl.String(), "rule": pl.String(), "payload": pl.String()}
_FEW_ROWS = 8_192
_NOTHING_REJECTED = pl.DataFrame(schema=REJECTED_SCHEMA)


class ContractError(ValueError):
    """A batch breaks a rule for which its contract refuses whole batches; the message names the rule and a row."""


@dataclass(frozen=True)
class Enforced:
    """A batch after its contract.

    Attributes:
        valid: Rows that may be loaded, in contract column order.
        rejected: Columns ``rejected_id`` (digest of feed, day and payload), ``rule`` (rules broken, comma separated)
            and ``payload`` (the row as JSON); entries whose rule begins with ``warn:`` were let through.
        broken: Rule → number of rows that broke it.
        findings: What differs about the columns themselves.
    """

    valid: pl.DataFrame
    rejected: pl.DataFrame
    broken: dict[str, int]
    findings: tuple[Finding, ...] = field(default=())


def enforce(contract: Contract, frame: pl.DataFrame, day: date | None = None, *, typed: bool = True) -> Enforced:
    """Hold a batch against its contract.

    Args:
        contract: The contract.
        frame: The rows as they came: text where the sender sends text, columns missing or too many.
        day: The day they came for; part of the rejected rows' ids.
        typed: Whether the columns' types are the sender's; in text (CSV, JSON Lines) a column of text is no finding.

    Raises:
        ContractError: A rule whose action is to reject the batch is broken.
    """
    if contract.is_shape_of(frame) and is_met(contract, frame):
        return Enforced(frame, _NOTHING_REJECTED, {})
    reading = read_columns(contract, frame)
    book = _Book(contract, day)
    findings = reading.findings if typed else tuple(f for f in reading.findings if not _only_text(f))
    book.findings(findings, set(reading.unreadable))
    readable = reading.frame
    if reading.unreadable:
        marks = pl.DataFrame([mask.alias(rule) for rule, mask in reading.unreadable.items()])
        bad = marks.select(pl.any_horizontal(pl.all())).to_series()
        book.rows(frame.filter(bad), _names(marks.filter(bad), pl.col), may_pass=False)
        readable = readable.filter(~bad)
    valid = _judge(contract, readable, book)
    return Enforced(valid, book.entries(), dict(sorted(book.broken.items())), findings)


def is_met(contract: Contract, frame: pl.DataFrame) -> bool:
    """Whether every row of a batch with the contract's columns and types meets it; for a batch that does, quickly."""
    # A column knows how many nulls it has; asking for them in the query would double its cost for a small batch.
    if any(frame.get_column(name).null_count() for name in contract.mandatory):
        return False
    if not frame.height:
        return True
    # waking the threads of a query takes longer than asking few rows one thing after the other
    select = frame.select_seq if frame.height <= _FEW_ROWS else frame.select
    unique = _rises(frame, contract.key) or select(contract.key_is_unique).item()
    return bool(unique) and all(select(contract.holds).row(0))


def _rises(frame: pl.DataFrame, key: tuple[str, ...]) -> bool:
    """Whether every row's key, which has no nulls, comes after that of the row before: then none comes twice.

    Most senders sort; for such a batch this takes a tenth of the time in which equal keys are looked for.
    """
    rest = frame.height - 1
    rises: pl.Series | None = None
    for name in reversed(key):
        column = frame.get_column(name)
        before, after = column.head(rest), column.tail(rest)
        here = after > before
        rises = here if rises is None else here | ((after == before) & rises)
    return rises is not None and rises.all()


def _only_text(finding: Finding) -> bool:
    return finding.rule.endswith("|type") and finding.found == "String"


def _judge(contract: Contract, frame: pl.DataFrame, book: _Book) -> pl.DataFrame:
    """The rows that may be loaded; the others go into the book."""
    if is_met(contract, frame):
        return frame
    valid, failure = contract.schema.filter(frame, cast=False)
    if failure.counts().get("primary_key"):
        # At-least-once delivery: of rows that are the same in every column one is meant.
        once = frame.unique(keep="first", maintain_order=True)
        if once.height < frame.height:
            again = frame.filter(frame.is_duplicated()).unique(maintain_order=True)
            book.rows(again, pl.repeat(REPEATED, again.height, dtype=pl.String, eager=True))
            frame = once
            valid, failure = contract.schema.filter(frame, cast=False)
    passed = pl.DataFrame(valid)
    if passed.height == frame.height:
        return passed
    details = failure.details()
    rules = [name for name in details.columns if name not in contract.column_names]
    names = _names(details.select(rules), lambda rule: pl.col(rule) == "invalid")
    let_through = book.rows(details.select(contract.column_names), names)
    return pl.concat([passed, let_through]) if let_through.height else passed


def _names(marks: pl.DataFrame, broken: Callable[[str], pl.Expr]) -> pl.Series:
    """The broken rules of each row, comma separated."""
    named = [pl.when(broken(rule)).then(pl.lit(rule)) for rule in marks.columns]
    return marks.select(pl.concat_list(named).list.drop_nulls().list.join(",")).to_series()


class _Book:
    """What a batch is to be told about, and what follows from it."""

    def __init__(self, contract: Contract, day: date | None) -> None:
        self._contract = contract
        self._prefix = f"{contract.name}\n{day.isoformat()}\n" if day else f"{contract.name}\n"
        self._frames: list[pl.DataFrame] = []
        self.broken: dict[str, int] = {}

    def findings(self, findings: tuple[Finding, ...], told: set[str]) -> None:
        """Note what differs about whole columns, unless the rows will tell."""
        for finding in findings:
            action = self._contract.action(finding.rule)
            if action is Action.REJECT_BATCH:
                self._refuse(finding.rule, f"expected {finding.expected}, found {finding.found}")
            if finding.rule not in told and not finding.rule.endswith("|missing"):
                payload = json.dumps({"column": finding.column, "expected": finding.expected, "found": finding.found})
                self._add([WARNING + finding.rule], [payload])

    def rows(self, rows: pl.DataFrame, names: pl.Series, *, may_pass: bool = True) -> pl.DataFrame:
        """Note rows with the rules they broke; returns those let through with a warning: never an unreadable one."""
        if not rows.height:
            return rows
        payloads = rows.write_ndjson().splitlines()
        counts = names.str.split(",").explode().value_counts(name="count")
        for rule, count in counts.iter_rows():
            self.broken[rule] = self.broken.get(rule, 0) + count
            if self._contract.action(rule) is Action.REJECT_BATCH:
                self._refuse(rule, f"{count:,} rows, such as {payloads[_first(names, rule)][:300]}")
        harmless = {rule for rule in self.broken if may_pass and self._contract.action(rule) is Action.WARN}
        warned = names.str.split(",").list.eval(pl.element().is_in(list(harmless))).list.all()
        shown = [WARNING + name if warn else name for name, warn in zip(names, warned, strict=True)]
        self._add(shown, payloads)
        return rows.filter(warned)

    def entries(self) -> pl.DataFrame:
        """Everything noted, each payload once."""
        if not self._frames:
            return _NOTHING_REJECTED
        return pl.concat(self._frames).unique(subset="rejected_id", keep="first", maintain_order=True)

    def _add(self, rules: list[str], payloads: list[str]) -> None:
        ids = [hashlib.sha256((self._prefix + payload).encode()).hexdigest() for payload in payloads]
        self._frames.append(
            pl.DataFrame({"rejected_id": ids, "rule": rules, "payload": payloads}, schema=REJECTED_SCHEMA)
        )

    def _refuse(self, rule: str, what: str) -> None:
        raise ContractError(
            f"feed {self._contract.name!r} breaks {rule}, for which its contract refuses the whole batch: {what}. "
            "Nothing was landed; have the sender correct it, or change the rule's action in the contract."
        )


def _first(names: pl.Series, rule: str) -> int:
    found = names.str.split(",").list.contains(rule).arg_true()
    return int(found[0])
