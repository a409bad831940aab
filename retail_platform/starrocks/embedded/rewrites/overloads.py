"""Calls of overloaded macros over aggregates and window functions.

DuckDB picks between a macro's overloads before it binds aggregates and windows, so over those it doesn't know the
argument's type and refuses. As the parameter of a lambda the value has a type. StarRocks has no such restriction.
"""

from __future__ import annotations

from importlib import resources
from re import findall

from sqlglot import exp

from retail_platform.starrocks.embedded import functions
from retail_platform.starrocks.embedded.rewrites.context import call

_AGGREGATES = frozenset(
    name.lower()
    for name in findall(r"MACRO (sr_\w+)", (resources.files(functions) / "aggregates.sql").read_text(encoding="utf-8"))
)
# What rules turn StarRocks' aggregates into.
_DUCKDB_AGGREGATES = frozenset(
    [
        "any_value",
        "approx_count_distinct",
        "approx_quantile",
        "arg_max",
        "arg_min",
        "avg",
        "bit_and",
        "bit_or",
        "bit_xor",
        "bool_and",
        "bool_or",
        "corr",
        "count",
        "covar_pop",
        "covar_samp",
        "first",
        "histogram",
        "last",
        "list",
        "max",
        "median",
        "min",
        "mode",
        "product",
        "quantile_cont",
        "quantile_disc",
        "stddev_pop",
        "stddev_samp",
        "string_agg",
        "sum",
        "var_pop",
        "var_samp",
    ]
)
_LATE = _AGGREGATES | _DUCKDB_AGGREGATES


def aggregates_have_types(tree: exp.Expr) -> exp.Expr:
    """f(aggregate) → the same through a lambda, for every macro of ours; innermost calls first."""
    for window in reversed(list(tree.find_all(exp.Window))):
        _window_has_type(window)
    for node in reversed(list(tree.find_all(exp.Anonymous))):
        name = node.name.lower()
        if not name.startswith("sr_") or name in _AGGREGATES or isinstance(node.parent, exp.Window):
            continue
        late = [index for index, argument in enumerate(node.expressions) if _bound_late(argument)]
        if late:
            node.replace(_through_lambda(node, late))
    return tree


def _window_has_type(window: exp.Window) -> None:
    """Sum and avg over a window: DuckDB's own, in the type that StarRocks gives the result.

    A macro over a window must be one aggregate, and may not have an aggregate of the query as its argument. The
    argument is known where the window is computed, so a scalar macro over it says the type.
    """
    filtered = window.this if isinstance(window.this, exp.Filter) else None
    called = filtered.this if filtered is not None else window.this
    if not isinstance(called, exp.Anonymous) or called.name.lower() not in ("sr_sum", "sr_avg"):
        return
    name, argument = called.name.lower(), called.expressions[0]
    if name == "sr_sum" and not _bound_late(argument):
        return
    kind = call(f"{name}_type", argument.copy())
    called.replace(call(name.removeprefix("sr_"), call("sr_number", argument.copy())))
    window.replace(call("cast_to_type", window.copy(), kind))


def _bound_late(argument: exp.Expr) -> bool:
    """Whether an argument holds an aggregate or a window function of the query it stands in."""
    stack = [argument]
    while stack:
        node = stack.pop()
        if isinstance(node, exp.AggFunc | exp.Window):
            return True
        if isinstance(node, exp.Anonymous) and node.name.lower() in _LATE:
            return True
        if not isinstance(node, exp.Query):
            stack.extend(node.iter_expressions())
    return False


def _through_lambda(node: exp.Anonymous, late: list[int]) -> exp.Expr:
    parameter = exp.to_identifier("_late")
    fields, arguments = [], []
    for index, argument in enumerate(node.expressions):
        if index in late:
            fields.append(exp.PropertyEQ(this=exp.to_identifier(f"_{index}"), expression=argument.copy()))
            # The function, not a dot: in HAVING, DuckDB takes a dotted name for a column of the query.
            arguments.append(call("struct_extract", exp.column("_late"), exp.Literal.string(f"_{index}")))
        else:
            arguments.append(argument.copy())
    body = exp.Lambda(this=call(node.name, *arguments), expressions=[parameter])
    values = exp.Array(expressions=[exp.Struct(expressions=fields)])
    return exp.Bracket(this=call("list_transform", values, body), expressions=[exp.Literal.number(1)], offset=1)
