"""Session variables: the names StarRocks knows, their defaults, and SET's refusals.

Most variables steer an optimizer that does not exist here; they are remembered and shown. The ones that change what
this server does are read by name where they matter: time_zone, query_timeout, dynamic_overwrite, sql_mode, autocommit.
"""

from __future__ import annotations

import difflib
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from retail_platform.starrocks.embedded.errors import ErrorKind, StarRocksError

DEFAULTS: dict[str, str | int | bool | None] = {
    "activate_all_roles_on_login": False,
    "auto_increment_increment": 1,
    "autocommit": True,
    "big_query_profile_threshold": "0s",
    "catalog": "default_catalog",
    "cbo_cte_reuse": True,
    "character_set_client": "utf8",
    "character_set_connection": "utf8",
    "character_set_database": "utf8",
    "character_set_results": "utf8",
    "character_set_server": "utf8",
    "collation_connection": "utf8_general_ci",
    "collation_database": "utf8_general_ci",
    "collation_server": "utf8_general_ci",
    "connector_io_tasks_per_scan_operator": 16,
    "default_rowset_type": "beta",
    "default_table_compression": "lz4_frame",
    "disable_streaming_preaggregations": False,
    "div_precision_increment": 4,
    "dynamic_overwrite": False,
    "enable_adaptive_sink_dop": True,
    "enable_insert_strict": True,
    "enable_materialized_view_rewrite": True,
    "enable_pipeline_engine": True,
    "enable_profile": False,
    "enable_query_cache": False,
    "enable_spill": False,
    "event_scheduler": "OFF",
    "exec_mem_limit": 2147483648,
    "group_concat_max_len": 1024,
    "init_connect": "",
    "insert_max_filter_ratio": "0",
    "insert_timeout": 14400,
    "interactive_timeout": 3600,
    "license": "Apache License 2.0",
    "lower_case_table_names": 0,
    "max_allowed_packet": 33554432,
    "max_execution_time": 0,
    "net_buffer_length": 16384,
    "net_read_timeout": 60,
    "net_write_timeout": 60,
    "new_planner_optimize_timeout": 3000,
    "parallel_fragment_exec_instance_num": 1,
    "performance_schema": False,
    "pipeline_dop": 0,
    "query_cache_size": 1048576,
    "query_cache_type": 0,
    "query_mem_limit": 0,
    "query_timeout": 300,
    "resource_group": "",
    "session_track_schema": True,
    "spill_mode": "auto",
    "sql_auto_is_null": False,
    "sql_dialect": "StarRocks",
    "sql_mode": "ONLY_FULL_GROUP_BY",
    "sql_notes": True,
    "sql_quote_show_create": True,
    "sql_safe_updates": 0,
    "sql_select_limit": 9223372036854775807,
    "storage_engine": "olap",
    "streaming_preaggregation_mode": "auto",
    "system_time_zone": "UTC",
    "time_zone": "UTC",
    "transaction_isolation": "READ-COMMITTED",
    "transaction_read_only": False,
    "tx_isolation": "READ-COMMITTED",
    "tx_read_only": False,
    "unique_checks": True,
    "foreign_key_checks": True,
    "version": "",
    "version_comment": "",
    "wait_timeout": 28800,
}
READ_ONLY = {"version", "version_comment", "system_time_zone", "license", "lower_case_table_names"}
_OFFSET = re.compile(r"^([+-])(\d{1,2}):(\d{2})$")


class Variables:
    """One session's variables."""

    def __init__(self, version: str) -> None:
        self._values: dict[str, str | int | bool | None] = {}
        self._fixed = {"version": version, "version_comment": "StarRocks version (embedded)"}

    def get(self, name: str) -> str | int | bool | None:
        """The value of a variable; refuses unknown names."""
        name = name.lower()
        if name in self._fixed:
            return self._fixed[name]
        if name in self._values:
            return self._values[name]
        return DEFAULTS[_known(name)]

    def set(self, name: str, value: object) -> None:
        """Set a variable, in the type of its default. None restores the default."""
        name = _known(name.lower())
        if name in READ_ONLY:
            raise StarRocksError(f"Variable '{name}' is a read only variable")
        if value is None:
            self._values.pop(name, None)
            return
        default = DEFAULTS[name]
        text = str(value).strip()
        if isinstance(default, bool):
            self._values[name] = _boolean(name, text)
        elif isinstance(default, int):
            if not re.fullmatch(r"-?\d+", text):
                raise StarRocksError(f"Incorrect argument type to variable '{name}'")
            self._values[name] = int(text)
        else:
            if name == "time_zone":
                zone(text)
            self._values[name] = text

    def truth(self, name: str) -> bool:
        """A boolean variable."""
        return bool(self.get(name))

    def number(self, name: str) -> int:
        """An integer variable."""
        return int(str(self.get(name)))

    def shown(self) -> list[tuple[str, str]]:
        """All variables as SHOW VARIABLES prints them."""
        return [(name, _printed(self.get(name))) for name in sorted(DEFAULTS)]

    def snapshot(self) -> dict[str, str | int | bool | None]:
        """The values that differ from the defaults."""
        return dict(self._values)

    def restore(self, values: dict[str, str | int | bool | None]) -> None:
        """Go back to a snapshot."""
        self._values = dict(values)


def zone(text: str) -> str:
    """A time zone name that the system knows; '+08:00' becomes one."""
    aliases = {"SYSTEM": "UTC", "CST": "Asia/Shanghai", "PRC": "Asia/Shanghai"}
    name = aliases.get(text.upper(), text)
    offset = _OFFSET.match(name)
    if offset:
        if offset.group(3) != "00" or int(offset.group(2)) > 14:
            raise StarRocksError(f"Unknown or incorrect time zone: '{text}'")
        sign = "-" if offset.group(1) == "+" else "+"  # the tz database counts west of Greenwich as positive
        hours = int(offset.group(2))
        return f"Etc/GMT{sign}{hours}" if hours else "UTC"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise StarRocksError(f"Unknown or incorrect time zone: '{text}'") from error
    return name


def _known(name: str) -> str:
    if name not in DEFAULTS:
        near = ", ".join(f"'{match}'" for match in difflib.get_close_matches(name, DEFAULTS, 3, 0.1))
        raise StarRocksError(
            f"Unknown system variable '{name}', the most similar variables are {{{near}}}", ErrorKind.UNKNOWN_VARIABLE
        )
    return name


def _boolean(name: str, text: str) -> bool:
    lowered = text.lower()
    if lowered in ("true", "on", "1"):
        return True
    if lowered in ("false", "off", "0"):
        return False
    raise StarRocksError(f"Incorrect argument type to variable '{name}'")


def _printed(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
