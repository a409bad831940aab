"""From StarRocks' meaning to DuckDB's: one pure function from AST node to AST node per rule, grouped by subject.

:data:`RULES` names them all. :mod:`translate` applies them to a parsed query, innermost nodes first, so a rule always
sees arguments that are already DuckDB's.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from retail_platform.starrocks.embedded.rewrites import aggregates, casts, constants, functions, operators, relations
from retail_platform.starrocks.embedded.rewrites.context import Context

Rule = Callable[[exp.Expr, Context], exp.Expr]

RULES: dict[type[exp.Expr], Rule] = {
    exp.Cast: casts.cast_yields_null,
    exp.Div: operators.division_yields_double_or_decimal,
    exp.IntDiv: operators.integer_division,
    exp.Mul: operators.multiplication,
    exp.Mod: operators.modulo_by_zero_is_null,
    exp.Add: operators.interval_arithmetic,
    exp.Sub: operators.interval_arithmetic,
    exp.RegexpLike: operators.regular_expression,
    exp.JSONExtract: operators.json_arrow,
    exp.BitwiseXor: operators.bitwise_xor,
    exp.Array: operators.array_literal,
    exp.Count: aggregates.count,
    exp.GroupConcat: aggregates.group_concat,
    exp.Extract: functions.extract,
    exp.StrPosition: functions.position,
    exp.CurrentTimestamp: constants.now,
    exp.Localtime: constants.now,
    exp.Localtimestamp: constants.now,
    exp.CurrentDate: constants.today,
    exp.CurrentTime: constants.time_of_day,
    exp.UtcTimestamp: constants.utc_now,
    exp.CurrentUser: constants.current_user,
    exp.CurrentVersion: constants.current_version,
    exp.SessionParameter: constants.system_variable,
    exp.Parameter: constants.user_variable,
    exp.Anonymous: functions.call,
    exp.TableFromRows: relations.table_function,
    exp.Lateral: relations.lateral,
    exp.Table: relations.function_as_table,
}
