"""What a rewrite may know about the session: the time, the user, the variables.

Asking for what may differ at the next statement is noted, so that such a translation is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sqlglot import exp

from retail_platform.starrocks.embedded.functions import Macros

OwnVariable: TypeAlias = tuple[str | None, str]


@dataclass(frozen=True)
class Context:
    """The session as a query sees it."""

    database: str | None = None
    user: str = "root"
    connection: int = 0
    version: str = ""
    handshake_version: str = ""
    time_zone: str = "UTC"
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    variables: Callable[[str], object] = field(default=lambda _name: None)
    own_variables: Mapping[str, OwnVariable] = field(default_factory=dict)  # SET @name = value
    macros: Macros = field(default_factory=Macros)
    system_columns: Mapping[str, frozenset[str]] = field(default_factory=dict)  # of information_schema's tables
    volatile: set[str] = field(default_factory=set, compare=False)  # what was asked that may differ next time

    @property
    def connection_id(self) -> int:
        """The client's number."""
        self.volatile.add("connection")
        return self.connection

    @property
    def started(self) -> datetime:
        """When the statement began."""
        self.volatile.add("time")
        return self.moment

    def variable(self, name: str) -> object:
        """The value of a system variable."""
        self.volatile.add("variable")
        return self.variables(name)

    def user_variable(self, name: str) -> OwnVariable:
        """The value of a variable of the user, as text, and its DuckDB type."""
        self.volatile.add("variable")
        return self.own_variables.get(name.lower(), (None, "VARCHAR"))

    @property
    def local_time(self) -> datetime:
        """The statement's start in the session's time zone, without a zone, as StarRocks' now()."""
        return self.started.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)

    @property
    def local_moment(self) -> str:
        """The same as text: what DEFAULT CURRENT_TIMESTAMP gives (FE's Column.calculatedDefaultValueWithTime)."""
        return self.local_time.strftime("%Y-%m-%d %H:%M:%S")


def call(name: str, *arguments: exp.Expr | None) -> exp.Anonymous:
    """A call of a DuckDB function or of one of our macros."""
    return exp.Anonymous(this=name, expressions=[a for a in arguments if a is not None])


_JSON_CALLS = ("sr_json_query", "sr_parse_json", "sr_cast_json", "sr_to_json", "json_object", "json_array")


def is_json(node: exp.Expr) -> bool:
    """Whether a translated expression yields JSON; a column of JSON can't be told from one of text here."""
    return isinstance(node, exp.Anonymous) and node.name in _JSON_CALLS


def text_of(node: exp.Expr) -> exp.Expr:
    """A value as text; text stays itself, and a JSON string loses its quotes."""
    if isinstance(node, exp.Literal) and node.is_string:
        return node
    return call("json_text" if is_json(node) else "sr_text", node)


def text(value: str) -> exp.Literal:
    """A string literal."""
    return exp.Literal.string(value)


def number(value: int) -> exp.Expr:
    """A number literal."""
    return exp.Literal.number(value)
