"""What a cluster does on its own: background compaction, and row counts that lag behind.

Off unless a test asks for it through the Python API of a server, because none of it happens at a moment of its own here
(facts page, section 5.1).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded import information_schema
from retail_platform.starrocks.embedded.model import Partition

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.engine import Engine


def compact(engine: Engine, database: str, name: str) -> None:
    """Compact a table as shared-data clusters do: VISIBLE_VERSION and its time rise, DATA_VERSION and rows stay."""
    with engine.write() as unit:
        table = unit.catalog.table(database, name)
        partitions = {
            key: replace(part, visible_version=part.visible_version + 1, visible_version_time=unit.now)
            for key, part in table.partitions.items()
        }
        unit.catalog.put(replace(table, partitions=partitions))


class Statistics:
    """Row counts as the catalogue reports them: exact, or as of a moment (StarRocks updates them every 300 s)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stale: dict[int, int] | None = None

    def rows(self, part: Partition) -> int:
        """The reported row count of a partition."""
        return part.row_count if self._stale is None else self._stale.get(part.id, 0)

    def freeze(self) -> None:
        """From now on report what is counted now; partitions that come later count 0 rows."""
        with self._engine.write() as unit:
            unit.execute("DELETE FROM meta.stale_rows")
            unit.execute("INSERT INTO meta.stale_rows SELECT id, row_count FROM meta.partitions")
            information_schema.install(unit.cursor, stale_rows=True)
            parts = [part for table in unit.catalog.tables.values() for part in table.partitions.values()]
            self._stale = {part.id: part.row_count for part in parts}

    def thaw(self) -> None:
        """Report exact row counts again."""
        with self._engine.write() as unit:
            information_schema.install(unit.cursor)
            unit.execute("DELETE FROM meta.stale_rows")
            self._stale = None
