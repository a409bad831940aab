"""Function calls: StarRocks' names to DuckDB's functions, our macros, or small expressions.

The lexer step in :mod:`translate` prefixes every known StarRocks function with ``sr_``, so sqlglot never guesses at
another dialect's meaning; what reaches :func:`call` is exactly the function that the client wrote.
"""

from __future__ import annotations

from sqlglot import exp

from retail_platform.starrocks.embedded.functions import Macros, hashing
from retail_platform.starrocks.embedded.rewrites import function_times, function_values
from retail_platform.starrocks.embedded.rewrites.context import Context, number, text_of
from retail_platform.starrocks.embedded.rewrites.context import call as _call
from retail_platform.starrocks.embedded.rewrites.function_calls import (
    PREFIX,
    Arguments,
    Builder,
    macro_call,
    unknown_function,
)

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
    return macro_call(name, arguments, context)


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
    return macro_call(node.name.lower(), [node.expression], context)


def position(node: exp.Expr, context: Context) -> exp.Expr:
    """POSITION(a IN b)."""
    return macro_call("instr", [node.this, node.args["substr"]], context)


def _chained_hash(function: str, seed: int) -> Builder:
    """Several values: each one's hash is the seed of the next."""

    def build(arguments: Arguments, _context: Context) -> exp.Expr:
        if not arguments:
            raise unknown_function(function)
        found: exp.Expr = number(seed)
        for argument in arguments:
            found = _call(function, text_of(argument), found)
        return found

    return build


BUILDERS: dict[str, Builder] = {
    **function_times.BUILDERS,
    **function_values.BUILDERS,
    "murmur_hash3_32": _chained_hash("murmur_hash3_32", hashing.MURMUR_SEED),
    "xx_hash3_64": _chained_hash("xx_hash3_64", hashing.XX_SEED),
}
