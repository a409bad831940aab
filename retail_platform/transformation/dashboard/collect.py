"""Reading what the dashboard shows: check executions from the event store, the rest from the warehouse."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)
from pymysql.connections import Connection

from retail_platform.contracts import CONTRACTS
from retail_platform.landing import LandingZone
from retail_platform.settings import RetailSettings
from retail_platform.starrocks.connection import query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE
from retail_platform.starrocks.metadata import table_states
from retail_platform.transformation.checks.sales import FACT_DAILY_SALES
from retail_platform.transformation.checks.settled import settled_stations
from retail_platform.transformation.checks.stations import recent_days
from retail_platform.transformation.dashboard.snapshot import (
    DAYS,
    CheckHistory,
    Execution,
    Freshness,
    Latency,
    Load,
    Snapshot,
    State,
)

SCORING_CHECK = "injected_defects_are_noticed"
_EXECUTIONS = 60
_LOADS = 60
_BUILDS = 100
# Longer than this between a load and a build: nobody was building, and it says nothing about speed.
_LONGEST_LATENCY = 900.0


def take_snapshot(
    instance: dg.DagsterInstance,
    checks: Iterable[dg.AssetCheckKey],
    connection: Connection[Any],
    settings: RetailSettings,
    zone: LandingZone,
) -> Snapshot:
    """Read everything the page shows."""
    now = datetime.now(UTC)
    days = recent_days(connection, settings)
    loads = _loads(connection, settings)
    stations = settled_stations(connection, settings, zone, days)
    return Snapshot(
        taken_at=now,
        checks=[_history(instance, key, now) for key in sorted(checks, key=str)],
        feeds=stations.feeds,
        sales=stations.sales,
        freshness=_freshness(connection, settings),
        loads=loads,
        latencies=_latencies(instance, loads),
        scores=_scores(instance),
    )


def _scores(instance: dg.DagsterInstance) -> list[tuple[str, str]]:
    """What the ingestion location's check against the defect ledger last said, of feeds that have a ledger."""
    found = []
    for contract in CONTRACTS:
        key = dg.AssetCheckKey(dg.AssetKey(["stream_load", contract.name]), SCORING_CHECK)
        records = instance.event_log_storage.get_asset_check_execution_history(key, limit=_EXECUTIONS)
        for evaluation in filter(None, map(_evaluation, records)):
            scores = evaluation.metadata.get("scores")
            if scores is not None:
                found.append((contract.name, str(scores.value)))
            break
    return found


def _evaluation(record: AssetCheckExecutionRecord) -> dg.AssetCheckEvaluation | None:
    """What a check found; None while it is only planned, when Dagster's record offers the plan in its place."""
    evaluation = record.evaluation
    return evaluation if isinstance(evaluation, dg.AssetCheckEvaluation) else None


def _history(instance: dg.DagsterInstance, key: dg.AssetCheckKey, now: datetime) -> CheckHistory:
    records = instance.event_log_storage.get_asset_check_execution_history(key, limit=_EXECUTIONS)
    since = (now - timedelta(days=DAYS)).timestamp()
    done = [record for record in records if _evaluation(record) is not None]
    # The newest one tells how the check stands, however old it is.
    shown = [record for place, record in enumerate(done) if place == 0 or record.create_timestamp >= since]
    executions = [_execution(record, details=place == 0) for place, record in enumerate(shown)]
    return CheckHistory(
        "/".join(key.asset_key.path), key.name, tuple(one for one in executions if one.state is not State.NONE)
    )


def _execution(record: AssetCheckExecutionRecord, *, details: bool) -> Execution:
    at = datetime.fromtimestamp(record.create_timestamp, UTC)
    evaluation = _evaluation(record)
    if record.status == AssetCheckExecutionRecordStatus.SUCCEEDED:
        state = State.PASSED
    elif record.status == AssetCheckExecutionRecordStatus.FAILED:
        warns = evaluation is not None and evaluation.severity == dg.AssetCheckSeverity.WARN
        state = State.WARNED if warns else State.FAILED
    else:
        state = State.NONE
    facts = evaluation.metadata.items() if details and evaluation else ()
    return Execution(at, state, tuple((name, str(value.value)) for name, value in facts))


def _freshness(connection: Connection[Any], settings: RetailSettings) -> list[Freshness]:
    states = table_states(connection, settings.bronze)
    sql = f"SELECT table_name AS t, MAX(finished_at) AS at FROM {_audit(settings)} WHERE status = 'loaded' GROUP BY t"
    loaded = {str(row["t"]): row["at"].replace(tzinfo=UTC) for row in query(connection, sql) if row["at"]}
    return [
        Freshness(
            contract.table,
            states[contract.table].newest_partition if contract.table in states else None,
            loaded.get(contract.table),
            contract.freshness,
        )
        for contract in CONTRACTS
    ]


def _loads(connection: Connection[Any], settings: RetailSettings) -> list[Load]:
    """The last runs that loaded something, oldest first."""
    sql = (
        "SELECT dagster_run_id, dt, SUM(rows_loaded) AS n, SUM(bytes) AS b, MIN(started_at) AS s, "
        "MAX(finished_at) AS e "
        f"FROM {_audit(settings)} WHERE status = 'loaded' AND finished_at IS NOT NULL "
        f"GROUP BY dagster_run_id, dt ORDER BY e DESC LIMIT {_LOADS}"
    )
    return [
        Load(row["e"].replace(tzinfo=UTC), int(row["n"]), int(row["b"]), (row["e"] - row["s"]).total_seconds())
        for row in reversed(query(connection, sql))
    ]


def _latencies(instance: dg.DagsterInstance, loads: list[Load]) -> list[Latency]:
    """For each build, how long the newest load it shows had been waiting."""
    records = instance.fetch_materializations(FACT_DAILY_SALES, limit=_BUILDS).records
    builds = sorted(datetime.fromtimestamp(record.timestamp, UTC) for record in records)
    found = []
    for load in loads:
        visible_at = next((at for at in builds if at >= load.finished_at), None)
        if visible_at and (seconds := (visible_at - load.finished_at).total_seconds()) <= _LONGEST_LATENCY:
            found.append(Latency(visible_at, seconds))
    return found


def _audit(settings: RetailSettings) -> str:
    return quote_table(settings.bronze, AUDIT_TABLE)
