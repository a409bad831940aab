"""DuckDB's complaints in StarRocks' words.

The translation is by kind of error and the one or two names in it. DuckDB's own wording is kept where StarRocks has no
counterpart, behind StarRocks' prefix, so nothing is hidden from whoever debugs a statement.
"""

from __future__ import annotations

import re

import duckdb

from retail_platform.starrocks.embedded.errors import AnalysisError, StarRocksError

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r'Referenced column "([^"]+)" (?:not found|was not found)'), "Column '{0}' cannot be resolved"),
    (re.compile(r'does not have a column named "([^"]+)"'), "Column '{0}' cannot be resolved"),
    (re.compile(r'Referenced table "([^"]+)" not found'), "Unknown table alias '{0}'"),
    (re.compile(r'Ambiguous reference to column name "([^"]+)"'), "Column '{0}' is ambiguous"),
    (
        re.compile(r'column "?([^" ]+)"? must appear in the GROUP BY clause'),
        "'{0}' must be an aggregate expression or appear in GROUP BY clause",
    ),
    (
        re.compile(r"Macro sr_(\w+)\(\) does not support the supplied arguments"),
        "No matching function with signature: {0}()",
    ),
    (
        re.compile(r"Macro sr_(\w+)\(\) has multiple overloads that match"),
        "No matching function with signature: {0}()",
    ),
    (
        re.compile(r"(?:Scalar |Aggregate )?Function with name sr_(\w+) does not exist"),
        "No matching function with signature: {0}()",
    ),
    (
        re.compile(r"No function matches the given name and argument types '(?:sr_)?(.+?)'\."),
        "No matching function with signature: {0}",
    ),
    (re.compile(r"WHERE clause cannot contain aggregates"), "WHERE clause cannot contain aggregations"),
    (re.compile(r"More than one row returned by a subquery"), "Expected LE 1 to be returned by expression"),
)


def unresolved(column: str) -> StarRocksError:
    """The refusal of a column that does not exist."""
    return AnalysisError(f"Column '{column}' cannot be resolved")


def translate(error: duckdb.Error) -> StarRocksError:
    """The StarRocks error for a DuckDB error."""
    message = str(error)
    for pattern, template in _RULES:
        found = pattern.search(message)
        if found:
            return AnalysisError(template.format(*found.groups()))
    first = " ".join(message.split("\n\n", maxsplit=1)[0].split())
    first = re.sub(r"^\w+(?: \w+)? Error: ", "", first)
    return AnalysisError(first)
