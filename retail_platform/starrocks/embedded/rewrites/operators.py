"""Operators whose meaning differs: division, modulo, dates and intervals, regular expressions, JSON arrows."""

from __future__ import annotations

from sqlglot import exp

from retail_platform.starrocks.embedded.errors import AnalysisError
from retail_platform.starrocks.embedded.rewrites.context import Context, call, text_of

UNITS = ("microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")


def division_yields_double_or_decimal(node: exp.Expr, _context: Context) -> exp.Expr:
    """A / b: DOUBLE for integers, DECIMAL with a wider scale for decimals, NULL for zero (docs: arithmetic)."""
    return call("sr_divide", node.this, node.expression)


def integer_division(node: exp.Expr, _context: Context) -> exp.Expr:
    """A DIV b: whole numbers, NULL for zero."""
    return call("sr_int_divide", node.this, node.expression)


def modulo_by_zero_is_null(node: exp.Expr, _context: Context) -> exp.Expr:
    """A % b: NULL for zero."""
    return call("sr_mod", bare(node.this), bare(node.expression))


def bare(node: exp.Expr) -> exp.Expr:
    """An operand without its parentheses: as an argument it needs none."""
    return node.this if isinstance(node, exp.Paren) else node


def multiplication(node: exp.Expr, _context: Context) -> exp.Expr:
    """A * b: text counts as DOUBLE, INT times INT is BIGINT."""
    return call("sr_times", bare(node.this), bare(node.expression))


def interval_arithmetic(node: exp.Expr, _context: Context) -> exp.Expr:
    """X + INTERVAL n unit: the time may be text, the result is a DATETIME (docs: date_add)."""
    left, right = node.this, node.expression
    if isinstance(left, exp.Interval) and isinstance(node, exp.Add):
        left, right = right, left
    if not isinstance(right, exp.Interval):
        return call("sr_plus" if isinstance(node, exp.Add) else "sr_minus", bare(left), bare(right))
    return shift(left, right, subtract=isinstance(node, exp.Sub))


def shift(moment: exp.Expr, interval: exp.Expr, *, subtract: bool) -> exp.Expr:
    """A time moved by an interval, or by days when it is a plain number."""
    unit, amount = "day", interval
    if isinstance(interval, exp.Interval):
        unit, amount = interval.text("unit").lower() or "day", interval.this
    if unit not in UNITS:
        raise AnalysisError(f"Unsupported interval unit {unit.upper()}")
    if isinstance(amount, exp.Literal) and amount.is_string:
        amount = (
            exp.Literal.number(amount.name) if amount.name.lstrip("-").isdigit() else call("sr_cast_bigint", amount)
        )
    return call(f"sr_{unit}s_{'sub' if subtract else 'add'}", call("sr_ts", moment), amount)


def regular_expression(node: exp.Expr, _context: Context) -> exp.Expr:
    """A REGEXP b: true when the pattern is found anywhere."""
    return call("sr_regexp", text_of(node.this), node.expression)


def json_arrow(node: exp.Expr, _context: Context) -> exp.Expr:
    """J -> 'path' yields JSON; strings keep their quotes (docs: JSON operators)."""
    path = node.expression
    written = path.sql(dialect="duckdb").strip("'") if isinstance(path, exp.JSONPath) else path.name
    return call("sr_json_query", call("sr_json_doc", node.this), exp.Literal.string(written))


def bitwise_xor(node: exp.Expr, _context: Context) -> exp.Expr:
    """A ^ b is exclusive or, not power."""
    return call("xor", node.this, node.expression)


def array_literal(node: exp.Expr, _context: Context) -> exp.Expr:
    """[a, b] stays an array; the number keeps it from being read as a subscript."""
    return node if node.expressions else call("list_value")
