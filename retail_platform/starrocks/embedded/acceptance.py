"""What sqlglot reads and StarRocks does not: refused before anything is translated."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token, TokenType

from retail_platform.starrocks.embedded.errors import AnalysisError, SyntaxRefused
from retail_platform.starrocks.embedded.rewrites import RULES
from retail_platform.starrocks.embedded.rewrites.function_calls import unknown_function

FOREIGN_TOKENS = {TokenType.DCOLON: "::", TokenType.ILIKE: "ILIKE", TokenType.PIVOT: "PIVOT"}
_FOREIGN_LITERALS = {TokenType.TIMESTAMP, TokenType.TIMESTAMPTZ, TokenType.TIME}


_REFUSED_NODES: tuple[type[exp.Expr], ...] = (
    exp.Command, exp.Pivot, exp.ILike, exp.Into, exp.Lock, exp.TableSample, exp.Placeholder, exp.MatchRecognize,
)  # fmt: skip


_ALLOWED_FUNCTIONS: tuple[type[exp.Expr], ...] = (
    *RULES, exp.Case, exp.If, exp.Exists, exp.Any, exp.All, exp.And, exp.Or, exp.Xor, exp.Unnest, exp.GenerateSeries,
    exp.Map, exp.ToMap, exp.VarMap, exp.Struct, exp.Coalesce, exp.Connector, exp.Predicate, exp.Binary, exp.Unary,
    exp.ExplodingGenerateSeries, exp.Max, exp.Min, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue,
)  # fmt: skip


def as_relation(tokens: Sequence[Token]) -> list[Token]:
    """VALUES alone is a function name to sqlglot; SELECT * FROM (VALUES ...) AS v is not."""
    first, last = tokens[0], tokens[-1]

    def made(kind: TokenType, text: str, at: Token) -> Token:
        return Token(kind, text, at.line, at.col, at.start, at.end)

    head = [(TokenType.SELECT, "SELECT"), (TokenType.STAR, "*"), (TokenType.FROM, "FROM"), (TokenType.L_PAREN, "(")]
    tail = [(TokenType.R_PAREN, ")"), (TokenType.ALIAS, "AS"), (TokenType.VAR, "v")]
    return [*(made(k, t, first) for k, t in head), *tokens, *(made(k, t, last) for k, t in tail)]


def syntax_error(error: ParseError) -> SyntaxRefused:
    """The parser's complaint as StarRocks words it."""
    if not error.errors:
        return SyntaxRefused(str(error).splitlines()[0])
    first = error.errors[0]
    found = first.get("highlight") or "<EOF>"
    detail = first.get("description") or "a statement"
    return SyntaxRefused(
        f"Unexpected input '{found}', the most similar input is {{{detail}}}", first.get("line"), first.get("col")
    )


def foreign_token(tokens: Sequence[Token]) -> Token | None:
    """The first token that only other systems have: `::`, ILIKE, PIVOT, TIMESTAMP '...' (StarRocks: DATETIME)."""
    for index, token in enumerate(tokens):
        if token.token_type in FOREIGN_TOKENS:
            return token
        following = tokens[index + 1].token_type if index + 1 < len(tokens) else None
        if token.token_type in _FOREIGN_LITERALS and following == TokenType.STRING:
            return token
    return None


def check(tree: exp.Expr) -> None:
    """Refuse what sqlglot reads and StarRocks does not."""
    for node in tree.walk():
        if isinstance(node, _REFUSED_NODES):
            raise SyntaxRefused(f"Unexpected input '{node.key.upper()}', the most similar input is {{<EOF>, ';'}}")
        if isinstance(node, exp.Distinct) and node.args.get("on") is not None:
            raise SyntaxRefused("Unexpected input 'ON', the most similar input is {<EOF>, ';'}")
        if isinstance(node, exp.Func) and not isinstance(node, _ALLOWED_FUNCTIONS):
            raise unknown_function(node.sql_name().lower())
        if isinstance(node, exp.Subquery) and isinstance(node.parent, (exp.From, exp.Join)) and not node.alias:
            raise AnalysisError("Every derived table must have its own alias")
