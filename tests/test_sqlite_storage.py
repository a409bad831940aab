"""Dagster's SQLite storage as the laptop's dagster.yaml has it: connections are kept, and nothing else differs."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef
from sqlalchemy import event, pool

from retail_platform.cli.instance import project_file
from retail_platform.sqlite_storage import KeptEventLog

KEY = dg.AssetKey("a")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dagster.yaml").write_text(project_file("dagster.yaml").read_text())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as found:
        assert isinstance(found.event_log_storage, KeptEventLog)
        yield found


def _report(instance: dg.DagsterInstance, number: int) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(KEY, metadata={"number": number}))


def _numbers(instance: dg.DagsterInstance) -> list[object]:
    records = instance.fetch_materializations(KEY, limit=1_000, ascending=True).records
    return [record.asset_materialization.metadata["number"].value for record in records if record.asset_materialization]


@dg.op
def _nothing() -> None:
    pass


@dg.job
def _a_job() -> None:
    _nothing()


@contextmanager
def _watched(name: str) -> Iterator[list[object]]:
    """What SQLAlchemy's pools report while the block lasts: each `connect` or `close`."""
    seen: list[object] = []

    def note(*connection: object) -> None:
        seen.append(connection)

    event.listen(pool.Pool, name, note)
    try:
        yield seen
    finally:
        event.remove(pool.Pool, name, note)


def test_a_file_is_opened_once(instance: dg.DagsterInstance) -> None:
    _report(instance, 0)
    with _watched("connect") as opened:
        for number in range(1, 20):
            _report(instance, number)
            instance.get_runs(limit=1)
            instance.all_instigator_state()
    assert len(opened) <= 2  # runs and schedules, which had not been used; the events' two were open
    assert _numbers(instance) == list(range(20))


def test_files_of_old_runs_are_closed(instance: dg.DagsterInstance, home: Path) -> None:
    with _watched("connect") as opened, _watched("close") as closed:
        for _ in range(12):
            assert _a_job.execute_in_process(instance=instance).success
    assert len(list((home / "history" / "runs").glob("*-*.db"))) == 12
    assert len(opened) >= 12
    assert len(opened) - len(closed) <= 10  # eight of the events', runs and schedules
    assert all(len(instance.all_logs(run.run_id)) > 5 for run in instance.get_runs())


def test_dagsters_own_class_reads_the_same_files(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        _report(instance, 1)
        run = _a_job.execute_in_process(instance=instance).dagster_run
    (home / "plain.yaml").write_text("telemetry: { enabled: false }\n")
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), config_filename="plain.yaml")) as instance:
        assert not isinstance(instance.event_log_storage, KeptEventLog)
        _report(instance, 2)
        assert instance.get_run_by_id(run.run_id) is not None
    with dg.DagsterInstance.get() as instance:
        assert _numbers(instance) == [1, 2]


def test_a_fork_has_connections_of_its_own(instance: dg.DagsterInstance) -> None:
    """All report at once; a child that used what it inherited would have opened nothing."""
    _report(instance, 0)
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_report_in_a_fork, args=(instance, start)) for start in (100, 200)]
    for child in children:
        child.start()
    _report_range(instance, 300)
    for child in children:
        child.join(60)
        assert child.exitcode == 0
    assert sorted(_numbers(instance), key=str) == sorted([0, *_hundred(100), *_hundred(200), *_hundred(300)], key=str)


def _report_in_a_fork(instance: dg.DagsterInstance, start: int) -> None:
    with _watched("connect") as opened:
        _report_range(instance, start)
    assert len(opened) >= 2, "the events' two files were not opened anew"


def _hundred(start: int) -> range:
    return range(start, start + 30)


def _report_range(instance: dg.DagsterInstance, start: int) -> None:
    for number in _hundred(start):
        _report(instance, number)


def test_a_wiped_log_is_empty_and_works(instance: dg.DagsterInstance) -> None:
    _report(instance, 1)
    assert _a_job.execute_in_process(instance=instance).success
    instance.event_log_storage.wipe()
    assert _numbers(instance) == []
    _report(instance, 2)
    assert _numbers(instance) == [2]
