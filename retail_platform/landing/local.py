"""Publishing a file on a local disk in one step."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex


class Unpublished:
    """A file being written beside where it will be; its name begins with a dot, so nobody takes it for data.

    Attributes:
        target: Where it will be; may be changed to another name in the same directory until the block ends.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        directory, name = os.path.split(target)
        # Several pods may write the same file, each as the process of the same number.
        self._temporary = Path(f"{directory}/.{name}.{token_hex(8)}")
        try:
            self._file = self._temporary.open("wb", buffering=0)
        except FileNotFoundError:
            self._temporary.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._temporary.open("wb", buffering=0)

    def write(self, data: bytes) -> None:
        """Add all of it."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def publish(self) -> None:
        """Let it appear under its name, instead of what has that name."""
        self._file.close()
        self._temporary.replace(self.target)

    def discard(self) -> None:
        """Leave nothing of it."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)


@contextmanager
def published(target: str) -> Iterator[Unpublished]:
    """A file that is there, whole, when the block ends, and never otherwise.

    Raises:
        OSError: It can't be written.
    """
    file = Unpublished(target)
    try:
        yield file
        file.publish()
    except BaseException:
        file.discard()
        raise
