"""What StarRocks accepts as a table: key rules, type rules, distribution and replication defaults.

Pure functions from a :class:`ddl_parser.TableDraft` to the pieces of a table, or StarRocks' refusal.
"""

from __future__ import annotations

from dataclasses import replace

from retail_platform.starrocks.embedded.ddl_parser import TableDraft
from retail_platform.starrocks.embedded.errors import AnalysisError, StarRocksError, Unsupported
from retail_platform.starrocks.embedded.model import Column

PRIMARY_KEY_TYPES = ("BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "LARGEINT", "VARCHAR", "DATE", "DATETIME")
NOT_KEY_TYPES = ("FLOAT", "DOUBLE", "JSON", "ARRAY", "MAP", "STRUCT")
MAX_KEY_BYTES = 128
_KEY_BYTES = {
    "BOOLEAN": 1,
    "TINYINT": 1,
    "SMALLINT": 2,
    "INT": 4,
    "BIGINT": 8,
    "LARGEINT": 16,
    "DATE": 4,
    "DATETIME": 8,
}
_RESERVED_PREFIXES = ("__op", "__row")


def settle(draft: TableDraft, explicit_nulls: set[str] | None = None) -> TableDraft:
    """Apply all rules and fill in the defaults; `explicit_nulls` names columns declared NULL."""
    if draft.engine != "OLAP":
        raise Unsupported(f"ENGINE={draft.engine}")
    _check_columns(draft.columns)
    draft = _settle_model(draft)
    _check_keys(draft)
    if draft.model == "PRIMARY":
        draft = _settle_primary(draft, explicit_nulls or set())
    _check_aggregates(draft)
    draft = _settle_distribution(draft)
    _check_partition(draft)
    for name in draft.order_by:
        _known(draft, name)
    return draft


def check_replication(draft: TableDraft, table: str, default: int, backends: int = 1) -> None:
    """Refuse more replicas than there are backends, as a one-node cluster does."""
    wanted = draft.properties.get("replication_num")
    if wanted is not None and not wanted.isdigit():
        raise AnalysisError(f"Invalid replication_num: {wanted}")
    number = int(wanted) if wanted is not None else default
    if number <= 0:
        raise AnalysisError("Replication num should larger than 0. (suggested 3)")
    if number > backends:
        raise StarRocksError(
            "Unexpected exception: Table replication num should be less than or equal to the number of available BE"
            " nodes. You can change this default by setting the replication_num table properties. Current alive"
            f" backend is [10001]. , table={table}, default_replication_num={default}"
        )


def _check_columns(columns: list[Column]) -> None:
    seen: set[str] = set()
    for column in columns:
        lowered = column.name.lower()
        if lowered in seen:
            raise AnalysisError(f"Duplicate column name '{column.name}'")
        seen.add(lowered)
        if lowered.startswith(_RESERVED_PREFIXES):
            raise AnalysisError(f"Column name [{column.name}] is a system reserved name. Please choose a different one")
        if len(column.name) > 1024:
            raise AnalysisError(f"Incorrect column name '{column.name}'")
        if column.type.name == "TIME":
            raise AnalysisError("Unsupported data type: TIME")
    increments = [column for column in columns if column.auto_increment]
    if len(increments) > 1:
        raise AnalysisError("More than one AUTO_INCREMENT column defined in CREATE TABLE Statement")
    if any(column.type.name != "BIGINT" for column in increments):
        raise AnalysisError("The AUTO_INCREMENT column must be BIGINT")


def _known(draft: TableDraft, name: str) -> Column:
    for column in draft.columns:
        if column.name.lower() == name.lower():
            return column
    raise AnalysisError(f"Key column({name}) doesn't exist")


def _settle_model(draft: TableDraft) -> TableDraft:
    if draft.model is not None:
        return draft
    if any(column.aggregate for column in draft.columns):
        keys = [column.name for column in draft.columns if not column.aggregate]
        return replace(draft, model="AGGREGATE", keys=keys)
    first = draft.columns[0]
    if first.type.name in NOT_KEY_TYPES:
        raise AnalysisError(f"Data type of first column cannot be {first.type.name}")
    keys, width = [], 0
    for column in draft.columns[:3]:
        if column.type.name in NOT_KEY_TYPES or column.generated:
            break
        width += column.type.length or _KEY_BYTES.get(column.type.name, 16)
        if width > 36 and keys:
            break
        keys.append(column.name)
        if column.type.name == "VARCHAR" or width > 36:
            break
    return replace(draft, model="DUPLICATE", keys=keys)


def _check_keys(draft: TableDraft) -> None:
    for name in draft.keys:
        _known(draft, name)
    names = [column.name.lower() for column in draft.columns[: len(draft.keys)]]
    if names != [key.lower() for key in draft.keys]:
        raise AnalysisError("Key columns should be a ordered prefix of the schema.")
    for column in draft.columns[: len(draft.keys)]:
        kind = column.type.name
        if draft.model == "PRIMARY":
            if kind not in PRIMARY_KEY_TYPES:
                raise AnalysisError(f"primary key column[{column.name}] type not supported: {column.type.sql()}")
        elif kind in NOT_KEY_TYPES:
            raise AnalysisError(f"Invalid data type of key column '{column.name}': '{column.type.sql().upper()}'")
        if column.aggregate:
            raise AnalysisError(f"Key column[{column.name}] should not have aggregate type")


def _settle_primary(draft: TableDraft, explicit_nulls: set[str]) -> TableDraft:
    keys = {key.lower() for key in draft.keys}
    for key in draft.keys:
        if key.lower() in explicit_nulls:
            raise AnalysisError(f"primary key column[{key}] cannot be nullable")
    fixed = sum(_KEY_BYTES.get(c.type.name, 0) for c in draft.columns if c.name.lower() in keys)
    if fixed > MAX_KEY_BYTES:
        raise AnalysisError(f"primary key too long, maximum {MAX_KEY_BYTES} bytes")
    columns = [replace(c, nullable=False) if c.name.lower() in keys else c for c in draft.columns]
    return replace(draft, columns=columns)


def _check_aggregates(draft: TableDraft) -> None:
    values = draft.columns[len(draft.keys) :]
    if draft.model != "AGGREGATE":
        for column in values:
            if column.aggregate:
                raise AnalysisError(
                    f"Invalid aggregate type for column {column.name}: only AGGREGATE KEY tables aggregate"
                )
        return
    for column in values:
        if not column.aggregate:
            raise AnalysisError(
                f"Aggregate function is not specified for value column[{column.name}] of an AGGREGATE KEY table"
            )
        if column.aggregate == "SUM" and column.type.name not in (
            "TINYINT",
            "SMALLINT",
            "INT",
            "BIGINT",
            "LARGEINT",
            "FLOAT",
            "DOUBLE",
            "DECIMAL",
        ):
            raise AnalysisError(f"Invalid aggregate function 'SUM' for '{column.name}'")


def _settle_distribution(draft: TableDraft) -> TableDraft:
    keys = {key.lower() for key in draft.keys}
    if draft.distribution is None:
        if draft.model == "PRIMARY":
            return replace(draft, distribution="HASH", distribution_columns=list(draft.keys))
        if draft.model == "DUPLICATE":
            return replace(draft, distribution="RANDOM")
        raise AnalysisError(
            f"Currently not support default distribution in {draft.model}_KEYS".replace("AGGREGATE", "AGG")
        )
    if draft.distribution == "RANDOM":
        replaces = any((c.aggregate or "").startswith("REPLACE") for c in draft.columns)
        if draft.model in ("PRIMARY", "UNIQUE") or (draft.model == "AGGREGATE" and replaces):
            raise AnalysisError(f"{draft.model} KEY table with RANDOM distribution is not allowed")
    if draft.buckets == 0:
        raise AnalysisError("Number of hash distribution is zero")
    for name in draft.distribution_columns:
        column = _known_distribution(draft, name)
        if column.type.name in NOT_KEY_TYPES:
            raise AnalysisError(f"{column.type.name} column can not be distribution column: {name}")
        if draft.model == "PRIMARY" and name.lower() not in keys:
            raise AnalysisError("The distribution column must be part of the primary key")
        if draft.model in ("UNIQUE", "AGGREGATE") and name.lower() not in keys:
            raise AnalysisError(f"Distribution column[{name}] is not key column")
    return draft


def _known_distribution(draft: TableDraft, name: str) -> Column:
    for column in draft.columns:
        if column.name.lower() == name.lower():
            return column
    raise AnalysisError(f"Distribution column({name}) doesn't exist")


def _check_partition(draft: TableDraft) -> None:
    if draft.partition is None:
        return
    keys = {key.lower() for key in draft.keys}
    for key in draft.partition.spec.keys:
        found = [c for c in draft.columns if c.name.lower() == key.column.lower()]
        if not found:
            raise AnalysisError(f"Partition column[{key.column}] does not exist in column list")
        kind = found[0].type.name
        if kind in (*NOT_KEY_TYPES, "DECIMAL"):
            raise AnalysisError(f"Invalid partition column [{key.column}]: {found[0].type.sql()}")
        if draft.model != "DUPLICATE" and key.column.lower() not in keys:
            raise AnalysisError(
                f"The partition column {key.column} must be a key column: it should be part of the primary key"
                if draft.model == "PRIMARY"
                else f"The partition column {key.column} must be a key column"
            )
        if key.function and kind not in ("DATE", "DATETIME"):
            raise AnalysisError(f"Unsupported partition expression: {key.function}() on a {found[0].type.sql()} column")
        if key.function and key.unit == "hour" and kind == "DATE":
            raise AnalysisError("Partition granularity hour is not allowed on a DATE column")
    spec = draft.partition.spec
    if spec.kind == "range" and spec.keys[0].function is None and len(spec.keys) == 1:
        kind = _known(draft, spec.keys[0].column).type.name
        if kind not in ("DATE", "DATETIME", "TINYINT", "SMALLINT", "INT", "BIGINT", "LARGEINT"):
            raise AnalysisError(f"Column[{spec.keys[0].column}] type[{kind}] cannot be a range partition key")
