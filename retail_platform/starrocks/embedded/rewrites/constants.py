"""What is constant within one statement: the time, the user, the version, system and user variables."""

from __future__ import annotations

from sqlglot import exp

from retail_platform.starrocks.embedded.rewrites.context import Context, text


def _cast(value: str, kind: str) -> exp.Expr:
    return exp.Cast(this=text(value), to=_type(kind))


def _type(kind: str) -> exp.DataType:
    return exp.DataType.build(kind, dialect="duckdb")


def now(_node: exp.Expr, context: Context) -> exp.Expr:
    """The time: the statement's start in the session's time zone, to the second (docs: now)."""
    return _cast(context.local_moment, "TIMESTAMP")


def today(_node: exp.Expr, context: Context) -> exp.Expr:
    """The session's date."""
    return _cast(context.local_time.strftime("%Y-%m-%d"), "DATE")


def time_of_day(_node: exp.Expr, context: Context) -> exp.Expr:
    """The session's time of day."""
    return _cast(context.local_time.strftime("%H:%M:%S"), "TIME")


def utc_now(_node: exp.Expr, context: Context) -> exp.Expr:
    """The time in UTC."""
    return _cast(context.started.strftime("%Y-%m-%d %H:%M:%S"), "TIMESTAMP")


def current_user(_node: exp.Expr, context: Context) -> exp.Expr:
    """The user with the host pattern."""
    return text(f"'{context.user}'@'%'")


def current_version(_node: exp.Expr, context: Context) -> exp.Expr:
    """StarRocks' own version, X.Y.Z-hash."""
    return text(context.version)


def system_variable(node: exp.Expr, context: Context) -> exp.Expr:
    """@@name: the session's value."""
    value = context.variable(node.name)
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Literal.number(int(value))
    return exp.Literal.number(value) if isinstance(value, int) else text(str(value))


def user_variable(node: exp.Expr, context: Context) -> exp.Expr:
    """@name: the value and type it was given; NULL when it was never set (docs: user-defined variables)."""
    value, kind = context.user_variable(node.name)
    return _cast(value, kind) if value is not None else exp.Cast(this=exp.Null(), to=_type(kind))
