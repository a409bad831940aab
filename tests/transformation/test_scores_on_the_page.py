"""Recall and precision against the defect ledger, as the ingestion location's check told them, are on the page."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned

from retail_platform.ingestion.checks import ingestion_checks
from retail_platform.transformation.dashboard.collect import SCORING_CHECK, _history, _scores
from retail_platform.transformation.dashboard.page import html_page
from retail_platform.transformation.dashboard.snapshot import Snapshot, State

TABLE = (
    "| defect | injected | noticed | recall | precision |\n|" + " --- |" * 5 + "\n| null | 8 | 7 | 0.8750 | 1.0000 |"
)


def test_scores_of_the_last_check_are_shown() -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["stream_load", "orders"]), SCORING_CHECK)
    assert key in ingestion_checks.check_keys
    with dg.instance_for_test() as instance:
        assert _scores(instance) == []
        for noticed in (False, True):
            metadata = {"injected": 8, **({"scores": dg.MetadataValue.md(TABLE)} if noticed else {})}
            evaluation = dg.AssetCheckEvaluation(
                asset_key=key.asset_key, check_name=key.name, passed=True, metadata=metadata
            )
            instance.report_runless_asset_event(evaluation)
        _plan(instance, key)  # a run that has not come to it yet
        scores = _scores(instance)
        history = _history(instance, key, datetime.now(UTC))
    assert scores == [("orders", TABLE)]
    assert [one.state for one in history.executions] == [State.PASSED, State.PASSED]
    assert ("injected", "8") in history.executions[0].facts
    empty = Snapshot(datetime.now(UTC), [], [], [], [], [], [])
    assert "Injected defects" not in html_page(empty)
    page = html_page(Snapshot(datetime.now(UTC), [], [], [], [], [], [], scores))
    assert "Injected defects noticed" in page and "<td>0.8750</td>" in page


def _plan(instance: dg.DagsterInstance, key: dg.AssetCheckKey) -> None:
    planned = AssetCheckEvaluationPlanned(asset_key=key.asset_key, check_name=key.name)
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
    event = dg.DagsterEvent(kind.value, job_name="any", event_specific_data=planned)
    instance.report_dagster_event(event, run_id=str(uuid4()))
