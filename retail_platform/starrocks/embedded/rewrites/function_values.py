"""Functions that are small expressions in DuckDB: conditions, concatenation, windows, lambdas, constants."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from retail_platform.starrocks.embedded.errors import AnalysisError
from retail_platform.starrocks.embedded.rewrites import constants
from retail_platform.starrocks.embedded.rewrites.context import Context, text, text_of
from retail_platform.starrocks.embedded.rewrites.context import call as _call
from retail_platform.starrocks.embedded.rewrites.function_calls import (
    Arguments,
    Builder,
    need,
)


def _if(arguments: Arguments, _context: Context) -> exp.Expr:
    need(arguments, 3, "if")
    condition = _call("sr_condition", arguments[0])
    return exp.Case(ifs=[exp.If(this=condition, true=arguments[1])], default=arguments[2])


def _nvl2(arguments: Arguments, _context: Context) -> exp.Expr:
    need(arguments, 3, "nvl2")
    present = exp.Not(this=exp.Is(this=arguments[0], expression=exp.Null()))
    return exp.Case(ifs=[exp.If(this=present, true=arguments[1])], default=arguments[2])


def _isnull(arguments: Arguments, _context: Context) -> exp.Expr:
    need(arguments, 1, "isnull")
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


def _lambda_first(name: str, function: str) -> Builder:
    """array_map(x -> ..., a) and array_map(a, x -> ...): DuckDB wants the array first."""

    def build(arguments: Arguments, _context: Context) -> exp.Expr:
        lambdas = [a for a in arguments if isinstance(a, exp.Lambda)]
        arrays = [a for a in arguments if not isinstance(a, exp.Lambda)]
        if len(lambdas) != 1 or not arrays or len(lambdas[0].expressions) != len(arrays):
            raise AnalysisError(f"No matching function with signature: {name}(): one lambda with one name per array")
        if len(arrays) == 1:
            return _call(function, arrays[0], lambdas[0])
        if function != "list_transform":
            raise AnalysisError(f"No matching function with signature: {name}(): one array and one lambda")
        return _map_several(name, lambdas[0], arrays)

    return build


def _map_several(name: str, written: exp.Expr, arrays: list[exp.Expr]) -> exp.Expr:
    """One lambda over several arrays of one length: over an array of rows, NULL as soon as one array is NULL."""
    row = exp.column("_row")
    names = [parameter.name.lower() for parameter in written.expressions]
    body = written.this.copy()
    for node in list(body.find_all(exp.Identifier)):
        if node.name.lower() in names and not _is_label(node):
            field = _call("struct_extract", row.copy(), exp.Literal.number(names.index(node.name.lower()) + 1))
            body = field if node is body else _replaced(body, node, field)
    mapped = _call(
        "list_transform",
        _call("list_zip", *arrays),
        exp.Lambda(this=body, expressions=[exp.to_identifier("_row")]),
    )
    lengths = [_call("len", array.copy()) for array in arrays]
    uneven = exp.or_(*(exp.NEQ(this=lengths[0].copy(), expression=other) for other in lengths[1:]))
    missing = exp.or_(*(exp.Is(this=array.copy(), expression=exp.Null()) for array in arrays))
    refusal = _call("error", text(f"Input array element's size is not equal in {name}()."))
    ifs = [exp.If(this=missing, true=exp.Null()), exp.If(this=uneven, true=refusal)]
    return exp.Case(ifs=ifs, default=mapped)


def _replaced(tree: exp.Expr, node: exp.Expr, new: exp.Expr) -> exp.Expr:
    node.replace(new)
    return tree


def _is_label(node: exp.Identifier) -> bool:
    """Whether an identifier names a field, an alias or a column of a table, so not a parameter of the lambda."""
    parent = node.parent
    if isinstance(parent, exp.Dot):
        return node.arg_key == "expression"
    return isinstance(parent, exp.PropertyEQ | exp.Alias | exp.Column | exp.TableAlias)


def _regexp_extract(name: str) -> Builder:
    """regexp_extract(x, pattern, group): DuckDB wants the group as a constant."""

    def build(arguments: Arguments, _context: Context) -> exp.Expr:
        need(arguments, 3, name)
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
    "json_object": _json_object,
    "json_each": lambda arguments, _context: _call("json_each", _call("sr_json_doc", *arguments)),
    "json_array": lambda arguments, _context: _call("json_array", *arguments),
    "lag": _window_value(exp.Lag),
    "lead": _window_value(exp.Lead),
    "first_value": _window_value(exp.FirstValue),
    "last_value": _window_value(exp.LastValue),
    "array_map": _lambda_first("array_map", "list_transform"),
    "transform": _lambda_first("transform", "list_transform"),
    "array_filter": _lambda_first("array_filter", "list_filter"),
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
