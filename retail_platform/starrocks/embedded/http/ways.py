"""The ways of reading a body, and a transaction that tries them one after another.

A statement that fails ends DuckDB's transaction with everything in it. What is to be tried another way therefore begins
again from the start of the transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from retail_platform.starrocks.embedded.engine import Engine, WriteUnit

# The ways of a body, in the order in which they are tried: straight into the table, with JSON's strings as they are
# read or with its values told apart; over a stage, read line by line or as one stream of documents.
WAYS = ("words", "values", "lines", "documents")
CSV_WAYS = ("values", "lines")
SHORT = ("words", "values")

_T = TypeVar("_T")


class Again(Exception):
    """A body can't be read this way; the transaction is to begin again, and will take the next way."""


def transact(engine: Engine, action: Callable[[WriteUnit], _T]) -> _T:
    """One writing transaction, begun again for as long as its loads find another way to read their bodies."""
    while True:
        try:
            with engine.write() as unit:
                return action(unit)
        except Again:
            continue
