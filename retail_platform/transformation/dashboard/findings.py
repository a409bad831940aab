"""A failing check on the page: what it says, its rows, its SQL."""

from __future__ import annotations

from html import escape

from retail_platform.transformation.checks.verdict import SQL, SUMMARY
from retail_platform.transformation.dashboard.snapshot import CheckHistory

_FENCE = "```"
# dbt's words about itself; the summary says what they mean.
_TECHNICAL = {"Execution Duration", "dagster_dbt/failed_row_count", "invocation_id", "status", "unique_id"}


def finding(check: CheckHistory, kind: str, word: str) -> str:
    """The check's latest result as a card."""
    latest = check.executions[0]
    facts = dict(latest.facts)
    said = f"<p>{escape(facts.pop(SUMMARY))}</p>" if SUMMARY in facts else ""
    shown = "".join(_fact(name, value) for name, value in facts.items() if name not in _TECHNICAL)
    return (
        f'<div class="finding {kind}"><b>{escape(check.asset)}</b> {escape(check.name)} '
        f'<span class="quiet">{word} {latest.at:%Y-%m-%d %H:%M} UTC</span>{said}{shown}</div>'
    )


def _fact(name: str, value: str) -> str:
    if name == SQL or value.startswith(_FENCE):
        code = value.removeprefix(f"{_FENCE}sql").strip("`\n ")
        return f"<details><summary>{escape(name)}</summary><pre>{escape(code)}</pre></details>"
    if value.startswith("|"):
        return markdown_table(value)
    return f'<div><span class="quiet">{escape(name)}</span> {escape(value)}</div>'


def markdown_table(text: str) -> str:
    """A Markdown table as an HTML table; cells are text, never markup."""
    rows = [
        [cell.strip().replace("\0", "|") for cell in line.strip().strip("|").replace("\\|", "\0").split("|")]
        for line in text.splitlines()
        if line.strip()
    ]
    head, body = rows[0], [row for row in rows[1:] if set("".join(row)) != {"-"}]
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body)
    return f'<div class="scroll"><table><tr>{cells}</tr>{lines}</table></div>'
