"""Reads PARTITION BY: expression, RANGE and LIST partitioning, and the partitions declared with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot.tokenizer_core import Token

from retail_platform.starrocks.embedded.errors import AnalysisError, Unsupported
from retail_platform.starrocks.embedded.lexer import TokenCursor, split_commas
from retail_platform.starrocks.embedded.model import PartitionKey, PartitionSpec

UNITS = ("hour", "day", "month", "year")
SLICES = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class DeclaredPartition:
    """One partition as declared: an upper bound, a half-open range, or values."""

    name: str
    lower: str | None = None
    upper: str | None = None
    less_than: bool = False
    values: tuple[tuple[str | None, ...], ...] = ()


@dataclass(frozen=True)
class PartitionBatch:
    """START ("a") END ("b") EVERY (INTERVAL n unit)."""

    start: str
    end: str
    amount: int
    unit: str


@dataclass
class PartitionDraft:
    """PARTITION BY as written."""

    spec: PartitionSpec
    declared: list[DeclaredPartition] = field(default_factory=list)
    batches: list[PartitionBatch] = field(default_factory=list)


def parse_partition_by(cursor: TokenCursor) -> PartitionDraft:
    """Read everything after PARTITION BY."""
    start = cursor.position
    if kind := cursor.match_any("RANGE", "LIST"):
        keys = _keys(cursor.parenthesised(), cursor.sql)
        text = cursor.text_of(cursor.tokens[start : cursor.position])
        draft = PartitionDraft(PartitionSpec(kind=kind.lower(), keys=keys, text=text))
        if cursor.at("("):
            _parse_declared(cursor, draft)
        return draft
    if cursor.at("("):
        tokens: Sequence[Token] = cursor.parenthesised()
    else:
        first = cursor.position
        _skip_expression(cursor)
        while cursor.match(","):
            _skip_expression(cursor)
        tokens = cursor.tokens[first : cursor.position]
    spec = PartitionSpec(
        kind="expr", keys=_keys(tokens, cursor.sql), text=cursor.text_of(cursor.tokens[start : cursor.position])
    )
    draft = PartitionDraft(spec)
    if cursor.at("("):
        _parse_declared(cursor, draft)
    return draft


def _skip_expression(cursor: TokenCursor) -> None:
    cursor.identifier()
    if cursor.at("("):
        cursor.parenthesised()


def _keys(tokens: Sequence[Token], sql: str) -> tuple[PartitionKey, ...]:
    keys = tuple(_key(TokenCursor(part, sql)) for part in split_commas(tokens))
    if not keys:
        raise AnalysisError("Partition columns can not be empty")
    return keys


def _key(cursor: TokenCursor) -> PartitionKey:
    name = cursor.identifier()
    if cursor.done:
        return PartitionKey(column=name)
    arguments = split_commas(cursor.parenthesised())
    cursor.end()
    function = name.lower()
    if function == "date_trunc" and len(arguments) == 2 and len(arguments[1]) == 1:
        unit = arguments[0][0].text.lower()
        if unit not in UNITS:
            raise AnalysisError(f"Unsupported date_trunc unit in partition expression: {unit}")
        return PartitionKey(column=arguments[1][0].text, function=function, unit=unit)
    if function == "time_slice" and len(arguments) == 2 and len(arguments[0]) == 1:
        inner = TokenCursor(arguments[1], cursor.sql)
        inner.expect("INTERVAL")
        amount = inner.number()
        unit = inner.identifier().lower()
        inner.end()
        if unit not in SLICES:
            raise AnalysisError(f"Unsupported time_slice unit in partition expression: {unit}")
        return PartitionKey(column=arguments[0][0].text, function=function, unit=unit, amount=amount)
    raise Unsupported(f"partition expression {function}")


def _parse_declared(cursor: TokenCursor, draft: PartitionDraft) -> None:
    cursor.expect("(")
    while not cursor.at(")"):
        if cursor.match("START"):
            draft.batches.append(_batch(cursor))
        else:
            draft.declared.append(parse_declared_partition(cursor))
        if not cursor.match(","):
            break
    cursor.expect(")")  # bounds are half-open, [(a), (b)), so the list cannot be cut out by counting parentheses


def _batch(cursor: TokenCursor) -> PartitionBatch:
    cursor.expect("(")
    start = cursor.next().text
    cursor.expect(")", "END", "(")
    end = cursor.next().text
    cursor.expect(")", "EVERY", "(")
    if cursor.match("INTERVAL"):
        amount, unit = cursor.number(), cursor.identifier().lower()
    else:
        amount, unit = cursor.number(), "number"
    cursor.expect(")")
    return PartitionBatch(start=start, end=end, amount=amount, unit=unit)


def parse_declared_partition(cursor: TokenCursor) -> DeclaredPartition:
    """Read `PARTITION name VALUES ...`."""
    cursor.expect("PARTITION")
    cursor.match("IF", "NOT", "EXISTS")
    name = cursor.identifier()
    cursor.expect("VALUES")
    if cursor.match("LESS", "THAN"):
        if cursor.match("MAXVALUE"):
            return DeclaredPartition(name=name, less_than=True)
        bound = _values(cursor.parenthesised())
        return DeclaredPartition(name=name, upper=_single(bound), less_than=True)
    if cursor.match("IN"):
        inside = split_commas(cursor.parenthesised())
        tuples = tuple(_values(part[1:-1]) if part[0].text == "(" else _values(part) for part in inside)
        return DeclaredPartition(name=name, values=tuples)
    cursor.expect("[")
    lower = _single(_values(cursor.parenthesised()))
    cursor.expect(",")
    upper = _single(_values(cursor.parenthesised()))
    cursor.expect(")")
    return DeclaredPartition(name=name, lower=lower, upper=upper)


def _values(tokens: Sequence[Token]) -> tuple[str | None, ...]:
    found: list[str | None] = []
    for part in split_commas(tokens):
        text = "".join(token.text for token in part)
        found.append(None if text.upper() in ("NULL", "MAXVALUE") and len(part) == 1 else text)
    return tuple(found)


def _single(values: tuple[str | None, ...]) -> str | None:
    if len(values) != 1:
        raise Unsupported("a RANGE partition over several columns")
    return values[0]
