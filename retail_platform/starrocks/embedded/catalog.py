"""The catalogue in memory: databases and tables by name, exactly as of the last committed transaction.

A writer works on a copy and publishes it with its commit; readers hold on to the object they began with. Names of
databases and tables are case-sensitive, as on StarRocks.
"""

from __future__ import annotations

from dataclasses import replace

from retail_platform.starrocks.embedded.errors import (
    ErrorKind,
    StarRocksError,
    no_database_selected,
    unknown_database,
    unknown_table,
)
from retail_platform.starrocks.embedded.model import Database, Table

INTERNAL_CATALOG = "default_catalog"
SYSTEM_DATABASES = ("information_schema", "_statistics_", "sys")


class Catalog:
    """Databases and their tables."""

    def __init__(self) -> None:
        self.databases: dict[str, Database] = {}
        self.tables: dict[tuple[str, str], Table] = {}
        self.version = 0

    def copy(self) -> Catalog:
        """A working copy; the values are immutable, so copying the two dictionaries suffices."""
        other = Catalog()
        other.databases = dict(self.databases)
        other.tables = dict(self.tables)
        other.version = self.version + 1
        return other

    def database(self, name: str) -> Database:
        """A user database by name."""
        found = self.databases.get(name)
        if found is None:
            raise unknown_database(name)
        return found

    def has_database(self, name: str) -> bool:
        """Whether a database of that name exists, system databases included."""
        return name in self.databases or name.lower() in SYSTEM_DATABASES

    def find(self, database: str, name: str) -> Table | None:
        """A table by name, or nothing."""
        return self.tables.get((database, name))

    def table(self, database: str, name: str) -> Table:
        """A table by name; refuses unknown databases and tables in StarRocks' words."""
        if not self.has_database(database):
            raise unknown_database(database)
        found = self.tables.get((database, name))
        if found is None:
            raise unknown_table(database, name)
        return found

    def tables_of(self, database: str) -> list[Table]:
        """All tables of a database by name."""
        return sorted((t for (db, _), t in self.tables.items() if db == database), key=lambda t: t.name)

    def put(self, table: Table) -> None:
        """Add a table or replace the one of its name."""
        self.tables[(table.database, table.name)] = table

    def drop(self, table: Table) -> None:
        """Remove a table."""
        del self.tables[(table.database, table.name)]

    def rename(self, table: Table, name: str) -> Table:
        """Give a table another name within its database."""
        self.drop(table)
        renamed = replace(table, name=name)
        self.put(renamed)
        return renamed


def resolve_name(parts: list[str], current: str | None) -> tuple[str, str]:
    """Database and table of a one-, two- or three-part name."""
    if len(parts) == 1:
        if not current:
            raise no_database_selected()
        return current, parts[0]
    if len(parts) == 2:
        return parts[0], parts[1]
    if len(parts) == 3:
        check_catalog(parts[0])
        return parts[1], parts[2]
    raise StarRocksError(f"Getting analyzing error. Detail message: Invalid table name {'.'.join(parts)}.")


def resolve_database(parts: list[str]) -> str:
    """The database of a one- or two-part name."""
    if len(parts) == 2:
        check_catalog(parts[0])
        return parts[1]
    if len(parts) == 1:
        return parts[0]
    raise StarRocksError(f"Getting analyzing error. Detail message: Invalid database name {'.'.join(parts)}.")


def check_catalog(name: str) -> None:
    """Only the internal catalog exists here."""
    if name != INTERNAL_CATALOG:
        raise StarRocksError(f"Unknown catalog '{name}'", ErrorKind.UNKNOWN_CATALOG)
