"""Dagster's SQLite storage with connections that are kept.

Dagster makes a new SQLAlchemy engine for everything it asks its SQLite files. Storing an event is then mostly
connecting, and compiling a statement that was compiled before; an event stored here costs about a quarter. Files,
tables and locking are Dagster's own: with or without this class in `dagster.yaml`, an instance reads the same history.

For SQLite only; with Postgres Dagster keeps its engine by itself.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine

_KEPT = 8  # files of one storage: the index and the runs under way


class _Engines:
    """An engine for each SQLite file used lately; a file no longer among them is closed."""

    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}  # the one used last is the last
        self._lock = threading.Lock()
        _every.add(self)

    def engine(self, url: str) -> Engine:
        """The engine of a file, such as ``sqlite:////path/of/file.db``, made at its first use."""
        with self._lock:
            engine = self._engines.pop(url, None)
            if engine is None:
                waiting = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
                # One is kept; threads that need more at once have theirs for as long.
                engine = create_engine(url, connect_args=waiting, pool_size=1, max_overflow=-1)
                event.listen(engine, "connect", _commit_without_sync)
            self._engines[url] = engine
            old = [self._engines.pop(next(iter(self._engines))) for _ in range(len(self._engines) - _KEPT)]
        for one in old:
            one.dispose()  # a connection in use is closed when it is given back
        return engine

    def dispose(self) -> None:
        """Close every file."""
        with self._lock:
            engines, self._engines = self._engines, {}
        for engine in engines.values():
            engine.dispose()

    def forget(self) -> None:
        """Leave every connection to the process this one was forked from: SQLite forbids sharing them."""
        self._lock = threading.Lock()
        engines, self._engines = self._engines, {}
        for engine in engines.values():
            engine.dispose(close=False)


def _commit_without_sync(connection: sqlite3.Connection, _record: object) -> None:
    """Commits outlive any process; the newest may be lost with the power, and the file is whole even then (WAL)."""
    connection.execute("PRAGMA synchronous = NORMAL")


_every: weakref.WeakSet[_Engines] = weakref.WeakSet()


def _forget_all() -> None:
    for engines in list(_every):
        engines.forget()


os.register_at_fork(after_in_child=_forget_all)


class KeptEventLog(SqliteEventLogStorage):
    """Events: a file for each run, and one that is the index of all."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines = _Engines()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; asked for every check's event, so that one found is not looked for again."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        # One user at a time in a process, as Dagster has it.
        with self._db_lock:
            engine = self._engines.engine(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def wipe(self) -> None:
        """Remove all events; the files go."""
        self._engines.dispose()
        super().wipe()

    def dispose(self) -> None:
        """Close the files."""
        self._engines.dispose()
        super().dispose()


class _OneFile:
    """What runs and schedules have in common."""

    _conn_string: str

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines = _Engines()
        super().__init__(conn_string, inst_data)  # type: ignore[call-arg]  # the class of Dagster's this is mixed into

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection in a transaction of its own."""
        with self._engines.engine(self._conn_string).begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the file."""
        self._engines.dispose()


class KeptRuns(_OneFile, SqliteRunStorage):
    """Runs, with their tags and the daemon's bookkeeping."""


class KeptSchedules(_OneFile, SqliteScheduleStorage):
    """Ticks of schedules and sensors."""


class KeptSqliteStorage(DagsterSqliteStorage):
    """The three together, for `storage: custom` in `dagster.yaml`; `base_dir` is DAGSTER_HOME."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        # Without the __init__ of the class above, which would open its own three; the files lie where it has them.
        super(DagsterSqliteStorage, self).__init__()  # type: ignore[no-untyped-call]
        self.base_dir = base_dir
        self._inst_data = inst_data
        history = Path(base_dir) / "history"
        self._run_storage = KeptRuns.from_local(str(history), inst_data)
        self._event_log_storage = KeptEventLog(str(history / "runs"), inst_data)
        self._schedule_storage = KeptSchedules.from_local(str(Path(base_dir) / "schedules"), inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        """Made from `dagster.yaml`."""
        return cls.from_local(inst_data=inst_data, **config_value)
