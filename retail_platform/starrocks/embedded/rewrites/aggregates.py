"""Aggregates with a syntax of their own: COUNT and GROUP_CONCAT."""

from __future__ import annotations

from sqlglot import exp

from retail_platform.starrocks.embedded.rewrites.context import Context, call, text


def count(node: exp.Expr, _context: Context) -> exp.Expr:
    """Counting DISTINCT a, b: rows in which any of them is NULL do not count (docs: count)."""
    return node


def group_concat(node: exp.Expr, _context: Context) -> exp.Expr:
    """GROUP_CONCAT with DISTINCT, ORDER BY, SEPARATOR: the default separator is a comma."""
    separator = node.args.get("separator") or text(",")
    value, order, distinct = node.this, None, False
    if isinstance(value, exp.Order):
        order, value = value, value.this
    if isinstance(value, exp.Distinct):
        distinct = True
        value = value.expressions[0]
    shown: exp.Expr = call("sr_text", value)
    if distinct:
        shown = exp.Distinct(expressions=[shown])
        keys = order.expressions if order is not None else []
        for key in keys:
            if key.this == value:
                key.set("this", call("sr_text", key.this.copy()))
    if order is not None:
        separated = exp.Order(this=separator, expressions=order.expressions)
        return call("string_agg", shown, separated)
    return call("string_agg", shown, separator)
