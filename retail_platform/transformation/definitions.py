"""Table of contents of the transformation code location."""

import dagster as dg

from retail_platform.executors import step_executor
from retail_platform.resources import Landing, Warehouse
from retail_platform.transformation.automation import automation_sensor
from retail_platform.transformation.checks.raw import raw_checks
from retail_platform.transformation.checks.sales import control_totals_agree, sampled_day_equals_recomputation
from retail_platform.transformation.dashboard.asset import checks_dashboard
from retail_platform.transformation.jobs import (
    build_marts,
    check_sources_job,
    maintain_event_store,
    publish_checks,
    test_everything,
)
from retail_platform.transformation.models import dbt_models, dbt_resource
from retail_platform.transformation.schedules import (
    check_sources_every_minute,
    maintain_event_store_daily,
    test_everything_daily,
)
from retail_platform.transformation.sources import RAW_KEYS, observe_raw_changes, observe_raw_tables

# Two automation sensors on purpose: checks requested in the tick that requests models leave out the dbt tests, and
# a check both of them look after would run twice. Tests without a condition of their own come along with their models.
build_models_on_new_data = automation_sensor(
    "build_models_on_new_data",
    dg.AssetSelection.assets(dbt_models).without_checks(),
    "Builds the models downstream of what changed, with their tests.",
    seconds=3,  # the daemon looks every five; asked for five, it is often a moment too early and lets one look pass
)
check_raw_on_new_data = automation_sensor(
    "check_raw_on_new_data",
    dg.AssetSelection.checks_for_assets(*RAW_KEYS)
    | dg.AssetSelection.checks(control_totals_agree, sampled_day_equals_recomputation)
    | dg.AssetSelection.assets(checks_dashboard),
    "Runs the checks that aren't dbt's on what changed, and publishes the dashboard.",
    seconds=30,  # nobody waits for them as for the marts, whose build they would slow down
)

defs = dg.Definitions(
    assets=[observe_raw_tables, dbt_models, checks_dashboard],
    asset_checks=[raw_checks, control_totals_agree, sampled_day_equals_recomputation],
    jobs=[check_sources_job, build_marts, test_everything, publish_checks, maintain_event_store],
    schedules=[check_sources_every_minute, maintain_event_store_daily, test_everything_daily],
    sensors=[observe_raw_changes, build_models_on_new_data, check_raw_on_new_data],
    resources={"warehouse": Warehouse(), "landing": Landing(), "dbt": dbt_resource()},
    executor=step_executor(),
)
