"""COM_FIELD_LIST: the columns of a table, as the mysql and mariadb clients ask for them to complete names.

Beside it the refusal of the commands that StarRocks does not know either, such as COM_STMT_FETCH.
"""

from __future__ import annotations

from typing import Any

from mysql_mimic.types import Commands

from retail_platform.starrocks.embedded.errors import ErrorKind, StarRocksError
from retail_platform.starrocks.embedded.protocol.encoding import definition
from retail_platform.starrocks.embedded.results import ResultColumn


def unsupported(command: int) -> StarRocksError:
    """The refusal of a command, by its name if it has one."""
    name = Commands(command).name if command in Commands.__members__.values() else command
    return StarRocksError(f"Unsupported command({name})", ErrorKind.PROTOCOL)


class FieldListCommand:
    """A mixin of the connection."""

    async def _field_list(self: Any, data: bytes) -> None:
        """Table name, zero byte, pattern (which StarRocks does not look at): one definition per column, then EOF."""
        name = data.partition(b"\x00")[0].decode(errors="replace")
        if not name:
            raise StarRocksError("Empty tableName", ErrorKind.PROTOCOL)
        database = self.starrocks.current_database()
        table = self.starrocks.engine.catalog.table(database, name)
        for column in table.columns:
            packet = definition(ResultColumn(column.name, column.type), listed=True, default=column.default)
            await self.stream.write(packet, drain=False)
        await self.stream.write(self._end_of_rows(more=False))
