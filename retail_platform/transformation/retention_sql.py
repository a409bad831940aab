"""What of the event store must stay, and what may go, as SQL on Dagster's own tables.

Dagster offers no retention of events; its tables are defined in its code, and the pins in pyproject.toml guard against
their change. Works on SQLite, PostgreSQL and MySQL alike.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as db
from dagster import DagsterEventType
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)

_EVENTS = SqlEventLogStorageTable.c
_CHECKS = AssetCheckExecutionsTable.c
_STATUS_EVENTS = (DagsterEventType.ASSET_MATERIALIZATION.value, DagsterEventType.ASSET_OBSERVATION.value)


def newest_asset_events() -> Any:  # noqa: ANN401 - a SQLAlchemy selectable
    """Ids of the newest materialization and observation of every asset and partition."""
    return (
        db.select(db.func.max(_EVENTS.id))
        .where(_EVENTS.dagster_event_type.in_(_STATUS_EVENTS))
        .group_by(_EVENTS.asset_key, _EVENTS.partition, _EVENTS.dagster_event_type)
    )


def runs_with_status(connection: db.Connection) -> set[str]:
    """Runs that hold the newest event of an asset or partition: without them it would count as missing."""
    rows = connection.execute(db.select(_EVENTS.run_id).where(_EVENTS.id.in_(newest_asset_events())).distinct())
    return {str(row[0]) for row in rows}


def drop_runless_events(connection: db.Connection, before: datetime) -> int:
    """Delete asset events without a run (the observing sensor's) that are old and not the newest of their asset."""
    old = db.select(_EVENTS.id).where(
        _EVENTS.run_id.in_(("", "RUNLESS")),
        _EVENTS.timestamp < before.replace(tzinfo=None),
        _EVENTS.id.not_in(newest_asset_events()),
    )
    ids = [int(row[0]) for row in connection.execute(old)]
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        connection.execute(AssetEventTagsTable.delete().where(AssetEventTagsTable.c.event_id.in_(some)))
        connection.execute(SqlEventLogStorageTable.delete().where(_EVENTS.id.in_(some)))
    return len(ids)


def drop_check_executions(connection: db.Connection, before: datetime) -> int:
    """Delete old executions of checks, except each check's newest."""
    newest = db.select(db.func.max(_CHECKS.id)).group_by(_CHECKS.asset_key, _CHECKS.check_name, _CHECKS.partition)
    kept = [int(row[0]) for row in connection.execute(newest)]
    gone = connection.execute(
        AssetCheckExecutionsTable.delete().where(
            _CHECKS.create_timestamp < before.replace(tzinfo=None), _CHECKS.id.not_in(kept)
        )
    )
    return int(gone.rowcount)
