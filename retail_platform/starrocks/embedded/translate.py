"""StarRocks SQL in, DuckDB SQL out.

The way of a query: its tokens get our function names, sqlglot parses them as StarRocks, what StarRocks would not accept
is refused, names are bound to stored tables, views are put in place, the rewrites run, and sqlglot writes DuckDB SQL.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeAlias

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.starrocks import StarRocks
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from retail_platform.starrocks.embedded import duckdb_errors, information_schema, name_resolution, partitioning
from retail_platform.starrocks.embedded.acceptance import as_relation, check, foreign_token, syntax_error
from retail_platform.starrocks.embedded.catalog import Catalog, check_catalog, resolve_name
from retail_platform.starrocks.embedded.errors import AnalysisError, SyntaxRefused, Unsupported
from retail_platform.starrocks.embedded.lexer import split_statements
from retail_platform.starrocks.embedded.model import Table
from retail_platform.starrocks.embedded.rewrites import RULES, functions
from retail_platform.starrocks.embedded.rewrites.context import Context
from retail_platform.starrocks.embedded.rewrites.overloads import aggregates_have_types
from retail_platform.starrocks.embedded.translation_cache import TranslationCache, key_of

# Functions that sqlglot must parse itself, because their arguments are not plain expressions.
_OWN_SYNTAX = {"cast", "convert", "extract", "position", "group_concat", "count", "unnest", "generate_series"}
_NOT_A_CALL_AFTER = {"INTO", "TABLE", "OVERWRITE", "WITH", "AS", "UPDATE", ".", "JOIN"}
_PREFIX = re.compile(r"\bsr_", re.IGNORECASE)


Asked: TypeAlias = tuple[Sequence[Token], str] | exp.Query


class Translator:
    """Translates the statements of one session against one state of the catalogue."""

    def __init__(
        self,
        catalog: Catalog,
        context: Context,
        cache: TranslationCache | None = None,
        asked: list[Asked] | None = None,
    ) -> None:
        self.catalog = catalog
        self.asked = [] if asked is None else asked  # what to look through when DuckDB refuses the statement
        self.cache = cache
        self.context = context
        self.known = functions.known(context.macros)
        self.tables: set[tuple[str, str]] = set()

    def query(self, tokens: Sequence[Token], sql: str) -> str:
        """DuckDB SQL of a query."""
        self.asked.append((tokens, sql))
        key = key_of(tokens, self.context) if self.cache is not None else None
        if self.cache is None or key is None:
            return self.render(self.bind(self.parse(tokens, sql)))
        found = self.cache.find(key, self.catalog)
        if found is not None:
            self.tables |= {name for name, _ in found.tables}
            return found.sql
        translated = self.render(self.bind(self.parse(tokens, sql)))
        if not self.context.volatile:
            self.cache.keep(key, translated, self.tables, self.catalog)
        return translated

    def missing_column(self) -> str | None:
        """The column that does not exist in one of the queries this statement asked for, if there is one."""
        columns_of = name_resolution.catalogued(self.catalog, self.context)
        for asked in list(self.asked):
            tree = asked if isinstance(asked, exp.Expr) else self.parse(*asked)
            found = name_resolution.missing_column(tree, columns_of)
            if found is not None:
                return found
        return None

    def expression(self, text: str, names: Collection[str] | None = None) -> str:
        """DuckDB SQL of a single expression over unqualified columns, which must be among the names, if given."""
        statement = split_statements(f"SELECT {text}")
        if len(statement) != 1:
            raise SyntaxRefused(f"Unexpected input '{text}'")
        parsed = self.parse(statement[0].tokens, statement[0].text)
        unknown = name_resolution.first_unknown(parsed, names) if names is not None else None
        if unknown is not None:
            raise duckdb_errors.unresolved(unknown)
        tree = self.bind(parsed)
        found = tree.expressions
        if len(found) != 1 or tree.args.get("from_") is not None:
            raise SyntaxRefused(f"Unexpected input '{text}', the most similar input is {{an expression}}", 1, 0)
        return self.render(found[0].unalias())

    def render(self, tree: exp.Expr) -> str:
        """DuckDB SQL of a bound tree, which is used up: copying it would take longer than everything else."""
        return tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.IGNORE, copy=False)

    def parse(self, tokens: Sequence[Token], sql: str) -> exp.Expr:
        """Parse as StarRocks; anything sqlglot or StarRocks does not accept is a syntax error."""
        foreign = foreign_token(tokens)
        if foreign is not None:
            raise SyntaxRefused(
                f"Unexpected input '{foreign.text}', the most similar input is {{<EOF>, ';'}}",
                foreign.line,
                foreign.col,
            )
        if tokens and tokens[0].text.upper() == "VALUES":
            tokens, sql = as_relation(tokens), "SELECT * FROM (" + sql + ") AS v"
        try:
            parser = StarRocks().parser(error_level=ErrorLevel.IMMEDIATE)
            trees = parser.parse(self._prefixed(tokens), sql)
        except ParseError as error:
            raise syntax_error(error) from error
        except SqlglotError as error:
            raise SyntaxRefused(str(error).splitlines()[0]) from error
        if len(trees) != 1 or trees[0] is None:
            raise SyntaxRefused("Unexpected input '<EOF>', the most similar input is {a statement}", 1, 0)
        return trees[0]

    def _prefixed(self, tokens: Sequence[Token]) -> list[Token]:
        out = list(tokens)
        for index, token in enumerate(tokens[:-1]):
            if tokens[index + 1].token_type != TokenType.L_PAREN or token.token_type in (
                TokenType.IDENTIFIER,
                TokenType.STRING,
                TokenType.NUMBER,
            ):
                continue
            name = token.text.lower()
            before = tokens[index - 1].text.upper() if index else ""
            if name in self.known and name not in _OWN_SYNTAX and before not in _NOT_A_CALL_AFTER:
                out[index] = Token(
                    TokenType.VAR, f"sr_{name}", token.line, token.col, token.start, token.end, token.comments
                )
        return out

    def bind(self, tree: exp.Expr) -> exp.Expr:
        """Check, name the columns, bind the tables, rewrite."""
        check(tree)
        _name_projections(tree)
        self._bind_columns(tree)
        tree = aggregates_have_types(self._rewrite(tree))
        self._bind_tables(tree)  # last, because views bring bodies that are already rewritten
        return tree

    def _rewrite(self, tree: exp.Expr) -> exp.Expr:
        for node in reversed(list(tree.find_all(*RULES))):
            rule = RULES.get(type(node))
            if rule is None:
                continue
            new = rule(node, self.context)
            if new is not node:
                node.replace(new)
        return tree

    def _bind_columns(self, tree: exp.Expr) -> None:
        for column in tree.find_all(exp.Column):
            if column.args.get("catalog") is not None and column.text("catalog") == "default_catalog":
                column.set("catalog", None)
            if column.args.get("db") is not None and self.catalog.has_database(column.text("db")):
                column.set("db", None)

    def _bind_tables(self, tree: exp.Expr) -> None:
        for node in list(tree.find_all(exp.Table)):
            if isinstance(node.this, exp.Func) or not node.name:
                continue
            if not node.db and (_is_cte(node) or _is_dual(node)):
                continue
            node.replace(self._relation(node))

    def _relation(self, node: exp.Table) -> exp.Expr:
        if node.args.get("catalog") is not None:
            check_catalog(node.catalog)
        parts = [part for part in (node.db, node.name) if part]
        database, name = resolve_name(parts, self.context.database)
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name, quoted=True))
        if node.args.get("joins"):
            raise Unsupported("a nested join")
        if database.lower() == "information_schema":
            view = information_schema.relation(name)
            return exp.Table(this=exp.to_identifier(view), db=exp.to_identifier("info"), alias=alias)
        table = self.catalog.table(database, name)
        self.tables.add((database, name))
        if table.kind == "view":
            return exp.Subquery(this=self.view(table), alias=alias)
        bound = exp.Table(this=exp.to_identifier(table.storage), db=exp.to_identifier("data"), alias=alias)
        partition = node.args.get("partition")
        if partition is not None:
            return self._partitions_of(table, bound, [part.name for part in partition.expressions], alias)
        return bound

    def _partitions_of(self, table: Table, bound: exp.Table, names: list[str], alias: exp.Expr) -> exp.Expr:
        for name in names:
            if name not in table.partitions:
                raise AnalysisError(f"Unknown partition '{name}' in table '{table.name}'")
        self.context.volatile.add("partitions")
        rows = exp.select("*").from_(exp.Table(this=bound.this, db=bound.args["db"]))
        condition: exp.Expr = exp.maybe_parse(partitioning.predicate(table, names), dialect="duckdb")
        return exp.Subquery(this=rows.where(condition), alias=alias)

    def view(self, table: Table) -> exp.Expr:
        """The bound query of a view, with the columns the view had when it was created."""
        statement = split_statements(table.definition)[0]
        inner = Translator(self.catalog, _in_database(self.context, table.definition_database))
        tree = inner.bind(inner.parse(statement.tokens, statement.text))
        self.tables |= inner.tables
        names = [exp.to_identifier(column.name, quoted=True) for column in table.columns]
        body = exp.Subquery(this=tree, alias=exp.TableAlias(this=exp.to_identifier("v"), columns=names))
        return exp.select("*").from_(body)


def _in_database(context: Context, database: str) -> Context:
    return replace(context, database=database)


def _is_cte(node: exp.Table) -> bool:
    scope: exp.Expr | None = node
    while scope is not None:
        clause = scope.args.get("with_")
        if clause is not None and any(cte.alias.lower() == node.name.lower() for cte in clause.expressions):
            inside = node.find_ancestor(exp.CTE)
            if inside is None or inside.alias.lower() != node.name.lower() or inside.parent is not clause:
                return True
        scope = scope.parent
    return False


def _is_dual(node: exp.Table) -> bool:
    if node.name.lower() != "dual" or not isinstance(node.parent, exp.From):
        return False
    select = node.parent.parent
    if select is not None:
        select.set("from_", None)
    return True


def _name_projections(tree: exp.Expr) -> None:
    """Columns without an alias are named by their text, as StarRocks does."""
    for select in tree.find_all(exp.Select):
        for item in list(select.expressions):
            if isinstance(item, (exp.Alias, exp.Aliases, exp.Star)) or (
                isinstance(item, exp.Column) and (isinstance(item.this, exp.Star) or item.name)
            ):
                continue
            written = item.sql(dialect="starrocks", normalize_functions="lower")
            alias = exp.to_identifier(_PREFIX.sub("", written), quoted=True)
            item.replace(exp.Alias(this=item.copy(), alias=alias))
