"""SHOW CREATE TABLE and SHOW CREATE VIEW: StarRocks' layout of a definition."""

from __future__ import annotations

from retail_platform.starrocks.embedded.model import Column, Partition, Table


def view(table: Table) -> str:
    """CREATE VIEW."""
    columns = ", ".join(f"`{c.name}`" + (f' COMMENT "{c.comment}"' if c.comment else "") for c in table.columns)
    comment = f'\nCOMMENT "{table.comment}"' if table.comment else ""
    return f"CREATE VIEW `{table.name}` ({columns}){comment} AS {table.shown_definition};"


def table(table: Table) -> str:
    """CREATE TABLE or CREATE MATERIALIZED VIEW."""
    if table.kind == "mv":
        return _materialized(table)
    columns = ",\n".join(f"  {_column(column)}" for column in table.columns)
    keys = ", ".join(f"`{key}`" for key in table.keys)
    lines = [f"CREATE TABLE `{table.name}` (", columns, ") ENGINE=OLAP ", f"{table.model} KEY({keys})"]
    if table.comment:
        lines.append(f'COMMENT "{table.comment}"')
    if table.partition is not None:
        lines += _partition(table)
    lines.append(_distribution(table))
    if table.order_by:
        lines.append(f"ORDER BY({', '.join(f'`{name}`' for name in table.order_by)})")
    properties = ",\n".join(f'"{key}" = "{value}"' for key, value in table.properties)
    lines += ["PROPERTIES (", properties, ");"]
    return "\n".join(lines)


def _column(column: Column) -> str:
    parts = [f"`{column.name}`", column.type.sql()]
    if column.aggregate:
        parts.append(column.aggregate)
    parts.append("NULL" if column.nullable else "NOT NULL")
    if column.auto_increment:
        parts.append("AUTO_INCREMENT")
    if column.default_kind == "function":
        parts.append(f"DEFAULT {column.default if column.default == 'CURRENT_TIMESTAMP' else f'({column.default})'}")
    elif column.default is not None:
        parts.append(f'DEFAULT "{column.default}"')
    if column.generated:
        parts.append(f"AS {column.generated}")
    parts.append(f'COMMENT "{column.comment}"')
    return " ".join(parts)


def _partition(table: Table) -> list[str]:
    if table.partition is None:
        return []
    if table.partition.kind == "expr":
        return [f"PARTITION BY {table.partition.text}"]
    inner = ",\n".join(_declared(part) for part in table.partitions.values())
    keys = ", ".join(f"`{name}`" for name in table.partition.columns)
    return [f"PARTITION BY {table.partition.kind.upper()}({keys})", f"({inner})"]


def _declared(part: Partition) -> str:
    if part.values:
        inner = ", ".join("(" + ", ".join(f"'{v}'" for v in item) + ")" for item in part.values)
        return f"PARTITION {part.name} VALUES IN ({inner})"
    if part.upper is None:
        return f"PARTITION {part.name} VALUES LESS THAN (MAXVALUE)"
    if part.lower is None:
        return f'PARTITION {part.name} VALUES LESS THAN ("{part.upper}")'
    return f'PARTITION {part.name} VALUES [("{part.lower}"), ("{part.upper}"))'


def _distribution(table: Table) -> str:
    buckets = f" BUCKETS {table.buckets} " if table.buckets else ""
    if table.distribution == "RANDOM":
        return f"DISTRIBUTED BY RANDOM{buckets}"
    return f"DISTRIBUTED BY HASH({', '.join(f'`{name}`' for name in table.distribution_columns)}){buckets}"


def _materialized(table: Table) -> str:
    columns = ", ".join(f"`{column.name}`" for column in table.columns)
    lines = [f"CREATE MATERIALIZED VIEW `{table.name}` ({columns})"]
    if table.partition is not None:
        lines.append(f"PARTITION BY {table.partition.text}")
    lines += [_distribution(table), f"REFRESH {table.refresh}", "PROPERTIES ("]
    lines += [",\n".join(f'"{key}" = "{value}"' for key, value in table.properties), f")\nAS {table.shown_definition};"]
    return "\n".join(lines)
