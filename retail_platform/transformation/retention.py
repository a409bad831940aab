"""Keeping the Dagster instance's storage bounded.

Dagster keeps every run and every event for ever. Here finished runs older than some days go, with their events and, on
SQLite, the file each run has of its own. What the UI says about an asset must not go with them: a run that holds the
newest event of an asset or partition stays however old it is, and so does each check's newest execution.
"""

# Dagster reads annotations of configuration and resources, so they must not be postponed here.
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from pydantic import Field

from retail_platform.transformation.retention_sql import (
    drop_check_executions,
    drop_runless_events,
    runs_with_status,
)


class RetentionConfig(dg.Config):
    """How long to keep what."""

    keep_days: int = Field(14, description="Finished runs and events older than so many days are removed.")
    keep_ticks_days: int = Field(3, description="Ticks of sensors and schedules older than so many days are removed.")


@dg.op(description="Remove old runs, events and ticks.")
def trim_event_store(context: dg.OpExecutionContext, config: RetentionConfig) -> None:
    """Remove what is older than wanted and say how much that was."""
    if config.keep_days < 1 or config.keep_ticks_days < 1:
        raise dg.Failure("keep_days and keep_ticks_days must be at least 1", allow_retries=False)
    now = datetime.now(UTC)
    removed = trim(context.instance, now - timedelta(days=config.keep_days))
    purge_ticks(context.instance, now - timedelta(days=config.keep_ticks_days))
    context.log.info(", ".join(f"{count:,} {what}" for what, count in removed.items()) + " removed")
    context.add_output_metadata(removed)


def trim(instance: dg.DagsterInstance, before: datetime) -> dict[str, int]:
    """Delete runs, run-less events and check executions from before a moment; returns how many of each."""
    storage = _storage(instance)
    with storage.index_connection() as connection:
        kept = runs_with_status(connection)
    runs = _remove_runs(instance, storage, before, kept)
    with storage.index_connection() as connection:
        events = drop_runless_events(connection, before)
        checks = drop_check_executions(connection, before)
    return {"runs": runs, "run-less events": events, "check executions": checks}


def purge_ticks(instance: dg.DagsterInstance, before: datetime) -> None:
    """Delete ticks of every sensor and schedule from before a moment."""
    for state in instance.all_instigator_state():
        instance.purge_ticks(state.instigator_origin_id, state.selector_id, before.timestamp())


def _remove_runs(instance: dg.DagsterInstance, storage: SqlEventLogStorage, before: datetime, kept: set[str]) -> int:
    chosen = dg.RunsFilter(statuses=list(FINISHED_STATUSES), created_before=before)
    doomed = [run_id for run_id in instance.get_run_ids(chosen) if run_id not in kept]
    for run_id in doomed:
        instance.delete_run(run_id)
        if isinstance(storage, SqliteEventLogStorage):
            # Dagster empties the run's own file but leaves it lying there, as large as before.
            Path(storage.path_for_shard(run_id)).unlink(missing_ok=True)
    return len(doomed)


def _storage(instance: dg.DagsterInstance) -> SqlEventLogStorage:
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        raise dg.Failure(f"retention knows SQL storages, not {type(storage).__name__}", allow_retries=False)
    return storage
