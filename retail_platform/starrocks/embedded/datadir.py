"""The data directory: one DuckDB file, one lock, the rejected rows of loads.

A directory belongs to one server at a time; the lock is advisory, held for the life of the process and released by
the operating system whatever happens to it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import IO

import duckdb

from retail_platform.starrocks.embedded.errors import DataDirectoryCorrupt, DataDirectoryInUse

DATABASE_FILE = "warehouse.duckdb"


class DataDirectory:
    """A locked data directory. Without a path it is temporary and vanishes on close."""

    def __init__(self, path: Path | None) -> None:
        self.temporary = path is None
        self.path = Path(tempfile.mkdtemp(prefix="embedded-starrocks-")) if path is None else path.absolute()
        self._lock: IO[str] | None = None
        self._prepare()

    def _prepare(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = (self.path / "server.lock").open("a+")
        except OSError as error:
            raise DataDirectoryCorrupt(
                f"Cannot use {self.path} as data directory: {error.strerror}. Choose a writable directory (--data-dir)."
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.seek(0)
            owner = self._lock.read().strip() or "unknown"
            self._lock.close()
            raise DataDirectoryInUse(
                f"The data directory {self.path} is in use by another embedded StarRocks (process {owner}). "
                "Stop that server or choose another directory (--data-dir)."
            ) from error
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()
        self.error_logs.mkdir(exist_ok=True)
        self.spool.mkdir(exist_ok=True)
        for leftover in self.spool.iterdir():
            leftover.unlink()  # bodies of loads that a killed server never finished

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        return self.path / DATABASE_FILE

    @property
    def error_logs(self) -> Path:
        """Where rejected rows are kept for the ErrorURL."""
        return self.path / "error_log"

    @property
    def spool(self) -> Path:
        """Where request bodies wait to be read."""
        return self.path / "spool"

    def new_spool(self) -> Path:
        """A name for a request body's file."""
        return self.spool / uuid.uuid4().hex

    def open(self) -> duckdb.DuckDBPyConnection:
        """Open the database, saying what to do if it is not one."""
        try:
            return duckdb.connect(str(self.database))
        except duckdb.Error as error:
            self.close()
            raise DataDirectoryCorrupt(
                f"The data file {self.database} cannot be read ({str(error).splitlines()[0]}). "
                f"Restore it from a copy, or remove the directory {self.path} to start empty."
            ) from error

    def close(self) -> None:
        """Release the lock and remove a temporary directory."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if self.temporary:
            shutil.rmtree(self.path, ignore_errors=True)
