"""Publishing a file on a local disk in one step."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from secrets import token_hex

_TEMPORARY = re.compile(r"^\..+\.[0-9a-f]{16}$")
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP)  # some shared volumes have none


class Unpublished:
    """A file being written beside where it will be; its name begins with a dot, so nobody takes it for data.

    Attributes:
        target: Where it will be; may be changed to another name in the same directory until the block ends.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        directory, name = os.path.split(target)
        self._directory = directory
        # Several pods may write the same file, each as the process of the same number.
        self._temporary = f"{directory}/.{name}.{token_hex(8)}"
        self._file = self._opened()

    def _opened(self) -> FileIO:
        """The file, locked for as long as somebody writes it: see :func:`remove_abandoned`."""
        file = self._locked()
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()  # swept away between the opening and the lock
        return self._locked()

    def _locked(self) -> FileIO:
        try:
            file = FileIO(self._temporary, "wb")
        except FileNotFoundError:
            Path(self._directory).mkdir(parents=True, exist_ok=True)
            file = FileIO(self._temporary, "wb")
        _lock(file, fcntl.LOCK_EX)
        return file

    def write(self, data: bytes) -> None:
        """Add all of it."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def publish(self) -> None:
        """Let it appear under its name, instead of what has that name."""
        os.replace(self._temporary, self.target)  # noqa: PTH105 - a Path takes as long as the renaming
        self._file.close()

    def discard(self) -> None:
        """Leave nothing of it."""
        Path(self._temporary).unlink(missing_ok=True)
        self._file.close()


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


def read(path: str) -> bytes:
    """A file's content.

    Raises:
        OSError: It can't be read.
    """
    with FileIO(path, "rb") as file:
        return file.readall()


def is_unpublished(name: str) -> bool:
    """Whether a file of this name is being written, or was by somebody who was killed."""
    return bool(_TEMPORARY.match(name))


def remove_abandoned(path: str) -> None:
    """Remove a file that was never published, unless somebody still writes it: then he holds a lock on it.

    Raises:
        OSError: It can't be removed.
    """
    try:
        file = FileIO(path, "rb")
    except FileNotFoundError:
        return  # published since
    with file:
        if _lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB):
            Path(path).unlink(missing_ok=True)


def _lock(file: FileIO, operation: int) -> bool:
    """Lock a file; False if another has it, or there are no locks here."""
    try:
        fcntl.flock(file.fileno(), operation)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True
