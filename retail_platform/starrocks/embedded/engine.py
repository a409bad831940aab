"""DuckDB underneath: readers' cursors, and one writer at a time with the catalogue in its transaction.

A :class:`WriteUnit` is the only way to change anything: it holds the writer lock, works on a copy of the catalogue and
publishes copy and data with one commit. Everything is blocking; the protocols call it from worker threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb

from retail_platform.starrocks.embedded import functions, information_schema, store
from retail_platform.starrocks.embedded.catalog import Catalog
from retail_platform.starrocks.embedded.datadir import DataDirectory
from retail_platform.starrocks.embedded.errors import VersionProfile
from retail_platform.starrocks.embedded.labels import Labels
from retail_platform.starrocks.embedded.model import Table
from retail_platform.starrocks.embedded.translation_cache import TranslationCache
from retail_platform.starrocks.embedded.upkeep import Statistics

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

_SETTINGS = (
    "SET default_null_order = 'nulls_first_on_asc_last_on_desc'",  # NULL is the smallest value on StarRocks
    "SET error_on_division_by_zero = false",  # division by zero is NULL on StarRocks
    "SET TimeZone = 'UTC'",
)


def moment() -> str:
    """Now, in the server's time zone (UTC), as StarRocks prints times."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


class Sessions:
    """The connected clients by connection id, for SHOW PROCESSLIST and KILL."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[int, tuple[Session, Callable[[], None]]] = {}

    def add(self, session: Session, disconnect: Callable[[], None]) -> None:
        """A client has connected."""
        with self._lock:
            self._sessions[session.connection_id] = (session, disconnect)

    def remove(self, connection_id: int) -> None:
        """A client is gone."""
        with self._lock:
            self._sessions.pop(connection_id, None)

    def find(self, connection_id: int) -> tuple[Session, Callable[[], None]] | None:
        """A client and how to disconnect it."""
        with self._lock:
            return self._sessions.get(connection_id)

    def all(self) -> list[Session]:
        """All clients."""
        with self._lock:
            return [session for session, _ in self._sessions.values()]


class Engine:
    """One open warehouse."""

    def __init__(
        self, directory: DataDirectory, profile: VersionProfile, open_session: Callable[[Engine, int, str], Session]
    ) -> None:
        self.directory = directory
        self.open_session = open_session
        self.profile = profile
        self.root = directory.open()
        for setting in _SETTINGS:
            self.root.execute(setting)
        store.prepare(self.root)
        functions.install(self.root)
        self.system_columns = information_schema.install(self.root)
        self.macros = functions.read(self.root)
        self.catalog, self._next_id = store.load(self.root)
        self._lock = threading.RLock()
        self._ids = threading.Lock()
        self.config: dict[str, str] = {
            "default_replication_num": "1",
            "label_keep_max_num": "1000",
            "label_keep_max_second": "259200",
            "empty_load_as_error": "true",
        }
        self.labels = Labels(self)
        self.statistics = Statistics(self)
        self.translations = TranslationCache()
        self.threads: list[threading.Thread] = []
        self.sessions = Sessions()
        self.addresses: dict[str, str | int] = {}

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for one reader or session."""
        return self.root.cursor()

    def new_id(self) -> int:
        """The next id; ids only grow, over restarts too."""
        with self._ids:
            self._next_id += 1
            return self._next_id

    @contextmanager
    def write(self) -> Iterator[WriteUnit]:
        """One transaction over data and catalogue: all of it, or nothing on any exception."""
        with self._lock:
            cursor = self.root.cursor()
            unit = WriteUnit(self, cursor, self.catalog)
            cursor.execute("BEGIN")
            try:
                yield unit
                store.save(cursor, self.catalog, unit.catalog, self._next_id)
                cursor.execute("COMMIT")
            except BaseException:
                _roll_back(cursor)
                raise
            else:
                self.catalog = unit.catalog
                for publish in unit.after_commit:
                    publish()
            finally:
                cursor.close()

    def background(self, user: str, database: str) -> Session:
        """A session without a client, for tasks."""
        worker = self.open_session(self, 0, user)
        worker.database = database
        return worker

    def close(self) -> None:
        """Write everything into the one file and close it."""
        for thread in self.threads:
            thread.join()
        with self._lock:
            self.root.execute("CHECKPOINT")
            functions.hashing.remove(self.root)
            self.root.close()
            self.directory.close()


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.TransactionException:
        return  # DuckDB had already given the transaction up


class WriteUnit:
    """What one writing transaction needs."""

    def __init__(self, engine: Engine, cursor: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
        self.engine = engine
        self.cursor = cursor
        self.catalog = catalog.copy()
        self.now = moment()
        self._stages = 0
        self.bumped: set[int] = set()  # partitions whose version this transaction has already raised
        self.after_commit: list[Callable[[], None]] = []

    def new_id(self) -> int:
        """The next id."""
        return self.engine.new_id()

    def execute(self, sql: str, values: list[object] | None = None) -> list[tuple[object, ...]]:
        """Run a statement inside the transaction and read its result."""
        try:
            return self.cursor.execute(sql, values).fetchall() if values else self.cursor.execute(sql).fetchall()
        except UnicodeDecodeError as error:
            # DuckDB quotes the first 50 bytes of a JSON value that doesn't fit; that may be half a character.
            raise duckdb.InvalidInputException(error.object.decode(errors="replace")) from error

    def stage_name(self) -> str:
        """A fresh name for a temporary table of this unit."""
        self._stages += 1
        return f"stage_{self._stages}_{time.monotonic_ns()}"

    def create_storage(self, table: Table) -> Table:
        """Give a table an empty place for its rows."""
        storage = f"s{self.new_id()}"
        columns = ", ".join(f"{quote(c.name)} {c.type.duckdb()}" for c in table.columns)
        self.execute(f"CREATE TABLE data.{storage} ({columns})")
        return replace(table, storage=storage)

    def drop_storage(self, table: Table) -> None:
        """Remove a table's rows and their place."""
        if table.storage:
            self.execute(f"DROP TABLE data.{table.storage}")


def quote(name: str) -> str:
    """A DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | None) -> str:
    """A DuckDB string literal."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
