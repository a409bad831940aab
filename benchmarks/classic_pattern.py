"""The usual way to wire dbt to changing tables in Dagster, as a code location to measure beside ours.

An observe job counts the rows of every raw table each minute, `eager()` and the default automation sensor decide, and
each run starts a Python that starts the dbt command line. Same dbt project, same warehouse.
"""

import os
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets

from retail_platform.contracts import CONTRACTS
from retail_platform.raw_assets import raw_key
from retail_platform.settings import child_environment, retail_settings, starrocks_settings
from retail_platform.starrocks.connection import connect, query, quote_table
from retail_platform.transformation.dbt_project import dbt_executable, load_project
from retail_platform.transformation.manifest import load_manifest

PROJECT = load_project()


@dg.multi_observable_source_asset(specs=[dg.AssetSpec(raw_key(contract.name)) for contract in CONTRACTS])
def raw_counts():  # type: ignore[no-untyped-def]  # noqa: ANN201 - Dagster takes generators of its events
    """Count every raw table."""
    with connect(starrocks_settings()) as connection:
        for contract in CONTRACTS:
            table = quote_table(retail_settings().bronze, contract.table)
            [row] = query(connection, f"SELECT COUNT(*) AS n FROM {table}")
            yield dg.ObserveResult(asset_key=raw_key(contract.name), data_version=dg.DataVersion(str(row["n"])))


class Eager(DagsterDbtTranslator):
    """Every model is eager."""

    def get_automation_condition(self, _props: object) -> dg.AutomationCondition[Any]:
        """Build as soon as anything upstream changed."""
        return dg.AutomationCondition.eager()


@dbt_assets(manifest=load_manifest(PROJECT.manifest_path), project=PROJECT, dagster_dbt_translator=Eager())
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Build and test the models."""
    os.environ.update(child_environment())
    yield from dbt.cli(["build", "--exclude-resource-type", "unit_test"], context=context).stream()


observe = dg.define_asset_job("observe", selection=dg.AssetSelection.assets(*map(raw_key, (c.name for c in CONTRACTS))))

defs = dg.Definitions(
    assets=[raw_counts, models],
    jobs=[observe],
    schedules=[
        dg.ScheduleDefinition(job=observe, cron_schedule="* * * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
    ],
    sensors=[
        dg.AutomationConditionSensorDefinition(
            "default_automation_condition_sensor",
            target=dg.AssetSelection.all(),
            default_status=dg.DefaultSensorStatus.RUNNING,
        )
    ],
    resources={"dbt": DbtCliResource(project_dir=PROJECT, dbt_executable=dbt_executable())},
)
