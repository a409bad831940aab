"""StarRocks' column types: how each is written, stored in DuckDB and announced over the MySQL protocol.

One frozen value per type; parsing from SQL text lives in :mod:`type_parser`, conversion of values in
:mod:`conversion`.
"""

from __future__ import annotations

from dataclasses import dataclass

from mysql_mimic.types import ColumnType

MAX_VARCHAR = 1048576
STRING_LENGTH = 65533

INTEGERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "LARGEINT")
FLOATS = ("FLOAT", "DOUBLE")
NESTED = ("ARRAY", "MAP", "STRUCT")
NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "LARGEINT", "FLOAT", "DOUBLE", "DECIMAL")
STRINGS = ("CHAR", "VARCHAR")

_DUCKDB = {
    "BOOLEAN": "BOOLEAN",
    "TINYINT": "TINYINT",
    "SMALLINT": "SMALLINT",
    "INT": "INTEGER",
    "BIGINT": "BIGINT",
    "LARGEINT": "HUGEINT",
    "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE",
    "DATE": "DATE",
    "DATETIME": "TIMESTAMP",
    "TIME": "TIME",
    "CHAR": "VARCHAR",
    "VARCHAR": "VARCHAR",
    "JSON": "JSON",
    "VARBINARY": "BLOB",
    "NULL_TYPE": "VARCHAR",
    "BITMAP": "UBIGINT[]",
    "HLL": "UHUGEINT[]",
}
SKETCHES = ("BITMAP", "HLL")  # values that queries compute with; clients see NULL, tables cannot store them here

_MYSQL = {
    "BOOLEAN": ColumnType.TINY,
    "TINYINT": ColumnType.TINY,
    "SMALLINT": ColumnType.SHORT,
    "INT": ColumnType.LONG,
    "BIGINT": ColumnType.LONGLONG,
    "LARGEINT": ColumnType.STRING,
    "FLOAT": ColumnType.FLOAT,
    "DOUBLE": ColumnType.DOUBLE,
    "DECIMAL": ColumnType.NEWDECIMAL,
    "DATE": ColumnType.DATE,
    "DATETIME": ColumnType.DATETIME,
    "TIME": ColumnType.TIME,
    "CHAR": ColumnType.STRING,
    "VARCHAR": ColumnType.VAR_STRING,
    "JSON": ColumnType.JSON,
    "VARBINARY": ColumnType.BLOB,
    "ARRAY": ColumnType.VAR_STRING,
    "MAP": ColumnType.VAR_STRING,
    "STRUCT": ColumnType.VAR_STRING,
    "NULL_TYPE": ColumnType.NULL,
    "BITMAP": ColumnType.STRING,
    "HLL": ColumnType.STRING,
}


@dataclass(frozen=True)
class StarRocksType:
    """One column type with its parameters."""

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    children: tuple[StarRocksType, ...] = ()
    fields: tuple[str, ...] = ()

    def sql(self) -> str:
        """The type as DESC and SHOW CREATE TABLE print it."""
        name = self.name.lower()
        if self.name in STRINGS or (self.name == "VARBINARY" and self.length):
            return f"{name}({self.length})"
        if self.name == "DECIMAL":
            return f"decimal({self.precision}, {self.scale})"
        if self.name == "STRUCT":
            inner = ", ".join(f"{n} {t.sql()}" for n, t in zip(self.fields, self.children, strict=True))
            return f"struct<{inner}>"
        if self.children:
            return f"{name}<{', '.join(t.sql() for t in self.children)}>"
        if self.name == "INT":
            return "int"
        return {"NULL_TYPE": "varchar(1)"}.get(self.name, name)

    def column_type(self) -> str:
        """The type as information_schema.columns.COLUMN_TYPE prints it."""
        return {"BOOLEAN": "tinyint(1)"}.get(self.name, self.sql())

    def data_type(self) -> str:
        """The bare type name of information_schema.columns.DATA_TYPE."""
        return {"BOOLEAN": "tinyint", "LARGEINT": "bigint unsigned", "NULL_TYPE": "varchar"}.get(
            self.name, self.name.lower()
        )

    def duckdb(self) -> str:
        """The DuckDB type that stores the values."""
        if self.name == "DECIMAL":
            return f"DECIMAL({self.precision},{self.scale})"
        if self.name == "ARRAY":
            return f"{self.children[0].duckdb()}[]"
        if self.name == "MAP":
            return f"MAP({self.children[0].duckdb()}, {self.children[1].duckdb()})"
        if self.name == "STRUCT":
            inner = ", ".join(f'"{n}" {t.duckdb()}' for n, t in zip(self.fields, self.children, strict=True))
            return f"STRUCT({inner})"
        return _DUCKDB[self.name]

    def mysql(self) -> ColumnType:
        """The type code in a MySQL column definition."""
        return _MYSQL[self.name]

    @property
    def is_string(self) -> bool:
        """CHAR, VARCHAR or STRING."""
        return self.name in STRINGS

    @property
    def is_number(self) -> bool:
        """A number, BOOLEAN aside."""
        return self.name in NUMBERS

    @property
    def is_nested(self) -> bool:
        """ARRAY, MAP or STRUCT."""
        return self.name in NESTED


STRING = StarRocksType("VARCHAR", length=STRING_LENGTH)
DATETIME = StarRocksType("DATETIME")

_FROM_DUCKDB = {
    "BOOLEAN": StarRocksType("BOOLEAN"),
    "TINYINT": StarRocksType("TINYINT"),
    "UTINYINT": StarRocksType("SMALLINT"),
    "SMALLINT": StarRocksType("SMALLINT"),
    "USMALLINT": StarRocksType("INT"),
    "INTEGER": StarRocksType("INT"),
    "UINTEGER": StarRocksType("BIGINT"),
    "BIGINT": StarRocksType("BIGINT"),
    "UBIGINT": StarRocksType("LARGEINT"),
    "HUGEINT": StarRocksType("LARGEINT"),
    "UHUGEINT": StarRocksType("LARGEINT"),
    "FLOAT": StarRocksType("FLOAT"),
    "DOUBLE": StarRocksType("DOUBLE"),
    "DATE": StarRocksType("DATE"),
    "TIMESTAMP": DATETIME,
    "TIMESTAMP_S": DATETIME,
    "TIMESTAMP_MS": DATETIME,
    "TIMESTAMP_NS": DATETIME,
    "TIMESTAMP WITH TIME ZONE": DATETIME,
    "TIME": StarRocksType("TIME"),
    "VARCHAR": STRING,
    "UBIGINT[]": StarRocksType("BITMAP"),  # see functions/sketches.sql
    "UHUGEINT[]": StarRocksType("HLL"),
    "JSON": StarRocksType("JSON"),
    "BLOB": StarRocksType("VARBINARY"),
    "BIT": STRING,
    "UUID": STRING,
    "INTERVAL": STRING,
    '"NULL"': StarRocksType("NULL_TYPE"),
    "INTEGER_LITERAL": StarRocksType("INT"),
    "STRING_LITERAL": STRING,
}


def from_duckdb(kind: object) -> StarRocksType:
    """The StarRocks type of a DuckDB result column (a DuckDBPyType or its text)."""
    text = str(kind)
    known = _FROM_DUCKDB.get(text)
    if known is not None:
        return known
    if text.startswith("DECIMAL("):
        precision, scale = text[8:-1].split(",")
        return StarRocksType("DECIMAL", precision=int(precision), scale=int(scale))
    if text.endswith("]"):
        return StarRocksType("ARRAY", children=(from_duckdb(text[: text.rindex("[")]),))
    if text.startswith(("MAP(", "STRUCT(")):
        return _from_nested(text)
    return STRING


def _from_nested(text: str) -> StarRocksType:
    head, inner = text.split("(", 1)
    parts = _split_top_level(inner[:-1])
    if head == "MAP":
        return StarRocksType("MAP", children=tuple(from_duckdb(part) for part in parts))
    names, children = [], []
    for part in parts:
        if part.startswith('"'):
            name, _, rest = part[1:].partition('"')
        else:
            name, _, rest = part.partition(" ")
        names.append(name)
        children.append(from_duckdb(rest.strip()))
    return StarRocksType("STRUCT", children=tuple(children), fields=tuple(names))


def _split_top_level(text: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for char in text:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += char
    return [*parts, current.strip()]
