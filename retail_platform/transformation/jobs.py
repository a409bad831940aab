"""Jobs people start; automation needs none of them."""

import dagster as dg

from retail_platform.transformation.models import dbt_models
from retail_platform.transformation.sources import observe_raw_tables

# Without its checks: selecting those of dbt would start dbt for an observation.
check_sources_job = dg.define_asset_job(
    "check_sources_job",
    selection=dg.AssetSelection.assets(observe_raw_tables).without_checks(),
    description="Observe the raw tables in a run, for those who want to see runs; the sensor does it without.",
)

build_marts = dg.define_asset_job(
    "build_marts",
    selection=dg.AssetSelection.assets(observe_raw_tables, dbt_models),
    description="Observe the raw tables, build every model and run every check.",
)
