"""Translations that are still true: dashboards and dbt send the same statements again and again.

The key is what the client wrote, token by token, with the session's part in the meaning. An entry holds as long as
every table and view that it names is what it was, and no database has come or gone; rows and partitions may change.
What depends on the time, on a variable or on the connection is never kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from sqlglot.tokenizer_core import Token

from retail_platform.starrocks.embedded.catalog import Catalog
from retail_platform.starrocks.embedded.model import Table
from retail_platform.starrocks.embedded.rewrites.context import Context

KEPT = 512
LONGEST = 20_000  # tokens: longer statements are inserts of data, which do not come back

Name = tuple[str, str]
Key = Hashable


@dataclass(frozen=True)
class Translation:
    """A translated query and what it was made from."""

    sql: str
    databases: frozenset[str]
    tables: tuple[tuple[Name, Hashable], ...]


class TranslationCache:
    """The most recently used translations of one server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Translation] = OrderedDict()

    def find(self, key: Key, catalog: Catalog) -> Translation | None:
        """A translation that holds for this state of the catalogue."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
        if found.databases != catalog.databases.keys():
            return None
        valid = all(_identity(catalog.tables.get(name)) == identity for name, identity in found.tables)
        return found if valid else None

    def keep(self, key: Key, sql: str, tables: Iterable[Name], catalog: Catalog) -> None:
        """Remember a translation; the one used longest ago makes place."""
        named = tuple((name, _identity(catalog.tables.get(name))) for name in tables)
        with self._lock:
            self._kept[key] = Translation(sql, frozenset(catalog.databases), named)
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def key_of(tokens: Sequence[Token], context: Context) -> Key | None:
    """The key of a statement; None when it is too long to be kept."""
    if len(tokens) > LONGEST:
        return None
    return (
        tuple((token.token_type, token.text) for token in tokens),
        context.database,
        context.user,
        context.time_zone,
    )


def _identity(table: Table | None) -> Hashable:
    if table is None:
        return None
    return table.id, table.kind, table.storage, table.columns, table.definition, table.definition_database
