"""LIKE patterns of SHOW statements."""

from __future__ import annotations

import re


def like(pattern: str, text: str) -> bool:
    """Whether a text matches a SQL pattern, regardless of case."""
    expression = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(expression, text, re.IGNORECASE | re.DOTALL) is not None
