"""The page's two tables: control totals by day, freshness."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from retail_platform.transformation.dashboard.snapshot import Snapshot


def reconciliation_table(snapshot: Snapshot) -> str:
    """One line for each day: feeds that agree, then orders, lines and revenue in raw and mart; newest first."""
    if not snapshot.sales:
        return "<p>Nothing is loaded yet.</p>"
    lines = []
    for one in reversed(snapshot.sales):
        feeds = [feed for feed in snapshot.feeds if feed.day == one.day]
        wrong = [feed.feed for feed in feeds if not feed.agrees]
        verdict = "agree" if not wrong and one.agrees else "differ: " + ", ".join([*wrong, *_sales_word(one.agrees)])
        kind = "good" if verdict == "agree" else "bad"
        lines.append(
            f"<tr><td>{one.day}</td><td class='{kind}'>{escape(verdict)}</td>"
            f"{_number(sum(feed.raw.rows for feed in feeds))}{_number(one.raw.orders)}{_number(one.raw.items)}"
            f"<td class='number'>{one.raw.revenue:,}</td><td class='number'>{one.mart.revenue:,}</td></tr>"
        )
    names = ("raw rows", "orders", "lines", "revenue, raw", "revenue, fct_sales")
    head = "<th>day</th><th>stations</th>" + "".join(f'<th class="number">{name}</th>' for name in names)
    return f'<div class="scroll"><table><tr>{head}</tr>{"".join(lines)}</table></div>'


def freshness_table(snapshot: Snapshot) -> str:
    """One line for each raw table."""
    lines = []
    for one in snapshot.freshness:
        age = _age(snapshot.taken_at - one.loaded_at) if one.loaded_at else "never"
        kind, word = ("bad", "late") if one.is_late(snapshot.taken_at) else ("good", "fresh")
        lines.append(
            f"<tr><td>{escape(one.table)}</td><td class='{kind}'>{word}</td>"
            f"<td>{one.newest_day or 'none'}</td><td class='number'>{age}</td>"
            f"<td class='number'>{_age(one.allowed)}</td></tr>"
        )
    head = "<th>table</th><th></th><th>newest day</th><th class='number'>loaded ago</th><th class='number'>allowed</th>"
    return f'<div class="scroll"><table><tr>{head}</tr>{"".join(lines)}</table></div>'


def _sales_word(agrees: bool) -> list[str]:
    return [] if agrees else ["fct_sales"]


def _number(value: int) -> str:
    return f"<td class='number'>{value:,}</td>"


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
