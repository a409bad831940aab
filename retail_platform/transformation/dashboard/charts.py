"""Bar charts as inline SVG: no script, no font, nothing to fetch."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 640, 180, 56, 22, 10


def bars(values: Sequence[tuple[str, float]], unit: str, title: str) -> str:
    """A bar for each (label, value); hovering or tapping shows the figure. Says so if there is nothing to show."""
    if not values:
        return f'<p class="quiet">{escape(title)}: nothing yet.</p>'
    top = max(value for _, value in values) or 1.0
    room = (_WIDTH - _LEFT) / len(values)
    drawn = "".join(_bar(place, label, value / top, room, unit, value) for place, (label, value) in enumerate(values))
    axis = "".join(_tick(share, share * top) for share in (0.0, 0.5, 1.0))
    ends = _label(_LEFT, values[0][0], "start") + (_label(_WIDTH, values[-1][0], "end") if len(values) > 1 else "")
    return (
        f'<figure><figcaption>{escape(title)} <span class="quiet">{escape(unit)}</span></figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{axis}{drawn}{ends}</svg></figure>"
    )


def _bar(place: int, label: str, share: float, room: float, unit: str, value: float) -> str:
    height = max(share * (_HEIGHT - _BOTTOM - _TOP), 1)
    x, y = _LEFT + place * room, _HEIGHT - _BOTTOM - height
    return (
        f'<rect class="bar" x="{x:.1f}" y="{y:.1f}" width="{max(min(room * 0.8, 40), 1):.1f}" height="{height:.1f}">'
        f"<title>{escape(label)}: {value:,.1f} {escape(unit)}</title></rect>"
    )


def _tick(share: float, value: float) -> str:
    y = _HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP)
    return (
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="axis" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{short(value)}</text>'
    )


def _label(x: float, text: str, anchor: str) -> str:
    return f'<text class="axis" x="{x}" y="{_HEIGHT - 5}" text-anchor="{anchor}">{escape(text)}</text>'


def short(value: float) -> str:
    """A figure for an axis: 1.2M, 35k, 480, 2.5."""
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{suffix}"
    return f"{value:.3g}"
