"""The dbt models as assets, their tests as asset checks."""

# Dagster reads annotations of configuration and resources, so they must not be postponed here.
import os
import shutil
from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from retail_platform.settings import child_environment, retail_settings
from retail_platform.transformation.column_lineage import ColumnLineage
from retail_platform.transformation.dbt_findings import DbtFindings
from retail_platform.transformation.dbt_fork import ForkedDbtResource
from retail_platform.transformation.dbt_project import dbt_executable, load_project
from retail_platform.transformation.manifest import load_manifest
from retail_platform.transformation.model_metadata import ModelMetadata
from retail_platform.transformation.outage import is_lost_warehouse, wait_for_warehouse
from retail_platform.transformation.sources import RAW_KEYS
from retail_platform.transformation.translator import RetailTranslator

PROJECT = load_project()
MANIFEST = load_manifest(PROJECT.manifest_path)
DBT_POOL = "dbt"


def dbt_resource() -> DbtCliResource:
    """The dbt command line, or dbt forked from the run's process where that is wanted."""
    kind = ForkedDbtResource if retail_settings().dbt_fork else DbtCliResource
    return kind(project_dir=PROJECT, dbt_executable=dbt_executable())  # type: ignore[arg-type]  # converted by pydantic


@dbt_assets(
    manifest=MANIFEST,
    project=PROJECT,
    name="dbt_models",
    pool=DBT_POOL,
    dagster_dbt_translator=RetailTranslator(),
)
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build the selected models and run their tests in one dbt invocation; checks alone are run on all rows."""
    # dbt's profile reads the environment; it must see what the settings say, whichever way they were given.
    os.environ.update(child_environment())
    # Unit tests hold models against made-up rows: they belong to development, not to a build of real data.
    command = "build" if context.selected_asset_keys else "test"
    invocation = dbt.cli([command, "--exclude-resource-type", "unit_test"], context=context)
    lineage = ColumnLineage(MANIFEST, RetailTranslator(), retail_settings().home / "column_lineage")
    metadata = ModelMetadata(context, MANIFEST, invocation.target_path, lineage)
    findings = DbtFindings(context, MANIFEST, invocation.target_path)
    try:
        for event in invocation.stream():
            # dbt reports on sources without a data version, which would count as a change of the raw tables.
            if isinstance(event, dg.AssetObservation) and event.asset_key in RAW_KEYS:
                continue
            yield findings.complete(metadata.complete(event))
    except DagsterDbtCliRuntimeError as error:
        if not is_lost_warehouse(error):
            raise
        # What was built is found unchanged, so only failed nodes and those behind them are done again.
        raise wait_for_warehouse() from error
    finally:
        if invocation.is_successful():
            shutil.rmtree(invocation.target_path, ignore_errors=True)
