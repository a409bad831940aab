"""The page: one HTML document that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from retail_platform.transformation.dashboard.charts import bars
from retail_platform.transformation.dashboard.findings import finding, markdown_table
from retail_platform.transformation.dashboard.snapshot import CheckHistory, Snapshot, State
from retail_platform.transformation.dashboard.style import CSS
from retail_platform.transformation.dashboard.tables import freshness_table, reconciliation_table

_CLASSES = {State.NONE: "none", State.PASSED: "pass", State.WARNED: "warn", State.FAILED: "fail"}
_WORDS = {State.NONE: "did not run", State.PASSED: "passed", State.WARNED: "warned", State.FAILED: "failed"}


def html_page(snapshot: Snapshot) -> str:
    """The whole document."""
    parts = [
        f"<h1>Asset checks</h1><p class='quiet'>{snapshot.taken_at:%Y-%m-%d %H:%M:%S} UTC</p>",
        _tiles(snapshot),
        _section("Failing and warning", "findings", _findings(snapshot)),
        _section("Control totals by day", "totals", reconciliation_table(snapshot)),
        _section("Status, last 14 days", "matrix", _matrix(snapshot)),
        *([_section("Injected defects noticed", "scores", _scores(snapshot))] if snapshot.scores else []),
        _section("Freshness", "freshness", freshness_table(snapshot)),
        _section("Loads", "loads", _charts(snapshot)),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Asset checks</title>'
        f"<style>{CSS}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _section(title: str, anchor: str, content: str) -> str:
    return f'<section id="{anchor}"><h2>{escape(title)}</h2>{content}</section>'


def _tiles(snapshot: Snapshot) -> str:
    late = sum(one.is_late(snapshot.taken_at) for one in snapshot.freshness)
    differing = len(snapshot.differing_days)
    tiles = [
        (snapshot.count(State.PASSED), "checks pass", "pass"),
        (snapshot.count(State.WARNED), "warn", "warn" if snapshot.count(State.WARNED) else "none"),
        (snapshot.count(State.FAILED), "fail", "fail" if snapshot.count(State.FAILED) else "none"),
        (snapshot.count(State.NONE), "never ran", "none"),
        (differing, "days differ", "fail" if differing else "pass"),
        (late, "tables late", "warn" if late else "pass"),
    ]
    return '<div class="tiles">' + "".join(_tile(*tile) for tile in tiles) + "</div>"


def _tile(number: int, words: str, kind: str) -> str:
    return f'<div class="tile {kind}"><b>{number}</b>{escape(words)}</div>'


def _findings(snapshot: Snapshot) -> str:
    found = snapshot.wanting
    if not found:
        return "<p>Every check that ran passes.</p>"
    return "".join(finding(check, _CLASSES[check.latest], _WORDS[check.latest]) for check in found)


def _scores(snapshot: Snapshot) -> str:
    return "".join(f"<h3>{escape(feed)}</h3>{markdown_table(table)}" for feed, table in snapshot.scores)


def _matrix(snapshot: Snapshot) -> str:
    days = "".join(f"<span>{day.day}</span>" for day in snapshot.days)
    head = f'<div class="row quiet"><span class="name">asset, check</span><div class="cells">{days}</div></div>'
    by_asset = groupby(sorted(snapshot.checks, key=lambda c: (c.asset, c.name)), key=lambda check: check.asset)
    return head + "".join(_asset(snapshot, asset, list(checks)) for asset, checks in by_asset)


def _asset(snapshot: Snapshot, asset: str, checks: Sequence[CheckHistory]) -> str:
    title = f"{escape(asset)} <span class='quiet'>{len(checks)}</span>"
    summary = _row(snapshot, title, checks)
    rows = "".join(_row(snapshot, escape(check.name), [check]) for check in checks)
    return f"<details><summary>{summary}</summary>{rows}</details>"


def _row(snapshot: Snapshot, title: str, checks: Sequence[CheckHistory]) -> str:
    cells = []
    for day in snapshot.days:
        state = max(check.on(day) for check in checks)
        cells.append(f'<i class="{_CLASSES[state]}" title="{day}: {_WORDS[state]}"></i>')
    return f'<div class="row"><span class="name">{title}</span><div class="cells">{"".join(cells)}</div></div>'


def _charts(snapshot: Snapshot) -> str:
    speed = [(f"{load.finished_at:%d %b %H:%M}", load.rows_per_second) for load in snapshot.loads]
    wait = [(f"{one.visible_at:%d %b %H:%M}", one.seconds) for one in snapshot.latencies]
    return bars(speed, "rows per second", "Stream Load throughput") + bars(
        wait, "seconds", "From a load's end to its rows in fact_daily_sales"
    )
