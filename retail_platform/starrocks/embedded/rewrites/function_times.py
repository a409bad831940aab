"""Functions of time whose arguments are units, intervals or patterns."""

from __future__ import annotations

from sqlglot import exp

from retail_platform.starrocks.embedded.errors import Unsupported
from retail_platform.starrocks.embedded.rewrites.context import Context, text
from retail_platform.starrocks.embedded.rewrites.context import call as _call
from retail_platform.starrocks.embedded.rewrites.function_calls import (
    Arguments,
    Builder,
    macro_call,
    need,
    unknown_function,
)
from retail_platform.starrocks.embedded.rewrites.operators import shift


def _moved(*, subtract: bool) -> Builder:
    def build(arguments: Arguments, _context: Context) -> exp.Expr:
        need(arguments, 2, "date_sub" if subtract else "date_add")
        return shift(arguments[0], arguments[1], subtract=subtract)

    return build


def _timestampdiff(arguments: Arguments, context: Context) -> exp.Expr:
    need(arguments, 3, "timestampdiff")
    return macro_call("elapsed", [text(arguments[0].name.lower()), arguments[1], arguments[2]], context)


def _timestampadd(arguments: Arguments, _context: Context) -> exp.Expr:
    need(arguments, 3, "timestampadd")
    interval = exp.Interval(this=arguments[1], unit=exp.var(arguments[0].name))
    return shift(arguments[2], interval, subtract=False)


def _time_slice(arguments: Arguments, context: Context) -> exp.Expr:
    if len(arguments) < 2 or not isinstance(arguments[1], exp.Interval):
        raise unknown_function("time_slice")
    unit, amount = arguments[1].text("unit").lower(), exp.Literal.number(arguments[1].name)
    sliced = macro_call(f"time_slice_{unit}", [arguments[0], amount], context)
    if len(arguments) == 3 and arguments[2].name.lower() == "ceil":
        return shift(sliced, arguments[1], subtract=False)
    return sliced


_PATTERNS = {
    "%a": "%a", "%b": "%b", "%c": "%-m", "%d": "%d", "%e": "%-d", "%f": "%f", "%H": "%H", "%h": "%I", "%I": "%I",
    "%i": "%M", "%j": "%j", "%k": "%-H", "%l": "%-I", "%M": "%B", "%m": "%m", "%p": "%p", "%r": "%I:%M:%S %p",
    "%S": "%S", "%s": "%S", "%T": "%H:%M:%S", "%U": "%U", "%u": "%W", "%v": "%V", "%x": "%G", "%W": "%A", "%w": "%w",
    "%Y": "%Y", "%y": "%y", "%%": "%%",
}  # fmt: skip


_JAVA_PATTERNS = {"yyyyMMdd": "%Y%m%d", "yyyy-MM-dd": "%Y-%m-%d", "yyyy-MM-dd HH:mm:ss": "%Y-%m-%d %H:%M:%S"}


def strftime_pattern(pattern: str) -> str:
    """MySQL's date pattern (and StarRocks' three Java ones) as DuckDB's."""
    if pattern in _JAVA_PATTERNS:
        return _JAVA_PATTERNS[pattern]
    out, index = "", 0
    while index < len(pattern):
        pair = pattern[index : index + 2]
        if pair.startswith("%") and len(pair) == 2:
            out += _PATTERNS.get(pair, pair[1])
            index += 2
        else:
            out += pattern[index]
            index += 1
    return out


def _constant(argument: exp.Expr) -> bool:
    return isinstance(argument, exp.Literal) and argument.is_string


def _pattern(argument: exp.Expr) -> exp.Expr:
    if not _constant(argument):
        raise Unsupported("parsing or printing of times by a pattern that is not a constant")
    return text(strftime_pattern(argument.name))


def _date_format(arguments: Arguments, context: Context) -> exp.Expr:
    need(arguments, 2, "date_format")
    if not _constant(arguments[1]):
        return macro_call("format_time", arguments, context)
    return _call("strftime", _call("sr_ts", arguments[0]), _pattern(arguments[1]))


def _str_to_date(arguments: Arguments, _context: Context) -> exp.Expr:
    """str_to_date: DATETIME, or DATE when the pattern has no time in it."""
    need(arguments, 2, "str_to_date")
    pattern = _pattern(arguments[1])
    parsed = _call("try_strptime", _call("sr_text", arguments[0]), pattern)
    timed = any(part in pattern.name for part in ("%H", "%I", "%M", "%S", "%f", "%-H", "%-I"))
    return parsed if timed else _call("sr_cast_date", parsed)


def _str2date(arguments: Arguments, context: Context) -> exp.Expr:
    return _call("sr_cast_date", _str_to_date(arguments, context))


def _from_unixtime(arguments: Arguments, context: Context) -> exp.Expr:
    """from_unixtime(n[, pattern]): text, in the session's time zone."""
    local = _call("timezone", text(context.time_zone), _call("to_timestamp", arguments[0]))
    pattern = _pattern(arguments[1]) if len(arguments) > 1 else text("%Y-%m-%d %H:%M:%S")
    return _call("strftime", local, pattern)


def _unix_timestamp(arguments: Arguments, context: Context) -> exp.Expr:
    if not arguments:
        return exp.Literal.number(int(context.started.timestamp()))
    local = _call("sr_ts", arguments[0])
    if len(arguments) > 1:
        local = _call("try_strptime", arguments[0], _pattern(arguments[1]))
    return _call("sr_cast_bigint", _call("epoch", _call("timezone", text(context.time_zone), local)))


BUILDERS: dict[str, Builder] = {
    "date_add": _moved(subtract=False),
    "adddate": _moved(subtract=False),
    "date_sub": _moved(subtract=True),
    "subdate": _moved(subtract=True),
    "timestampdiff": _timestampdiff,
    "timestampadd": _timestampadd,
    "time_slice": _time_slice,
    "date_format": _date_format,
    "jodatime_format": _date_format,
    "str_to_date": _str_to_date,
    "str2date": _str2date,
    "from_unixtime": _from_unixtime,
    "unix_timestamp": _unix_timestamp,
}
