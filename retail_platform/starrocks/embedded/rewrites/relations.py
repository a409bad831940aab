"""Relations that are not tables: TABLE(generate_series(...)) and unnest()."""

from __future__ import annotations

from sqlglot import exp

from retail_platform.starrocks.embedded.errors import AnalysisError
from retail_platform.starrocks.embedded.rewrites.context import Context


def table_function(node: exp.Expr, _context: Context) -> exp.Expr:
    """TABLE(generate_series(a, b[, step])): one BIGINT column named generate_series (docs: generate_series)."""
    inner = node.this
    if not isinstance(inner, exp.GenerateSeries):
        raise AnalysisError(f"Unknown table function '{inner.name or inner.sql_name().lower()}()'")
    alias = node.args.get("alias")
    name = alias.this if alias is not None and alias.this else exp.to_identifier("generate_series")
    columns = alias.columns if alias is not None and alias.columns else [exp.to_identifier("generate_series")]
    arguments = [inner.args[key] for key in ("start", "end", "step") if inner.args.get(key) is not None]
    function = exp.Anonymous(this="generate_series", expressions=arguments)
    return exp.Table(this=function, alias=exp.TableAlias(this=name, columns=columns))
