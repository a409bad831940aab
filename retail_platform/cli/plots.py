"""Small plots as SVG text: lines over an axis, plain or logarithmic, without any library."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 560, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 28, 34, 34
_TICKS = 5


@dataclass(frozen=True)
class Plot:
    """One curve.

    Attributes:
        title: What it shows.
        x: Positions, rising.
        y: Values.
        x_label: What the positions are.
        logarithmic: Both axes are logarithmic; values must be positive.
    """

    title: str
    x: Sequence[float]
    y: Sequence[float]
    x_label: str
    logarithmic: bool = False

    def svg(self) -> str:
        """The plot as an SVG element."""
        xs, ys = [self._scale(v) for v in self.x], [self._scale(v) for v in self.y]
        x_range = (min(xs), max(xs))
        y_range = (min(ys) if self.logarithmic else 0.0, max(ys))
        points = " ".join(f"{_place(x, x_range, _LEFT, WIDTH - _RIGHT):.1f},{self._height(y, y_range):.1f}"
                          for x, y in zip(xs, ys, strict=True))  # fmt: skip
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(self.title)}">'
            f'<text x="{_LEFT}" y="18" class="title">{html.escape(self.title)}</text>'
            f"{self._grid(x_range, y_range)}"
            f'<polyline points="{points}"/>'
            f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 4}" text-anchor="end">{html.escape(self.x_label)}</text></svg>'
        )

    def _scale(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else float(value)

    @staticmethod
    def _height(value: float, of: tuple[float, float]) -> float:
        return _place(value, of, HEIGHT - _BOTTOM, _TOP)

    def _grid(self, x_range: tuple[float, float], y_range: tuple[float, float]) -> str:
        parts = []
        for step in range(_TICKS):
            share = step / (_TICKS - 1)
            y = y_range[0] + share * (y_range[1] - y_range[0])
            x = x_range[0] + share * (x_range[1] - x_range[0])
            at_y, at_x = self._height(y, y_range), _place(x, x_range, _LEFT, WIDTH - _RIGHT)
            parts.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{at_y:.1f}" y2="{at_y:.1f}"/>')
            parts.append(f'<text x="{_LEFT - 6}" y="{at_y + 4:.1f}" text-anchor="end">{self._told(y)}</text>')
            parts.append(f'<text x="{at_x:.1f}" y="{HEIGHT - 18}" text-anchor="middle">{self._told(x)}</text>')
        return "".join(parts)

    def _told(self, value: float) -> str:
        shown = 10**value if self.logarithmic else value
        return f"{shown:,.0f}" if abs(shown) >= 10 or shown == 0 else f"{shown:.2g}"


def _place(value: float, of: tuple[float, float], start: float, end: float) -> float:
    span = of[1] - of[0]
    return start + (end - start) * ((value - of[0]) / span if span else 0.5)
