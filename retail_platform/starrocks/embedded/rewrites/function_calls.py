"""What all function rules share: macro calls with converted arguments, and the refusal of unknown functions."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from retail_platform.starrocks.embedded.errors import AnalysisError
from retail_platform.starrocks.embedded.rewrites.context import Context, text_of
from retail_platform.starrocks.embedded.rewrites.context import call as _call

Arguments = list[exp.Expr]


Builder = Callable[[Arguments, Context], exp.Expr]


PREFIX = "sr_"


def macro_call(name: str, arguments: Arguments, context: Context) -> exp.Expr:
    """A macro call, with each argument in the type that its parameter names."""
    conversions = context.macros.coercions(name, len(arguments))
    converted = [
        text_of(a) if macro == "sr_text" else _call(macro, a) if macro else a
        for a, macro in zip(arguments, conversions, strict=True)
    ]
    return _call(f"{PREFIX}{name}", *converted)


def unknown_function(name: str) -> AnalysisError:
    """The refusal of a function that does not exist."""
    return AnalysisError(f"No matching function with signature: {name}()")


def need(arguments: Arguments, count: int, name: str) -> None:
    """Refuse a call with another number of arguments."""
    if len(arguments) != count:
        raise AnalysisError(f"No matching function with signature: {name}({len(arguments)} arguments)")
