"""CAST: a value that cannot be converted is NULL, never an error; numbers are cut, not rounded, to integers."""

from __future__ import annotations

import re

from sqlglot import exp

from retail_platform.starrocks.embedded.errors import SyntaxRefused, Unsupported
from retail_platform.starrocks.embedded.rewrites.context import Context, call, is_json

_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_MACROS = {
    exp.DType.BOOLEAN: "boolean",
    exp.DType.TINYINT: "tinyint",
    exp.DType.SMALLINT: "smallint",
    exp.DType.INT: "int",
    exp.DType.BIGINT: "bigint",
    exp.DType.UBIGINT: "bigint",
    exp.DType.INT128: "largeint",
    exp.DType.FLOAT: "float",
    exp.DType.DOUBLE: "double",
    exp.DType.DATE: "date",
    exp.DType.DATETIME: "datetime",
    exp.DType.VARCHAR: "varchar",
    exp.DType.CHAR: "varchar",
    exp.DType.TEXT: "varchar",
    exp.DType.JSON: "json",
    exp.DType.VARBINARY: "varbinary",
    exp.DType.BINARY: "varbinary",
}


def cast_yields_null(node: exp.Expr, _context: Context) -> exp.Expr:
    """CAST(x AS type): StarRocks returns NULL for what it cannot convert (docs: CAST)."""
    target = node.args["to"]
    kind = target.this
    if kind in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ):
        raise SyntaxRefused("Unexpected input 'TIMESTAMP', the most similar input is {a legal type}")
    if isinstance(node.this, exp.Literal) and _ISO_DATE.match(node.this.name) and kind == exp.DType.DATE:
        return exp.TryCast(this=node.this, to=target)
    macro = _MACROS.get(kind)
    if macro is not None:
        return call(f"sr_cast_{macro}", _scalar(node.this, macro))
    if kind == exp.DType.DECIMAL:
        if not target.expressions:
            target = exp.DataType.build("DECIMAL(10, 0)", dialect="duckdb")
        return exp.TryCast(this=call("number_text", node.this), to=target)
    if kind in (exp.DType.ARRAY, exp.DType.MAP, exp.DType.STRUCT):
        return exp.TryCast(this=node.this, to=target)
    raise Unsupported(f"CAST to {target.sql(dialect='starrocks')}")


def _scalar(operand: exp.Expr, macro: str) -> exp.Expr:
    """What is in a JSON value (be/src/util/json_converter.h); other values stay."""
    if macro == "json" or not is_json(operand):
        return operand
    if macro in ("varchar", "varbinary", "date", "datetime"):
        return call("json_text", operand)
    return call("json_flat" if macro in ("float", "double") else "json_cut", operand)
