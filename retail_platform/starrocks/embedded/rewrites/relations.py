"""Relations that are not tables: TABLE(generate_series(...)), unnest(), json_each()."""

from __future__ import annotations

from sqlglot import exp

from retail_platform.starrocks.embedded.errors import AnalysisError
from retail_platform.starrocks.embedded.rewrites.context import Context

JSON_EACH = "json_each"


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


def lateral(node: exp.Expr, _context: Context) -> exp.Expr:
    """LATERAL json_each(j): the same as without the word, which StarRocks implies (docs: json_each)."""
    return _json_each(node) if _calls(node.this, JSON_EACH) else node


def function_as_table(node: exp.Expr, _context: Context) -> exp.Expr:
    """FROM t, json_each(j): its rows for every row of t; other functions are no tables."""
    if not isinstance(node.this, exp.Func) or _calls(node.this, "generate_series"):
        return node
    if _calls(node.this, JSON_EACH):
        return _json_each(node)
    name = (node.this.name if isinstance(node.this, exp.Anonymous) else node.this.sql_name()).lower()
    raise AnalysisError(f"Unknown table function '{name.removeprefix('sr_')}()'")


def _calls(node: exp.Expr, name: str) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() == name


def _json_each(node: exp.Expr) -> exp.Expr:
    """json_each(j) AS u(key, value): DuckDB's has more columns than StarRocks'."""
    alias = node.args.get("alias")
    names = [column.copy() for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
    if len(names) not in (0, 2):
        raise AnalysisError(f"table json_each has 2 columns available but {len(names)} columns specified")
    names = names or [exp.to_identifier("key"), exp.to_identifier("value")]
    rows = exp.select("key", "value").from_(exp.Table(this=node.this.copy()))
    name = alias.this.copy() if isinstance(alias, exp.TableAlias) and alias.this else exp.to_identifier("json_each")
    return exp.Subquery(this=rows, alias=exp.TableAlias(this=name, columns=names))
