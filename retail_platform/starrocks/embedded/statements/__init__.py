"""Which statement does what: a table from leading words to handlers. What is not in it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded.errors import Unsupported, unexpected_input
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor
from retail_platform.starrocks.embedded.results import Result
from retail_platform.starrocks.embedded.statements import (
    administration,
    alter,
    change,
    databases,
    insert,
    materialized,
    queries,
    show,
    tables,
    tasks,
    transactions,
    views,
)

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

Handler = Callable[["Session", Statement, TokenCursor], Result]

HANDLERS: dict[tuple[str, ...], Handler] = {
    ("SELECT",): queries.select,
    ("(",): queries.select,
    ("VALUES",): queries.select,
    ("WITH",): queries.with_clause,
    ("EXPLAIN",): queries.explain,
    ("INSERT", "INTO"): insert.insert,
    ("INSERT", "OVERWRITE"): insert.insert,
    ("UPDATE",): change.update,
    ("DELETE",): change.delete,
    ("CREATE", "DATABASE"): databases.create,
    ("CREATE", "SCHEMA"): databases.create,
    ("DROP", "DATABASE"): databases.drop,
    ("DROP", "SCHEMA"): databases.drop,
    ("CREATE", "TABLE"): tables.create,
    ("DROP", "TABLE"): tables.drop,
    ("TRUNCATE", "TABLE"): tables.truncate,
    ("ALTER", "TABLE"): alter.alter_table,
    ("CREATE", "VIEW"): views.create,
    ("CREATE", "OR", "REPLACE", "VIEW"): views.create_or_replace,
    ("DROP", "VIEW"): views.drop,
    ("ALTER", "VIEW"): views.alter,
    ("CREATE", "MATERIALIZED", "VIEW"): materialized.create,
    ("DROP", "MATERIALIZED", "VIEW"): materialized.drop,
    ("REFRESH", "MATERIALIZED", "VIEW"): materialized.refresh,
    ("ALTER", "MATERIALIZED", "VIEW"): materialized.alter,
    ("SUBMIT", "TASK"): tasks.submit,
    ("DROP", "TASK"): tasks.drop,
    ("SHOW",): show.show,
    ("DESC",): show.describe,
    ("DESCRIBE",): show.describe,
    ("USE",): administration.use,
    ("SET",): administration.set_variables,
    ("KILL",): administration.kill,
    ("SYNC",): administration.sync,
    ("ADMIN", "SET", "FRONTEND", "CONFIG"): administration.set_config,
    ("ADMIN", "SHOW", "FRONTEND", "CONFIG"): administration.show_config,
    ("ANALYZE",): administration.analyze,
    ("BEGIN",): transactions.begin,
    ("START", "TRANSACTION"): transactions.begin,
    ("COMMIT",): transactions.commit,
    ("ROLLBACK",): transactions.rollback,
}
_LONGEST = max(len(words) for words in HANDLERS)
# What StarRocks has and the embedded server lacks: named in its refusal, so nobody looks for a typing error.
_KNOWN_ELSEWHERE = {
    "ADMIN", "BACKUP", "RESTORE", "RECOVER", "EXPORT", "LOAD", "GRANT", "REVOKE", "CANCEL", "PAUSE", "RESUME", "STOP",
    "INSTALL", "UNINSTALL", "CREATE", "DROP", "ALTER", "REFRESH", "SUBMIT", "PREPARE", "EXECUTE", "DEALLOCATE",
    "TRANSLATE", "CACHE", "CLEAR", "TRUNCATE", "START",
}  # fmt: skip


def execute(session: Session, statement: Statement) -> Result:
    """Run one statement."""
    cursor = TokenCursor(statement.tokens, statement.text)
    transactions.check_allowed(session, cursor.word())
    for length in range(_LONGEST, 0, -1):
        words = tuple(cursor.word(i) for i in range(length))
        handler = HANDLERS.get(words)
        if handler is not None:
            cursor.position = 0 if words[0] in ("SELECT", "(", "VALUES", "WITH") else length
            return handler(session, statement, cursor)
    token = statement.tokens[0]
    if token.text.upper() in _KNOWN_ELSEWHERE and len(statement.tokens) > 1:
        raise Unsupported(f"the statement '{' '.join(t.text for t in statement.tokens[:4]).upper()}'")
    raise unexpected_input(token.text, "SELECT, INSERT, CREATE, ALTER, DROP, SHOW, ...", token.line, 0)
