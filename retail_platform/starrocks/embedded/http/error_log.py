"""Rejected rows of loads, kept as files and fetched through the ErrorURL."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

_NAME = re.compile(r"^error_log_[0-9a-f]{16}_[0-9a-f]{16}$")
KEEP = 200


class ErrorLog:
    """The directory of error logs and the address under which they are served."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.base_url = ""

    def write(self, lines: list[str]) -> str:
        """Keep the lines of one load; returns their address."""
        name = f"error_log_{secrets.token_hex(8)}_{secrets.token_hex(8)}"
        (self._directory / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._expire()
        return self._address(name)

    def address(self, written: str) -> str:
        """Where a log is served now that was written under some address, perhaps before a restart on other ports."""
        _, _, name = written.partition("?file=")
        return self._address(name) if name else ""

    def _address(self, name: str) -> str:
        return f"{self.base_url}/api/_load_error_log?file={name}"

    def read(self, name: str) -> str | None:
        """The lines under an address, unless it is none of ours or expired."""
        path = self._directory / name
        if not _NAME.match(name) or not path.is_file():
            return None
        return path.read_text(encoding="utf-8")

    def _expire(self) -> None:
        files = sorted(self._directory.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in files[:-KEEP]:
            path.unlink(missing_ok=True)
