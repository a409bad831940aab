"""Table of contents of the transformation code location."""

import dagster as dg

from retail_platform.resources import Landing, Warehouse
from retail_platform.transformation.automation import automation_sensor
from retail_platform.transformation.checks import raw_checks, sales_reconcile_with_raw
from retail_platform.transformation.jobs import build_marts, check_sources_job
from retail_platform.transformation.models import dbt_models, dbt_resource
from retail_platform.transformation.schedules import check_sources_every_minute
from retail_platform.transformation.sources import RAW_KEYS, observe_raw_changes, observe_raw_tables

# Two automation sensors on purpose: checks requested in the tick that requests models would leave out the dbt tests.
build_models_on_new_data = automation_sensor(
    "build_models_on_new_data",
    dg.AssetSelection.assets(dbt_models),
    "Builds the models downstream of what changed, with their tests.",
)
check_raw_on_new_data = automation_sensor(
    "check_raw_on_new_data",
    dg.AssetSelection.checks_for_assets(*RAW_KEYS) | dg.AssetSelection.checks(sales_reconcile_with_raw),
    "Runs the checks that aren't dbt's on what changed.",
)

defs = dg.Definitions(
    assets=[observe_raw_tables, dbt_models],
    asset_checks=[raw_checks, sales_reconcile_with_raw],
    jobs=[check_sources_job, build_marts],
    schedules=[check_sources_every_minute],
    sensors=[observe_raw_changes, build_models_on_new_data, check_raw_on_new_data],
    resources={"warehouse": Warehouse(), "landing": Landing(), "dbt": dbt_resource()},
    # One process for all steps of a run: dbt is one step, and a second start of Python costs more than it saves.
    executor=dg.in_process_executor,
)
