"""Functions that are constants within one statement: the time, the user, the version, system variables."""

from __future__ import annotations

from sqlglot import exp

from retail_platform.starrocks.embedded.rewrites.context import Context, text


def _cast(value: str, kind: str) -> exp.Expression:
    return exp.Cast(this=text(value), to=exp.DataType.build(kind, dialect="duckdb"))


def now(_node: exp.Expression, context: Context) -> exp.Expression:
    """now(): the statement's start in the session's time zone, to the second (docs: now)."""
    return _cast(context.local_time.strftime("%Y-%m-%d %H:%M:%S"), "TIMESTAMP")


def today(_node: exp.Expression, context: Context) -> exp.Expression:
    """curdate(): the session's date."""
    return _cast(context.local_time.strftime("%Y-%m-%d"), "DATE")


def time_of_day(_node: exp.Expression, context: Context) -> exp.Expression:
    """curtime(): the session's time of day."""
    return _cast(context.local_time.strftime("%H:%M:%S"), "TIME")


def utc_now(_node: exp.Expression, context: Context) -> exp.Expression:
    """utc_timestamp()."""
    return _cast(context.started.strftime("%Y-%m-%d %H:%M:%S"), "TIMESTAMP")


def current_user(_node: exp.Expression, context: Context) -> exp.Expression:
    """current_user(): 'user'@'%'."""
    return text(f"'{context.user}'@'%'")


def current_version(_node: exp.Expression, context: Context) -> exp.Expression:
    """current_version(): StarRocks' own version, X.Y.Z-hash."""
    return text(context.version)


def system_variable(node: exp.Expression, context: Context) -> exp.Expression:
    """@@name: the session's value."""
    value = context.variable(node.name)
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Literal.number(int(value))
    return exp.Literal.number(value) if isinstance(value, int) else text(str(value))
