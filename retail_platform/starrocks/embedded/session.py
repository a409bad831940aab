"""One client's session: its database, its variables, and the execution of its statements.

Blocking, called from worker threads by the MySQL protocol. Which statement does what is decided in :mod:`statements`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from retail_platform.starrocks.embedded import duckdb_errors, statements
from retail_platform.starrocks.embedded.catalog import Catalog, resolve_database, resolve_name
from retail_platform.starrocks.embedded.engine import Engine
from retail_platform.starrocks.embedded.errors import ErrorKind, StarRocksError, no_database_selected, unknown_database
from retail_platform.starrocks.embedded.lexer import Statement, split_statements
from retail_platform.starrocks.embedded.results import Done, Result
from retail_platform.starrocks.embedded.rewrites.context import Context, OwnVariable
from retail_platform.starrocks.embedded.statements.transactions import SqlTransaction
from retail_platform.starrocks.embedded.translate import Asked, Translator
from retail_platform.starrocks.embedded.variables import Variables, zone


@dataclass
class SessionState:
    """What SHOW PROCESSLIST and KILL need to know about a session."""

    statement: str = ""
    killed: str = ""  # '', 'query' or 'timeout'


class Session:
    """The state and the statements of one connection."""

    def __init__(self, engine: Engine, connection_id: int = 0, user: str = "root") -> None:
        self.engine = engine
        self.connection_id = connection_id
        self.user = user
        self.database: str | None = None
        self.variables = Variables(engine.profile.handshake_version)
        self.user_variables: dict[str, OwnVariable] = {}
        self.state = SessionState()
        self.reader = engine.cursor()
        self.running: duckdb.DuckDBPyConnection | None = None
        self.transaction: SqlTransaction | None = None
        self.asked: list[Asked] = []  # the queries of the running statement
        self.busy = threading.Lock()  # held by the thread that works for this session
        self._guard = threading.Lock()

    def use(self, name: str) -> None:
        """Change the database; `default_catalog.db` is understood."""
        database = resolve_database(name.replace("`", "").split("."))
        if not self.engine.catalog.has_database(database):
            raise unknown_database(database)
        self.database = database

    def split(self, sql: str) -> list[Statement]:
        """The statements of a client's text."""
        return split_statements(sql)

    def run(self, statement: Statement) -> Result:
        """Execute one statement. Every failure leaves as a StarRocksError."""
        with self.busy:
            return self._run(statement)

    def _run(self, statement: Statement) -> Result:
        before = self.variables.snapshot()
        self.state = SessionState(statement=statement.text)
        self.asked.clear()
        try:
            for name, value in statement.hints.items():
                self.variables.set(name, value)
            return statements.execute(self, statement)
        except duckdb.InterruptException as error:
            raise self._interrupted() from error
        except duckdb.BinderException as error:
            missing = self.translator().missing_column()
            raise duckdb_errors.unresolved(missing) if missing else duckdb_errors.translate(error) from error
        except duckdb.Error as error:
            raise duckdb_errors.translate(error) from error
        finally:
            if statement.hints:
                self.variables.restore(before)
            self.running = None

    def execute(self, sql: str) -> list[Result]:
        """All statements of a text, for callers inside this process (tasks)."""
        return [self.run(statement) for statement in self.split(sql)] or [Done()]

    def _interrupted(self) -> StarRocksError:
        if self.state.killed == "timeout":
            seconds = self.variables.number("query_timeout")
            return StarRocksError(
                f"Query reached its timeout of {seconds} seconds, please increase the 'query_timeout' session variable "
                "and retry",
                ErrorKind.QUERY_TIMEOUT,
            )
        return StarRocksError("Query execution was interrupted", ErrorKind.KILLED)

    def interrupt(self, reason: str = "query") -> None:
        """Stop the running statement, from any thread."""
        with self._guard:
            running = self.running
            self.state.killed = reason
            if running is not None:
                running.interrupt()

    @contextmanager
    def interruptible(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Mark a connection as the one that KILL stops."""
        with self._guard:
            self.running = connection
        yield

    def context(self) -> Context:
        """What rewrites may know."""
        return Context(
            database=self.database,
            user=self.user,
            connection=self.connection_id,
            version=self.engine.profile.version,
            handshake_version=self.engine.profile.handshake_version,
            time_zone=zone(str(self.variables.get("time_zone"))),
            variables=self.variables.get,
            own_variables=self.user_variables,
            macros=self.engine.macros,
            system_columns=self.engine.system_columns,
        )

    def translator(self, catalog: Catalog | None = None) -> Translator:
        """A translator for one statement."""
        return Translator(catalog or self.engine.catalog, self.context(), self.engine.translations, self.asked)

    def resolve(self, parts: list[str]) -> tuple[str, str]:
        """Database and name of a possibly unqualified name."""
        return resolve_name(parts, self.database)

    def current_database(self) -> str:
        """The database, or StarRocks' complaint that there is none."""
        if not self.database:
            raise no_database_selected()
        return self.database

    def close(self) -> None:
        """The client is gone; waits for its last statement."""
        with self.busy:
            self.reader.close()
