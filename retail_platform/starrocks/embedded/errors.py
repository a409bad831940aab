"""StarRocks' errors: what went wrong, said in the server's own words and numbers.

Every refusal of the embedded server is a :class:`StarRocksError` whose *kind* names the situation. The number and
SQLSTATE that a client sees depend on the StarRocks version that is imitated, so they are looked up in a
:class:`VersionProfile` at the edge of the MySQL protocol and nowhere else. HTTP answers use the message only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ErrorKind(StrEnum):
    """The situations StarRocks tells apart by number."""

    GENERIC = "generic"
    UNKNOWN_TABLE = "unknown_table"
    UNKNOWN_DATABASE = "unknown_database"
    UNKNOWN_CATALOG = "unknown_catalog"
    TABLE_EXISTS = "table_exists"
    DATABASE_EXISTS = "database_exists"
    DROP_MISSING_DATABASE = "drop_missing_database"
    ACCESS_DENIED = "access_denied"
    NO_DATABASE = "no_database"
    COLUMN_COUNT = "column_count"
    FILTERED_DATA = "filtered_data"
    QUERY_TIMEOUT = "query_timeout"
    UNKNOWN_VARIABLE = "unknown_variable"
    UNKNOWN_THREAD = "unknown_thread"
    PREPARED_UNSUPPORTED = "prepared_unsupported"
    KILLED = "killed"
    LABEL_USED = "label_used"
    PROTOCOL = "protocol"
    TRANSACTION_TABLE = "transaction_table"
    TRANSACTION_DATABASE = "transaction_database"


_SHARED: dict[ErrorKind, tuple[int, str]] = {
    ErrorKind.GENERIC: (1064, "HY000"),
    ErrorKind.UNKNOWN_CATALOG: (5078, "42000"),
    ErrorKind.TABLE_EXISTS: (1050, "42S01"),
    ErrorKind.DATABASE_EXISTS: (1007, "HY000"),
    ErrorKind.DROP_MISSING_DATABASE: (1008, "HY000"),
    ErrorKind.ACCESS_DENIED: (1045, "28000"),
    ErrorKind.NO_DATABASE: (1046, "3D000"),
    ErrorKind.UNKNOWN_VARIABLE: (1193, "HY000"),
    ErrorKind.UNKNOWN_THREAD: (1094, "HY000"),
    ErrorKind.PREPARED_UNSUPPORTED: (1295, "HY000"),
    ErrorKind.KILLED: (1317, "70100"),
    ErrorKind.LABEL_USED: (1064, "HY000"),
    ErrorKind.PROTOCOL: (1835, "HY000"),
    ErrorKind.TRANSACTION_TABLE: (5303, "25P01"),
    ErrorKind.TRANSACTION_DATABASE: (5304, "25P01"),
}

_RECENT: dict[ErrorKind, tuple[int, str]] = {
    **_SHARED,
    ErrorKind.UNKNOWN_TABLE: (5502, "42602"),
    ErrorKind.UNKNOWN_DATABASE: (5501, "3F000"),
    ErrorKind.COLUMN_COUNT: (5604, "HY000"),
    ErrorKind.FILTERED_DATA: (5610, "HY000"),
    ErrorKind.QUERY_TIMEOUT: (5024, "53400"),
}

_LEGACY: dict[ErrorKind, tuple[int, str]] = {
    **_SHARED,
    ErrorKind.UNKNOWN_TABLE: (1064, "HY000"),
    ErrorKind.UNKNOWN_DATABASE: (1049, "42000"),
    ErrorKind.COLUMN_COUNT: (1064, "HY000"),
    ErrorKind.FILTERED_DATA: (1064, "HY000"),
    ErrorKind.QUERY_TIMEOUT: (5024, "HY000"),
}


@dataclass(frozen=True)
class VersionProfile:
    """One StarRocks generation: the version it reports and the numbers it gives its errors."""

    name: str = "recent"
    version: str = "3.5.14-e1b5a9c"
    handshake_version: str = "8.0.33"
    verbatim_views: bool = False
    codes: dict[ErrorKind, tuple[int, str]] = field(default_factory=lambda: dict(_RECENT))

    def code(self, kind: ErrorKind) -> tuple[int, str]:
        """Number and SQLSTATE of an error kind."""
        return self.codes[kind]


RECENT = VersionProfile()
LEGACY = VersionProfile(name="legacy", version="3.2.11-5e1c2a0", handshake_version="5.1.0", codes=dict(_LEGACY))


class StarRocksError(Exception):
    """A refusal in StarRocks' words."""

    kind: ErrorKind = ErrorKind.GENERIC

    def __init__(self, message: str, kind: ErrorKind | None = None) -> None:
        super().__init__(message)
        self.message = message
        if kind is not None:
            self.kind = kind


class SyntaxRefused(StarRocksError):
    """The statement is not StarRocks SQL."""

    def __init__(self, detail: str, line: int | None = None, column: int | None = None) -> None:
        where = f" at line {line}, column {column}" if line is not None else ""
        super().__init__(f"Getting syntax error{where}. Detail message: {detail}.")


class AnalysisError(StarRocksError):
    """The statement parses but cannot mean anything."""

    def __init__(self, detail: str, kind: ErrorKind | None = None) -> None:
        super().__init__(f"Getting analyzing error. Detail message: {detail.rstrip('.')}.", kind)


class Unsupported(StarRocksError):
    """StarRocks can do this and the embedded server cannot: it says so instead of pretending."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Getting analyzing error. Detail message: {what} is not supported by embedded StarRocks.")


def unexpected_input(text: str, expected: str, line: int, column: int) -> SyntaxRefused:
    """StarRocks' way of pointing at the first token it could not read."""
    return SyntaxRefused(f"Unexpected input '{text}', the most similar input is {{{expected}}}", line, column)


def unknown_table(database: str, table: str) -> StarRocksError:
    """A name that is neither a table nor a view of the database."""
    return AnalysisError(f"Unknown table '{database}.{table}'", ErrorKind.UNKNOWN_TABLE)


def unknown_database(name: str) -> StarRocksError:
    """A database that does not exist."""
    return StarRocksError(f"Unknown database '{name}'", ErrorKind.UNKNOWN_DATABASE)


def no_database_selected() -> StarRocksError:
    """An unqualified name outside any database."""
    return StarRocksError("No database selected", ErrorKind.NO_DATABASE)


class EmbeddedServerError(Exception):
    """The server itself cannot start or go on; the message names the remedy."""


class DataDirectoryInUse(EmbeddedServerError):
    """Another server works on the same data directory."""


class DataDirectoryCorrupt(EmbeddedServerError):
    """The data directory holds something that is not readable as our data."""


class PortInUse(EmbeddedServerError):
    """A port that was asked for belongs to somebody else."""


class UnsafeBinding(EmbeddedServerError):
    """Listening beyond this machine without a password."""
