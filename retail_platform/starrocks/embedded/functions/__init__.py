"""StarRocks' functions, written as DuckDB macros.

One macro per function, named ``sr_<function>``, in the ``.sql`` files beside this module, one file per family. DuckDB
picks between macro overloads by argument type while binding, so StarRocks' typing rules (integer division yields
DOUBLE, SUM of integers yields BIGINT, decimal division keeps a scale) are stated where the function is.

A parameter named ``text_…``, ``time_…`` or ``json_…`` is given its argument as VARCHAR, DATETIME or JSON, whatever its
type was, because StarRocks converts such arguments silently. A function without a macro here, and without a rule in
:mod:`rewrites.functions`, does not exist: StarRocks' own error says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources

import duckdb

from retail_platform.starrocks.embedded.functions import hashing

FILES = ("conversion", "numbers", "strings", "times", "json_values", "arrays", "sketches", "aggregates")
COERCIONS = {"text": "sr_text", "time": "sr_ts", "json": "sr_json_doc"}


@dataclass(frozen=True)
class Macros:
    """The functions that have a macro: their numbers of arguments, and the conversion of each argument."""

    names: frozenset[str] = frozenset()
    parameters: dict[tuple[str, int], tuple[str | None, ...]] = field(default_factory=dict)

    def coercions(self, name: str, count: int) -> tuple[str | None, ...]:
        """The conversion macro of each argument of a call."""
        return self.parameters.get((name, count), (None,) * count)


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """(Re)create all macros; they are code, so a newer server replaces an older one's."""
    hashing.install(connection)
    here = resources.files(__name__)
    for name in FILES:
        connection.execute((here / f"{name}.sql").read_text(encoding="utf-8"))


def read(connection: duckdb.DuckDBPyConnection) -> Macros:
    """What :func:`install` has created."""
    rows = connection.execute(
        "SELECT function_name, parameters FROM duckdb_functions() WHERE function_name LIKE 'sr\\_%' ESCAPE '\\'"
    ).fetchall()
    names: set[str] = set()
    parameters: dict[tuple[str, int], tuple[str | None, ...]] = {}
    for full_name, found in rows:
        name = full_name[3:]
        names.add(name)
        parameters[(name, len(found))] = tuple(COERCIONS.get(parameter.partition("_")[0]) for parameter in found)
    return Macros(frozenset(names), parameters)
