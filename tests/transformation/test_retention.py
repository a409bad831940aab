"""The event store shrinks; what the UI says about assets and partitions stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from retail_platform.transformation.retention import trim

PARTITIONS = dg.StaticPartitionsDefinition(["a", "b"])


@dg.asset(partitions_def=PARTITIONS)
def loaded() -> None:
    """A partitioned asset."""


@dg.asset
def model() -> None:
    """An asset made again and again."""


@dg.asset_check(asset=model)
def sound() -> dg.AssetCheckResult:
    """Its check."""
    return dg.AssetCheckResult(passed=True)


def _size(home: Path) -> int:
    return sum(file.stat().st_size for file in (home / "history" / "runs").glob("*.db") if file.name != "index.db")


def test_store_shrinks_and_status_stays(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for key in ("a", "b"):
            dg.materialize([loaded], instance=instance, partition_key=key)
        for _ in range(6):
            dg.materialize([model, sound], instance=instance)
            instance.report_runless_asset_event(dg.AssetObservation("raw", tags={"dagster/data_version": "1"}))
        newest = instance.get_latest_materialization_event(model.key)
        before, runs_before = _size(tmp_path), instance.get_runs_count()
        removed = trim(instance, datetime.now(UTC) + timedelta(minutes=1))
        assert removed == {"runs": 5, "run-less events": 5, "check executions": 5}
        assert instance.get_runs_count() == runs_before - 5 == 3
        assert _size(tmp_path) < before
        assert instance.get_materialized_partitions(loaded.key) == {"a", "b"}
        assert instance.get_latest_materialization_event(model.key) == newest
        assert len(instance.fetch_observations(dg.AssetKey("raw"), limit=10).records) == 1
        check = dg.AssetCheckKey(model.key, "sound")
        latest = instance.event_log_storage.get_latest_asset_check_execution_by_key([check])[check]
        assert latest.status.value == "SUCCEEDED"
        assert trim(instance, datetime.now(UTC) + timedelta(minutes=1)) == dict.fromkeys(removed, 0)


def test_young_runs_stay(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for _ in range(2):
            dg.materialize([model], instance=instance)
        assert trim(instance, datetime.now(UTC) - timedelta(days=14))["runs"] == 0


def test_job_and_schedule_exist_and_refuse_nonsense(tmp_path: Path) -> None:
    from retail_platform.transformation.definitions import defs

    assert defs.get_schedule_def("maintain_event_store_daily").default_status == dg.DefaultScheduleStatus.RUNNING
    job = defs.resolve_job_def("maintain_event_store")
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        assert job.execute_in_process(instance=instance).success
        with pytest.raises(dg.Failure, match="at least 1"):
            job.execute_in_process({"ops": {"trim_event_store": {"config": {"keep_days": 0}}}}, instance=instance)
