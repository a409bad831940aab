"""What automation asks for, tick by tick, on the real graph: batched, never stormy, never on top of what is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData
from dagster._core.definitions.automation_tick_evaluation_context import build_run_requests
from dagster._core.events import StepMaterializationData

from retail_platform.raw_assets import DATA_VERSION_TAG, RAW_KEYS

ORDERS, ITEMS, RATES = (RAW_KEYS[f"raw_{name}"] for name in ("orders", "order_items", "exchange_rates"))
FCT_ORDERS, FCT_SALES = (dg.AssetKey(["gold", name]) for name in ("fct_orders", "fct_sales"))


class Automation:
    """The models' automation sensor, one tick at a time, against an instance of its own."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        from retail_platform.transformation.definitions import defs
        from retail_platform.transformation.models import dbt_models

        self.defs, self.instance, self.models = defs, instance, dbt_models
        self.graph = defs.get_repository_def().asset_graph
        self.cursor: Any = None
        self.versions = 0

    def loaded(self, *keys: dg.AssetKey, day: str | None = None) -> None:
        """What a load reports: a materialization with a new data version."""
        for key in keys:
            self.versions += 1
            tags = {DATA_VERSION_TAG: str(self.versions)}
            self.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=day, tags=tags))

    def built(self, run: dg.DagsterRun, *failing: dg.AssetKey) -> None:
        """What a run built, in order: all of its models, or those that don't follow from one that fails; its end."""
        skipped = dg.AssetSelection.assets(*failing).downstream().resolve(self.graph) if failing else set()
        for key in self.graph.toposorted_asset_keys:
            if key in (run.asset_selection or ()) and key not in skipped:
                told = StepMaterializationData(dg.AssetMaterialization(key))
                event = dg.DagsterEvent("ASSET_MATERIALIZATION", run.job_name, event_specific_data=told)
                self.instance.report_dagster_event(event, run.run_id)
        if failing:
            self.instance.report_run_failed(run)
        else:
            self.instance.report_dagster_event(dg.DagsterEvent("PIPELINE_SUCCESS", run.job_name), run.run_id)

    def checked(self, key: dg.AssetKey, name: str, *, passed: bool) -> None:
        """A check's result on what was last built; the storage compares times by the second if it isn't told which."""
        [built] = self.instance.fetch_materializations(key, limit=1).records
        target = AssetCheckEvaluationTargetMaterializationData(
            storage_id=built.storage_id, run_id=built.run_id, timestamp=built.timestamp
        )
        self.instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=key, check_name=name, passed=passed, metadata={}, target_materialization_data=target
            )
        )

    def tick(self) -> list[dg.RunRequest]:
        """The runs the daemon would start now."""
        from retail_platform.transformation.definitions import build_models_on_new_data

        result = dg.evaluate_automation_conditions(
            self.defs, self.instance, asset_selection=build_models_on_new_data.asset_selection, cursor=self.cursor
        )
        self.cursor = result.cursor
        subsets = list(result._requested_subsets)
        return list(build_run_requests(subsets, self.graph, {}, emit_backfills=False))

    def started(self, request: dg.RunRequest) -> dg.DagsterRun:
        """The run of a request, under way."""
        job = self.defs.resolve_implicit_global_asset_job_def()
        keys = frozenset(request.asset_selection or ())
        subset = job.get_subset(asset_selection=keys, asset_check_selection=set())
        return self.instance.create_run_for_job(subset, status=dg.DagsterRunStatus.STARTED, asset_selection=keys)


@pytest.fixture
def automation() -> Iterator[Automation]:
    """Everything is loaded, built and at rest."""
    with dg.instance_for_test() as instance:
        made = Automation(instance)
        made.loaded(*RAW_KEYS.values())
        requests = made.tick()
        assert len(requests) == 1
        assert set(requests[0].asset_selection or ()) == set(made.models.keys)
        made.built(made.started(requests[0]))
        assert made.tick() == []
        yield made


def _downstream(automation: Automation, *keys: dg.AssetKey) -> set[dg.AssetKey]:
    selection = dg.AssetSelection.assets(*keys).downstream(include_self=False)
    return selection.resolve(automation.graph) & set(automation.models.keys)


def test_the_first_build_waits_for_all_raw_tables_and_builds_everything_at_once() -> None:
    with dg.instance_for_test() as instance:
        fresh = Automation(instance)
        assert fresh.tick() == []
        for key in RAW_KEYS.values():  # a load reports one table after another, while ticks go by
            fresh.loaded(key)
            requests = fresh.tick()
            assert len(requests) == (key == list(RAW_KEYS.values())[-1])
        assert set(requests[0].asset_selection or ()) == set(fresh.models.keys)


def test_many_loads_are_one_run_of_what_they_touch_with_its_tests(automation: Automation) -> None:
    for day in range(10, 29):  # a backfill of a range reports a load per day
        automation.loaded(RATES, day=f"2026-11-{day}")
    (request,) = automation.tick()
    assert set(request.asset_selection or ()) == _downstream(automation, RATES)
    assert dg.AssetKey(["gold", "fct_orders"]) not in (request.asset_selection or ())
    # without a list of checks a run takes those of its assets along
    test = dg.AssetCheckKey(FCT_SALES, "lines_add_up_to_orders")
    assert request.asset_check_keys is None or test in request.asset_check_keys
    assert automation.tick() == []


def test_loads_during_a_build_are_one_more_run_when_it_has_ended(automation: Automation) -> None:
    automation.loaded(ORDERS, ITEMS)
    (request,) = automation.tick()
    run = automation.started(request)
    for _ in range(3):
        automation.loaded(ORDERS, ITEMS)
        assert automation.tick() == []
    automation.built(run)
    (once_more,) = automation.tick()
    assert set(once_more.asset_selection or ()) == _downstream(automation, ORDERS, ITEMS)
    automation.built(automation.started(once_more))
    assert automation.tick() == []


def test_a_failing_model_is_not_started_again_until_something_changes(automation: Automation) -> None:
    automation.loaded(ITEMS)
    (request,) = automation.tick()
    automation.built(automation.started(request), FCT_SALES)
    for _ in range(3):
        assert automation.tick() == []
    automation.loaded(ITEMS)
    (again,) = automation.tick()
    assert set(again.asset_selection or ()) == set(request.asset_selection or ())


def test_nothing_is_built_on_a_model_whose_blocking_check_failed(automation: Automation) -> None:
    blocking = next(
        spec.name for spec in automation.models.check_specs if spec.asset_key == FCT_ORDERS and spec.blocking
    )
    automation.checked(FCT_ORDERS, blocking, passed=False)
    automation.loaded(RATES)
    (request,) = automation.tick()
    # fct_sales would be built from the broken fct_orders: it and what follows from it wait
    assert FCT_SALES not in (request.asset_selection or ())
    automation.built(automation.started(request))
    assert automation.tick() == []
    # the check heals: what waited is built
    automation.checked(FCT_ORDERS, blocking, passed=True)
    (healed,) = automation.tick()
    assert FCT_SALES in (healed.asset_selection or ())
    automation.built(automation.started(healed))
    # it fails again, and new orders come: fct_orders is built anew, and dbt skips what follows if its tests still fail
    automation.checked(FCT_ORDERS, blocking, passed=False)
    automation.loaded(ORDERS)
    (healing,) = automation.tick()
    assert {FCT_ORDERS, FCT_SALES} <= set(healing.asset_selection or ())


def test_meta_takes_a_model_out_of_automation() -> None:
    from retail_platform.transformation.models import PROJECT
    from retail_platform.transformation.translator import RetailTranslator

    manifest = json.loads(PROJECT.manifest_path.read_bytes())
    node = "model.retail.customer_metrics"
    translator = RetailTranslator()
    assert translator.get_asset_spec(manifest, node, PROJECT).automation_condition is not None
    manifest["nodes"][node]["config"]["meta"].setdefault("dagster", {})["automation"] = False
    assert translator.get_asset_spec(manifest, node, PROJECT).automation_condition is None
