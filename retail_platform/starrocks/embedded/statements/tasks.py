"""SUBMIT TASK: an INSERT or CREATE TABLE AS SELECT that runs in the background; its fate is in task_runs."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded.engine import Engine, moment
from retail_platform.starrocks.embedded.errors import AnalysisError, StarRocksError, Unsupported
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor
from retail_platform.starrocks.embedded.results import Done, Result, listed

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session


def submit(session: Session, statement: Statement, cursor: TokenCursor) -> Result:
    """SUBMIT TASK [name] AS statement."""
    name = f"task-{uuid.uuid4()}" if cursor.at("AS") else cursor.qualified()[-1]
    if cursor.word() in ("SCHEDULE", "PROPERTIES"):
        raise Unsupported(f"SUBMIT TASK ... {cursor.word()}")
    cursor.expect("AS")
    body = cursor.rest()
    words = [token.text.upper() for token in body[:2]]
    if not words or words[0] not in ("INSERT", "CREATE", "CACHE"):
        raise AnalysisError("Unsupported submit task: only INSERT, CREATE TABLE AS SELECT")
    offset = statement.tokens[0].start
    definition = statement.text[body[0].start - offset : body[-1].end + 1 - offset]
    database = session.current_database()
    query_id = str(uuid.uuid4())
    with session.engine.write() as unit:
        if unit.execute("SELECT 1 FROM meta.tasks WHERE name = ?", [name]):
            raise AnalysisError(f"Task {name} already exist")
        unit.execute(
            "INSERT INTO meta.tasks VALUES (?, ?, ?, ?, ?)", [unit.new_id(), name, database, definition, unit.now]
        )
        unit.execute(
            "INSERT INTO meta.task_runs VALUES (?, ?, ?, NULL, 'RUNNING', ?, ?, 0, NULL, '0%')",
            [query_id, name, unit.now, database, definition],
        )
    worker = session.engine.background(session.user, database)
    thread = threading.Thread(target=_run, args=(session.engine, worker, query_id, definition), name=name, daemon=True)
    session.engine.threads.append(thread)
    thread.start()
    return listed(["TaskName", "Status"], [[name, "SUBMITTED"]])


def _run(engine: Engine, worker: Session, query_id: str, definition: str) -> None:
    state, code, message = "SUCCESS", 0, None
    try:
        worker.execute(definition)
    except StarRocksError as error:
        state, code, message = "FAILED", -1, error.message
    finally:
        worker.close()
    with engine.write() as unit:
        unit.execute(
            "UPDATE meta.task_runs SET state = ?, error_code = ?, error_message = ?, finished = ?, progress = ?"
            " WHERE query_id = ?",
            [state, code, message, moment(), "100%" if state == "SUCCESS" else "0%", query_id],
        )


def drop(session: Session, _statement: Statement, cursor: TokenCursor) -> Result:
    """DROP TASK [IF EXISTS] name [FORCE]."""
    quiet = cursor.match("IF", "EXISTS")
    name = cursor.qualified()[-1]
    cursor.match("FORCE")
    cursor.end()
    with session.engine.write() as unit:
        if not unit.execute("SELECT 1 FROM meta.tasks WHERE name = ?", [name]):
            if quiet:
                return Done()
            raise AnalysisError(f"Task {name} is not exist")
        unit.execute("DELETE FROM meta.tasks WHERE name = ?", [name])
    return Done()
