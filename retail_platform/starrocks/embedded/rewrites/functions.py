"""Function calls: StarRocks' names to DuckDB's functions, our macros, or small expressions.

The lexer step in :mod:`translate` prefixes every known StarRocks function with ``sr_``, so sqlglot never guesses at
another dialect's meaning; what reaches :func:`call` is exactly the function that the client wrote.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from retail_platform.starrocks.embedded.errors import AnalysisError
from retail_platform.starrocks.embedded.functions import Macros
from retail_platform.starrocks.embedded.rewrites import constants
from retail_platform.starrocks.embedded.rewrites.context import Context, text, text_of
from retail_platform.starrocks.embedded.rewrites.context import call as _call
from retail_platform.starrocks.embedded.rewrites.operators import shift

Arguments = list[exp.Expr]
Builder = Callable[[Arguments, Context], exp.Expr]
PREFIX = "sr_"

# The same name and meaning in DuckDB; kept as real functions so that DISTINCT, OVER and ORDER BY work on them.
NATIVE = {
    "min": "min", "max": "max", "any_value": "any_value", "coalesce": "coalesce", "nullif": "nullif",
    "row_number": "row_number", "rank": "rank", "dense_rank": "dense_rank", "ntile": "ntile",
    "cume_dist": "cume_dist", "percent_rank": "percent_rank",
    "stddev": "stddev_pop", "stddev_pop": "stddev_pop", "std": "stddev_pop", "stddev_samp": "stddev_samp",
    "variance": "var_pop", "var_pop": "var_pop", "var_samp": "var_samp", "variance_samp": "var_samp",
    "variance_pop": "var_pop", "covar_pop": "covar_pop", "covar_samp": "covar_samp", "corr": "corr",
    "array_agg": "array_agg", "array_unique_agg": "array_agg", "max_by": "arg_max", "min_by": "arg_min",
    "bool_or": "bool_or", "boolor_agg": "bool_or", "bool_and": "bool_and",
    "approx_count_distinct": "approx_count_distinct", "ndv": "approx_count_distinct",
    "percentile_cont": "quantile_cont", "percentile_disc": "quantile_disc", "median": "median",
    "grouping": "grouping", "grouping_id": "grouping_id", "map_from_arrays": "map", "row": "row",
    "map_concat": "map_concat", "array_cum_sum": "list_cum_sum", "ifnull": "coalesce", "nvl": "coalesce",
}  # fmt: skip


def call(node: exp.Expr, context: Context) -> exp.Expr:
    """A call by name. Unknown functions are refused in StarRocks' words."""
    written = str(node.this)
    name = written.lower().removeprefix(PREFIX)
    if not written.lower().startswith(PREFIX):
        raise unknown_function(name)
    arguments = node.expressions
    builder = BUILDERS.get(name)
    if builder is not None:
        return builder(arguments, context)
    if name in ("sum", "avg"):
        return _sum_or_average(name, arguments)
    if name in NATIVE:
        return _call(NATIVE[name], *arguments)
    return _macro(name, arguments, context)


def _macro(name: str, arguments: Arguments, context: Context) -> exp.Expr:
    """A macro call, with each argument in the type that its parameter names."""
    conversions = context.macros.coercions(name, len(arguments))
    converted = [
        a if macro is None or (macro == "sr_text" and isinstance(a, exp.Literal) and a.is_string) else _call(macro, a)
        for a, macro in zip(arguments, conversions, strict=True)
    ]
    return _call(f"{PREFIX}{name}", *converted)


def unknown_function(name: str) -> AnalysisError:
    """The refusal of a function that does not exist."""
    return AnalysisError(f"No matching function with signature: {name}()")


def known(macros: Macros) -> frozenset[str]:
    """All function names that exist."""
    return macros.names | NATIVE.keys() | BUILDERS.keys() | {"sum", "avg"}


def _sum_or_average(name: str, arguments: Arguments) -> exp.Expr:
    """Macros take no DISTINCT: SUM(DISTINCT x) is DuckDB's, made as narrow as StarRocks'."""
    if arguments and isinstance(arguments[0], exp.Distinct):
        plain = _call(name, *arguments)
        return _call("sr_narrow", plain) if name == "sum" else plain
    return _call(f"sr_{name}", *arguments)


def extract(node: exp.Expr, context: Context) -> exp.Expr:
    """EXTRACT(unit FROM x) is unit(x)."""
    return _macro(node.name.lower(), [node.expression], context)


def position(node: exp.Expr, context: Context) -> exp.Expr:
    """POSITION(a IN b)."""
    return _macro("instr", [node.this, node.args["substr"]], context)


def _need(arguments: Arguments, count: int, name: str) -> None:
    if len(arguments) != count:
        raise AnalysisError(f"No matching function with signature: {name}({len(arguments)} arguments)")


def _if(arguments: Arguments, _context: Context) -> exp.Expr:
    _need(arguments, 3, "if")
    condition = _call("sr_condition", arguments[0])
    return exp.Case(ifs=[exp.If(this=condition, true=arguments[1])], default=arguments[2])


def _nvl2(arguments: Arguments, _context: Context) -> exp.Expr:
    _need(arguments, 3, "nvl2")
    present = exp.Not(this=exp.Is(this=arguments[0], expression=exp.Null()))
    return exp.Case(ifs=[exp.If(this=present, true=arguments[1])], default=arguments[2])


def _isnull(arguments: Arguments, _context: Context) -> exp.Expr:
    _need(arguments, 1, "isnull")
    return exp.Paren(this=exp.Is(this=arguments[0], expression=exp.Null()))


def _isnotnull(arguments: Arguments, context: Context) -> exp.Expr:
    return exp.Paren(this=exp.Not(this=_isnull(arguments, context)))


def _extreme(name: str) -> Builder:
    """greatest/least: NULL as soon as one argument is NULL."""

    def build(arguments: Arguments, _context: Context) -> exp.Expr:
        nulls = [exp.Is(this=a.copy(), expression=exp.Null()) for a in arguments if not isinstance(a, exp.Literal)]
        if not nulls:
            return _call(name, *arguments)
        return exp.Case(ifs=[exp.If(this=exp.or_(*nulls), true=exp.Null())], default=_call(name, *arguments))

    return build


def _concat(arguments: Arguments, _context: Context) -> exp.Expr:
    """concat: NULL as soon as one argument is NULL."""
    joined: exp.Expr = _call("sr_text", arguments[0])
    for argument in arguments[1:]:
        joined = exp.DPipe(this=joined, expression=_call("sr_text", argument))
    return exp.Paren(this=joined)


def _concat_ws(arguments: Arguments, _context: Context) -> exp.Expr:
    return _call("concat_ws", arguments[0], *[_call("sr_text", a) for a in arguments[1:]])


def _moved(*, subtract: bool) -> Builder:
    def build(arguments: Arguments, _context: Context) -> exp.Expr:
        _need(arguments, 2, "date_sub" if subtract else "date_add")
        return shift(arguments[0], arguments[1], subtract=subtract)

    return build


def _timestampdiff(arguments: Arguments, context: Context) -> exp.Expr:
    _need(arguments, 3, "timestampdiff")
    return _macro("elapsed", [text(arguments[0].name.lower()), arguments[1], arguments[2]], context)


def _timestampadd(arguments: Arguments, _context: Context) -> exp.Expr:
    _need(arguments, 3, "timestampadd")
    interval = exp.Interval(this=arguments[1], unit=exp.var(arguments[0].name))
    return shift(arguments[2], interval, subtract=False)


def _time_slice(arguments: Arguments, context: Context) -> exp.Expr:
    if len(arguments) < 2 or not isinstance(arguments[1], exp.Interval):
        raise unknown_function("time_slice")
    unit, amount = arguments[1].text("unit").lower(), exp.Literal.number(arguments[1].name)
    sliced = _macro(f"time_slice_{unit}", [arguments[0], amount], context)
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


def _pattern(argument: exp.Expr) -> exp.Expr:
    if not (isinstance(argument, exp.Literal) and argument.is_string):
        raise AnalysisError("date format of a pattern that is not a constant string")
    return text(strftime_pattern(argument.name))


def _date_format(arguments: Arguments, _context: Context) -> exp.Expr:
    _need(arguments, 2, "date_format")
    return _call("strftime", _call("sr_ts", arguments[0]), _pattern(arguments[1]))


def _str_to_date(arguments: Arguments, _context: Context) -> exp.Expr:
    """str_to_date: DATETIME, or DATE when the pattern has no time in it."""
    _need(arguments, 2, "str_to_date")
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


def _json_object(arguments: Arguments, _context: Context) -> exp.Expr:
    return _call("json_object", *arguments)


def _window_value(kind: type[exp.Func]) -> Builder:
    """lag, lead, first_value, last_value: sqlglot's own nodes, which know IGNORE NULLS."""

    def build(arguments: Arguments, _context: Context) -> exp.Expr:
        value, ignore = arguments[0], False
        if isinstance(value, exp.IgnoreNulls):
            value, ignore = value.this, True
        named = {"this": value}
        if len(arguments) > 1:
            named["offset"] = arguments[1]
        if len(arguments) > 2:
            named["default"] = arguments[2]
        built = kind(**named)
        return exp.IgnoreNulls(this=built) if ignore else built

    return build


def _lambda_first(name: str) -> Builder:
    """array_map(x -> ..., a) and array_map(a, x -> ...): DuckDB wants the array first."""

    def build(arguments: Arguments, _context: Context) -> exp.Expr:
        lambdas = [a for a in arguments if isinstance(a, exp.Lambda)]
        arrays = [a for a in arguments if not isinstance(a, exp.Lambda)]
        if len(lambdas) != 1 or len(arrays) != 1:
            raise AnalysisError(f"{name} takes one array and one lambda here")
        return _call(name, arrays[0], lambdas[0])

    return build


def _hash_text(function: str) -> Builder:
    def build(arguments: Arguments, _context: Context) -> exp.Expr:
        return _call(function, *[_call("sr_text", a) for a in arguments])

    return build


def _regexp_extract(name: str) -> Builder:
    """regexp_extract(x, pattern, group): DuckDB wants the group as a constant."""

    def build(arguments: Arguments, _context: Context) -> exp.Expr:
        _need(arguments, 3, name)
        return _call(name, text_of(arguments[0]), arguments[1], arguments[2])

    return build


def _percentile_approx(arguments: Arguments, _context: Context) -> exp.Expr:
    return _call("approx_quantile", _call("sr_cast_double", arguments[0]), arguments[1])


def _constant(function: Callable[[exp.Expr, Context], exp.Expr]) -> Builder:
    return lambda _arguments, context: function(exp.Null(), context)


def _text_constant(read: Callable[[Context], str | None]) -> Builder:
    def build(_arguments: Arguments, context: Context) -> exp.Expr:
        value = read(context)
        return exp.Null() if value is None else text(value)

    return build


def _array(arguments: Arguments, _context: Context) -> exp.Expr:
    return exp.Array(expressions=arguments)


def _map(arguments: Arguments, _context: Context) -> exp.Expr:
    return _call("map", exp.Array(expressions=arguments[0::2]), exp.Array(expressions=arguments[1::2]))


def _named_struct(arguments: Arguments, _context: Context) -> exp.Expr:
    pairs = zip(arguments[0::2], arguments[1::2], strict=True)
    return exp.Struct(expressions=[exp.PropertyEQ(this=exp.to_identifier(k.name), expression=v) for k, v in pairs])


BUILDERS: dict[str, Builder] = {
    "if": _if,
    "nvl2": _nvl2,
    "isnull": _isnull,
    "isnotnull": _isnotnull,
    "greatest": _extreme("greatest"),
    "least": _extreme("least"),
    "concat": _concat,
    "concat_ws": _concat_ws,
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
    "json_object": _json_object,
    "json_array": lambda arguments, _context: _call("json_array", *arguments),
    "lag": _window_value(exp.Lag),
    "lead": _window_value(exp.Lead),
    "first_value": _window_value(exp.FirstValue),
    "last_value": _window_value(exp.LastValue),
    "array_map": _lambda_first("list_transform"),
    "transform": _lambda_first("list_transform"),
    "array_filter": _lambda_first("list_filter"),
    "percentile_approx": _percentile_approx,
    "regexp_extract": _regexp_extract("regexp_extract"),
    "regexp_extract_all": _regexp_extract("regexp_extract_all"),
    "now": _constant(constants.now),
    "sysdate": _constant(constants.now),
    "current_timestamp": _constant(constants.now),
    "localtime": _constant(constants.now),
    "localtimestamp": _constant(constants.now),
    "curdate": _constant(constants.today),
    "current_date": _constant(constants.today),
    "curtime": _constant(constants.time_of_day),
    "current_time": _constant(constants.time_of_day),
    "utc_timestamp": _constant(constants.utc_now),
    "current_user": _constant(constants.current_user),
    "user": _text_constant(lambda context: f"'{context.user}'@'%'"),
    "session_user": _text_constant(lambda context: f"'{context.user}'@'%'"),
    "current_version": _text_constant(lambda context: context.version),
    "version": _text_constant(lambda context: context.handshake_version),
    "database": _text_constant(lambda context: context.database),
    "schema": _text_constant(lambda context: context.database),
    "catalog": _text_constant(lambda _context: "default_catalog"),
    "current_role": _text_constant(lambda _context: "root"),
    "connection_id": lambda _arguments, context: exp.Literal.number(context.connection_id),
    "array_sum": lambda arguments, _context: _call("sr_narrow", _call("list_sum", *arguments)),
    "array": _array,
    "map": _map,
    "named_struct": _named_struct,
    "bitand": lambda arguments, _context: exp.BitwiseAnd(this=arguments[0], expression=arguments[1]),
}
