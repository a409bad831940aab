"""What a check says: what is wrong, how much of it, and the SQL to see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

EXAMPLES = 10
SUMMARY = "summary"
SQL = "sql"


def verdict(
    check: dg.AssetCheckKey,
    problems: Sequence[Mapping[str, Any]],
    summary: str,
    sql: str,
    *,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
    more: Mapping[str, Any] | None = None,
) -> dg.AssetCheckResult:
    """A check's result; it passes if there are no problems.

    Args:
        check: The check.
        problems: One row for each thing that is wrong, all with the same columns.
        summary: One sentence for people, whether it passed or not.
        sql: The query that shows what was looked at.
        severity: What a failure means.
        more: Further metadata.
    """
    return dg.AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=not problems,
        severity=severity,
        description=summary,
        metadata={
            SUMMARY: summary,
            "problems": len(problems),
            "examples": dg.MetadataValue.md(as_table(problems[:EXAMPLES]) or "none"),
            SQL: dg.MetadataValue.md(f"```sql\n{sql}\n```"),
            **(more or {}),
        },
    )


def as_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a Markdown table; empty for none."""
    if not rows:
        return ""
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(_cell(row.get(name)) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
