# ruff: noqa: E501 - the views read better as one column per line than wrapped
"""information_schema as views over the private catalogue tables, with StarRocks' columns in StarRocks' order.

Views live in the DuckDB schema `info`. Because they read the catalogue's own tables, a query sees the same transaction
that its data comes from, and joins, filters and aggregates on them are ordinary SQL.
"""

from __future__ import annotations

import duckdb

from retail_platform.starrocks.embedded.errors import unknown_table

_UPDATED = "(SELECT max(p.visible_version_time) FROM meta.partitions p WHERE p.table_id = t.id)"
_STALE_ROWS = "coalesce((SELECT s.row_count FROM meta.stale_rows s WHERE s.id = p.id), 0)"
_ROWS = "(SELECT CAST(sum(p.row_count) AS BIGINT) FROM meta.partitions p WHERE p.table_id = t.id)"
_SYSTEM_TABLES = ("tables", "columns", "views", "schemata", "partitions_meta", "tables_config", "materialized_views")

VIEWS: dict[str, str] = {
    "schemata": """
        SELECT 'def' AS CATALOG_NAME, name AS SCHEMA_NAME, 'utf8' AS DEFAULT_CHARACTER_SET_NAME,
          'utf8_general_ci' AS DEFAULT_COLLATION_NAME, CAST(NULL AS VARCHAR) AS SQL_PATH
        FROM (SELECT name FROM meta.databases UNION ALL SELECT 'information_schema')""",
    "tables": f"""
        SELECT 'def' AS TABLE_CATALOG, t.db AS TABLE_SCHEMA, t.name AS TABLE_NAME,
          CASE t.kind WHEN 'table' THEN 'BASE TABLE' ELSE 'VIEW' END AS TABLE_TYPE,
          CASE t.kind WHEN 'view' THEN NULL ELSE 'StarRocks' END AS ENGINE, CAST(NULL AS BIGINT) AS VERSION,
          CAST(NULL AS VARCHAR) AS ROW_FORMAT, CASE t.kind WHEN 'view' THEN NULL ELSE coalesce({_ROWS}, 0) END AS TABLE_ROWS,
          CASE t.kind WHEN 'view' THEN NULL ELSE CAST(0 AS BIGINT) END AS AVG_ROW_LENGTH,
          CASE t.kind WHEN 'view' THEN NULL ELSE CAST(0 AS BIGINT) END AS DATA_LENGTH,
          CAST(NULL AS BIGINT) AS MAX_DATA_LENGTH, CAST(NULL AS BIGINT) AS INDEX_LENGTH, CAST(NULL AS BIGINT) AS DATA_FREE,
          CAST(NULL AS BIGINT) AS AUTO_INCREMENT, CAST(t.created AS TIMESTAMP) AS CREATE_TIME,
          CASE t.kind WHEN 'view' THEN NULL ELSE CAST(coalesce({_UPDATED}, t.created) AS TIMESTAMP) END AS UPDATE_TIME,
          CAST(NULL AS TIMESTAMP) AS CHECK_TIME, 'utf8_general_ci' AS TABLE_COLLATION, CAST(NULL AS BIGINT) AS CHECKSUM,
          CAST(NULL AS VARCHAR) AS CREATE_OPTIONS, t.comment AS TABLE_COMMENT
        FROM meta.tables t
        UNION ALL SELECT 'def', 'information_schema', unnest([{", ".join(f"'{name}'" for name in _SYSTEM_TABLES)}]),
          'SYSTEM VIEW', 'MEMORY', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
          'utf8_general_ci', NULL, NULL, ''""",
    "columns": """
        SELECT 'def' AS TABLE_CATALOG, t.db AS TABLE_SCHEMA, t.name AS TABLE_NAME, c.name AS COLUMN_NAME,
          CAST(c.ordinal AS BIGINT) AS ORDINAL_POSITION, c.default_value AS COLUMN_DEFAULT,
          CASE WHEN c.nullable THEN 'YES' ELSE 'NO' END AS IS_NULLABLE, c.data_type AS DATA_TYPE,
          c.length AS CHARACTER_MAXIMUM_LENGTH, c.length AS CHARACTER_OCTET_LENGTH,
          c.numeric_precision AS NUMERIC_PRECISION, c.numeric_scale AS NUMERIC_SCALE,
          CASE WHEN c.data_type = 'datetime' THEN CAST(6 AS BIGINT) END AS DATETIME_PRECISION,
          CASE WHEN c.length IS NOT NULL THEN 'utf8' END AS CHARACTER_SET_NAME,
          CASE WHEN c.length IS NOT NULL THEN 'utf8_general_ci' END AS COLLATION_NAME, c.column_type AS COLUMN_TYPE,
          c.column_key AS COLUMN_KEY, c.extra AS EXTRA, '' AS PRIVILEGES, c.comment AS COLUMN_COMMENT,
          coalesce(c.length, c.numeric_precision) AS COLUMN_SIZE, c.numeric_scale AS DECIMAL_DIGITS,
          c.generated AS GENERATION_EXPRESSION, CAST(NULL AS BIGINT) AS SRS_ID
        FROM meta.columns c JOIN meta.tables t ON t.id = c.table_id""",
    "views": """
        SELECT 'def' AS TABLE_CATALOG, db AS TABLE_SCHEMA, name AS TABLE_NAME, definition AS VIEW_DEFINITION,
          'NONE' AS CHECK_OPTION, 'NO' AS IS_UPDATABLE, 'root' AS DEFINER, '' AS SECURITY_TYPE,
          'utf8' AS CHARACTER_SET_CLIENT, 'utf8_general_ci' AS COLLATION_CONNECTION
        FROM meta.tables WHERE kind IN ('view', 'mv')""",
    "materialized_views": """
        SELECT id AS MATERIALIZED_VIEW_ID, db AS TABLE_SCHEMA, name AS TABLE_NAME, refresh AS REFRESH_TYPE,
          'true' AS IS_ACTIVE, '' AS INACTIVE_REASON, 'UNPARTITIONED' AS PARTITION_TYPE, CAST(0 AS BIGINT) AS TASK_ID,
          'mv-' || id AS TASK_NAME, CAST(NULL AS TIMESTAMP) AS LAST_REFRESH_START_TIME,
          CAST(NULL AS TIMESTAMP) AS LAST_REFRESH_FINISHED_TIME, CAST(0 AS DOUBLE) AS LAST_REFRESH_DURATION,
          'SUCCESS' AS LAST_REFRESH_STATE, 'false' AS LAST_REFRESH_FORCE_REFRESH,
          '' AS LAST_REFRESH_START_PARTITION, '' AS LAST_REFRESH_END_PARTITION,
          '' AS LAST_REFRESH_BASE_REFRESH_PARTITIONS, '' AS LAST_REFRESH_MV_REFRESH_PARTITIONS,
          '0' AS LAST_REFRESH_ERROR_CODE, '' AS LAST_REFRESH_ERROR_MESSAGE,
          (SELECT CAST(sum(p.row_count) AS BIGINT) FROM meta.partitions p WHERE p.table_id = t.id) AS TABLE_ROWS,
          definition AS MATERIALIZED_VIEW_DEFINITION
        FROM meta.tables t WHERE kind = 'mv'""",
    "partitions_meta": """
        SELECT t.db AS DB_NAME, t.name AS TABLE_NAME, p.name AS PARTITION_NAME, p.id AS PARTITION_ID,
          CAST(0 AS BIGINT) AS COMPACT_VERSION, p.visible_version AS VISIBLE_VERSION,
          CAST(p.visible_version_time AS TIMESTAMP) AS VISIBLE_VERSION_TIME, p.visible_version + 1 AS NEXT_VERSION,
          p.data_version AS DATA_VERSION, CAST(0 AS BIGINT) AS VERSION_EPOCH, 'TXN_NORMAL' AS VERSION_TXN_TYPE,
          t.partition_key AS PARTITION_KEY,
          coalesce('[' || p.lower_bound || ', ' || p.upper_bound || ')', p.list_values, '') AS PARTITION_VALUE,
          t.distribution_key AS DISTRIBUTION_KEY, greatest(t.buckets, 1) AS BUCKETS, CAST(1 AS BIGINT) AS REPLICATION_NUM,
          'HDD' AS STORAGE_MEDIUM, CAST(NULL AS TIMESTAMP) AS COOLDOWN_TIME,
          CAST(NULL AS TIMESTAMP) AS LAST_CONSISTENCY_CHECK_TIME, false AS IS_IN_MEMORY, false AS IS_TEMP,
          '0B' AS DATA_SIZE, p.row_count AS ROW_COUNT, true AS ENABLE_DATACACHE, CAST(0 AS DOUBLE) AS AVG_CS,
          CAST(0 AS DOUBLE) AS P50_CS, CAST(0 AS DOUBLE) AS MAX_CS, '' AS STORAGE_PATH
        FROM meta.partitions p JOIN meta.tables t ON t.id = p.table_id""",
    "tables_config": """
        SELECT db AS TABLE_SCHEMA, name AS TABLE_NAME, CASE kind WHEN 'view' THEN 'VIEW' ELSE 'OLAP' END AS TABLE_ENGINE,
          CASE model WHEN 'DUPLICATE' THEN 'DUP_KEYS' WHEN 'PRIMARY' THEN 'PRIMARY_KEYS' WHEN 'UNIQUE' THEN 'UNIQUE_KEYS'
            ELSE 'AGG_KEYS' END AS TABLE_MODEL,
          primary_key AS PRIMARY_KEY, partition_key AS PARTITION_KEY, distribution_key AS DISTRIBUTE_KEY,
          distribution AS DISTRIBUTE_TYPE, buckets AS DISTRIBUTE_BUCKET, sort_key AS SORT_KEY, properties AS PROPERTIES,
          id AS TABLE_ID
        FROM meta.tables""",
    "be_tablets": """
        SELECT CAST(10001 AS BIGINT) AS BE_ID, t.id AS TABLE_ID, p.id AS PARTITION_ID, p.id AS TABLET_ID,
          CAST(1 AS BIGINT) AS NUM_VERSION, p.visible_version AS MAX_VERSION, p.visible_version AS MIN_VERSION,
          CAST(1 AS BIGINT) AS NUM_ROWSET, p.row_count AS NUM_ROW, CAST(0 AS BIGINT) AS DATA_SIZE,
          CAST(0 AS BIGINT) AS INDEX_MEM, CAST(0 AS BIGINT) AS CREATE_TIME, 'RUNNING' AS STATE,
          CASE t.model WHEN 'DUPLICATE' THEN 'DUP_KEYS' WHEN 'PRIMARY' THEN 'PRIMARY_KEYS' WHEN 'UNIQUE' THEN 'UNIQUE_KEYS'
            ELSE 'AGG_KEYS' END AS TYPE
        FROM meta.partitions p JOIN meta.tables t ON t.id = p.table_id""",
    "loads": """
        SELECT id AS ID, label AS LABEL, '' AS PROFILE_ID, db AS DB_NAME, tables AS TABLE_NAME, user_name AS "USER",
          'default_warehouse' AS WAREHOUSE,
          CASE state WHEN 'VISIBLE' THEN 'FINISHED' WHEN 'ABORTED' THEN 'CANCELLED' ELSE state END AS STATE,
          CASE state WHEN 'VISIBLE' THEN '100%' ELSE '0%' END AS PROGRESS, kind AS TYPE, 'NORMAL' AS PRIORITY,
          scan_rows AS SCAN_ROWS, scan_bytes AS SCAN_BYTES, filtered_rows AS FILTERED_ROWS,
          unselected_rows AS UNSELECTED_ROWS, loaded_rows AS SINK_ROWS, '' AS RUNTIME_DETAILS,
          CAST(created AS TIMESTAMP) AS CREATE_TIME, CAST(created AS TIMESTAMP) AS LOAD_START_TIME,
          CAST(finished AS TIMESTAMP) AS LOAD_COMMIT_TIME, CAST(finished AS TIMESTAMP) AS LOAD_FINISH_TIME,
          '{}' AS PROPERTIES, reason AS ERROR_MSG,
          CASE WHEN tracking_log <> '' THEN 'select tracking_log from information_schema.load_tracking_logs where job_id='
            || id ELSE '' END AS TRACKING_SQL, '' AS REJECTED_RECORD_PATH, id AS JOB_ID, db AS DATABASE_NAME
        FROM meta.transactions""",
    "load_tracking_logs": """
        SELECT id AS JOB_ID, label AS LABEL, db AS DATABASE_NAME, tracking_log AS TRACKING_LOG, kind AS TYPE
        FROM meta.transactions WHERE tracking_log <> ''""",
    "tasks": """
        SELECT name AS TASK_NAME, CAST(created AS TIMESTAMP) AS CREATE_TIME, 'MANUAL' AS SCHEDULE,
          'default_catalog' AS CATALOG, db AS "DATABASE", definition AS DEFINITION, CAST(NULL AS TIMESTAMP) AS EXPIRE_TIME,
          '' AS PROPERTIES, 'root' AS CREATOR
        FROM meta.tasks""",
    "task_runs": """
        SELECT query_id AS QUERY_ID, task_name AS TASK_NAME, CAST(created AS TIMESTAMP) AS CREATE_TIME,
          CAST(finished AS TIMESTAMP) AS FINISH_TIME, state AS STATE, 'default_catalog' AS CATALOG, db AS "DATABASE",
          definition AS DEFINITION, CAST(NULL AS TIMESTAMP) AS EXPIRE_TIME, error_code AS ERROR_CODE,
          error_message AS ERROR_MESSAGE, progress AS PROGRESS, '' AS EXTRA_MESSAGE, '' AS PROPERTIES
        FROM meta.task_runs""",
    "engines": """
        SELECT 'OLAP' AS ENGINE, 'YES' AS SUPPORT, 'Default storage engine of StarRocks' AS COMMENT,
          'NO' AS TRANSACTIONS, 'NO' AS XA, 'NO' AS SAVEPOINTS""",
    "key_column_usage": """
        SELECT 'def' AS CONSTRAINT_CATALOG, '' AS CONSTRAINT_SCHEMA, '' AS CONSTRAINT_NAME, '' AS TABLE_SCHEMA,
          '' AS TABLE_NAME, '' AS COLUMN_NAME WHERE false""",
    "table_constraints": """
        SELECT 'def' AS CONSTRAINT_CATALOG, '' AS CONSTRAINT_SCHEMA, '' AS CONSTRAINT_NAME, '' AS TABLE_SCHEMA,
          '' AS TABLE_NAME, '' AS CONSTRAINT_TYPE WHERE false""",
    "routines": "SELECT '' AS SPECIFIC_NAME, '' AS ROUTINE_SCHEMA, '' AS ROUTINE_NAME WHERE false",
}


def install(connection: duckdb.DuckDBPyConnection, *, stale_rows: bool = False) -> dict[str, frozenset[str]]:
    """(Re)create the views; returns their columns. With stale rows, row counts are those of meta.stale_rows."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS info")
    columns: dict[str, frozenset[str]] = {}
    for name, query in VIEWS.items():
        body = query.replace("p.row_count", _STALE_ROWS) if stale_rows else query
        connection.execute(f"CREATE OR REPLACE VIEW info.{name} AS {body}")
        described = connection.execute(f"SELECT * FROM info.{name} LIMIT 0").description or []
        columns[name] = frozenset(column[0].lower() for column in described)
    return columns


def relation(name: str) -> str:
    """The view behind a table of information_schema."""
    if name.lower() not in VIEWS:
        raise unknown_table("information_schema", name)
    return name.lower()
