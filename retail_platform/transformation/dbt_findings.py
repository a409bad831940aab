"""What a dbt test that doesn't pass says in its check: the rule, how many rows break it, some of them, and the SQL.

dagster-dbt tells the number of rows and dbt's identifiers. The metadata's names are those of the Python checks (see
:mod:`retail_platform.transformation.checks.verdict`), so that both kinds look the same in the UI and on the dashboard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from retail_platform.settings import starrocks_settings
from retail_platform.starrocks.connection import WarehouseError, connect, query
from retail_platform.transformation.checks.verdict import EXAMPLES, SQL, SUMMARY, as_table

_FAILED_ROWS = "dagster_dbt/failed_row_count"
# What holds for every row, by kind of test; a test's own description counts more.
_RULES = {
    "accepted_values": "{column_name} is one of {values}",
    "holds": "{condition}",
    "not_null": "{column_name} is never empty",
    "not_null_columns": "none of {columns} is empty",
    "nothing_invalid": "every value could be read",
    "periods_connect": "the periods of each {key} follow one another without a gap",
    "relationships": "{column_name} is known to {to}.{field}",
    "unique": "no {column_name} comes twice",
    "unique_key": "no combination of {columns} comes twice",
}
_REFERENCE = re.compile(r"(?:ref|source)\(.*'([^']+)'\)")


class DbtFindings:
    """Adds to the checks of one dbt invocation. What can't be found out is a warning in the run's log, no failure."""

    def __init__(self, context: dg.AssetExecutionContext, manifest: Mapping[str, Any], target: Path) -> None:
        """For the tests of a run.

        Args:
            context: The run's.
            manifest: dbt's.
            target: Where this invocation of dbt writes compiled SQL.
        """
        self._log = context.log
        self._manifest = manifest
        self._target = target

    def complete(self, event: Any) -> Any:  # noqa: ANN401 - whatever dagster-dbt yields
        """The same event; a check that doesn't pass, with what was found."""
        if not isinstance(event, dg.AssetCheckResult) or event.passed or "unique_id" not in event.metadata:
            return event
        node = self._manifest["nodes"][str(event.metadata["unique_id"].value)]
        found = event.metadata.get(_FAILED_ROWS)
        broken = f"broken by {int(str(found.value)):,} rows" if found is not None else "could not be tested"
        summary = f"{rule_of(node)}: {broken}"
        more = {SUMMARY: summary, **(self._sql_and_rows(node) if found is not None else {})}
        return event._replace(
            description=summary,
            metadata={**event.metadata, **dg.AssetCheckResult(passed=False, metadata=more).metadata},
        )

    def _sql_and_rows(self, node: Mapping[str, Any]) -> dict[str, Any]:
        try:
            sql = compiled_file(self._target, node).read_text().strip()
        except OSError as error:
            self._log.warning(f"{node['name']} doesn't pass; its compiled SQL can't be read: {error}")
            return {}
        told = {SQL: dg.MetadataValue.md(f"```sql\n{sql}\n```")}
        try:
            with connect(starrocks_settings()) as connection:
                rows = query(connection, f"SELECT * FROM (\n{sql}\n) AS found LIMIT {EXAMPLES}")
        except WarehouseError as error:
            self._log.warning(f"{node['name']} doesn't pass; its rows can't be shown: {error}")
            return told
        return {"examples": dg.MetadataValue.md(as_table(rows) or "none any more"), **told}


def rule_of(node: Mapping[str, Any]) -> str:
    """What a test asks for, in words.

    Args:
        node: The test in dbt's manifest.
    """
    kind = node.get("test_metadata") or {"name": "", "kwargs": {}}
    if node.get("description"):
        return str(node["description"]).strip().rstrip(".")
    if kind["name"] not in _RULES:
        return str(node["name"])
    return _RULES[kind["name"]].format_map({name: _word(value) for name, value in kind["kwargs"].items()})


def _word(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    reference = _REFERENCE.search(str(value))
    return reference[1] if reference else str(value)


def compiled_file(target: Path, node: Mapping[str, Any]) -> Path:
    """Where dbt writes a test's SQL: generic tests in a folder named after their yml.

    Args:
        target: The invocation's target path.
        node: The test in dbt's manifest.
    """
    file = target.joinpath("compiled", node["package_name"], node["original_file_path"])
    return file.joinpath(node["path"]) if node.get("test_metadata") else file
