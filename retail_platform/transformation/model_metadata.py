"""What a model's materialization says beyond what dbt tells: rows, the SQL that was built, and column lineage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from sqlglot.errors import SqlglotError

from retail_platform.settings import retail_settings, starrocks_settings
from retail_platform.starrocks.connection import WarehouseError, connect
from retail_platform.starrocks.metadata import count_rows
from retail_platform.transformation.column_lineage import ColumnLineage


class ModelMetadata:
    """Adds to events of one dbt invocation. What can't be found out is a warning in the run's log, and no failure."""

    def __init__(
        self, context: dg.AssetExecutionContext, manifest: Mapping[str, Any], target: Path, lineage: ColumnLineage
    ) -> None:
        """For the models of a run.

        Args:
            context: The run's.
            manifest: dbt's.
            target: Where this invocation of dbt writes compiled SQL.
            lineage: Of the models of the manifest.
        """
        self._log = context.log
        self._manifest = manifest
        self._target = target
        self._lineage = lineage

    def complete(self, event: Any) -> Any:  # noqa: ANN401 - whatever dagster-dbt yields
        """The same event; one that says a model was built, with more metadata."""
        unique_id = event.metadata.get("unique_id") if isinstance(event, dg.Output) else None
        if unique_id is None:
            return event
        node = self._manifest["nodes"][str(unique_id.value)]
        return event.with_metadata({**event.metadata, **self._rows(node), **self._columns_and_sql(node)})

    def _rows(self, node: Mapping[str, Any]) -> dict[str, int]:
        """Rows the table has now. Views are not counted: that reads all of them."""
        if node["config"]["materialized"] == "view":
            return {}
        # The layer behind the prefix of this process: the manifest may have been parsed under another one.
        database = retail_settings().db_prefix + node["config"]["schema"]
        try:
            with connect(starrocks_settings()) as connection:
                return {"dagster/row_count": count_rows(connection, database, node["alias"])}
        except WarehouseError as error:
            self._log.warning(f"{database}.{node['alias']} is built; its rows could not be counted: {error}")
            return {}

    def _columns_and_sql(self, node: Mapping[str, Any]) -> dict[str, Any]:
        file = self._target / "compiled" / node["package_name"] / node["original_file_path"]
        try:
            sql = file.read_text()
        except OSError as error:
            self._log.warning(f"{node['name']} is built; its compiled SQL can't be read: {error}")
            return {}
        told = {"compiled_sql": dg.MetadataValue.md(f"```sql\n{sql.strip()}\n```")}
        try:
            return {**told, "dagster/column_lineage": self._lineage.of(node["unique_id"], sql)}
        except (SqlglotError, OSError) as error:
            self._log.warning(f"{node['name']} is built; its column lineage is unknown: {error}")
            return told
