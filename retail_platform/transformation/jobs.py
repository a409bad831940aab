"""Jobs people start; automation needs none of them."""

import dagster as dg

from retail_platform.deployment.job_config import kubernetes_tags
from retail_platform.transformation.dashboard.asset import checks_dashboard
from retail_platform.transformation.models import dbt_models
from retail_platform.transformation.retention import trim_event_store
from retail_platform.transformation.sources import observe_raw_tables

# Without its checks: selecting those of dbt would start dbt for an observation.
check_sources_job = dg.define_asset_job(
    "check_sources_job",
    selection=dg.AssetSelection.assets(observe_raw_tables).without_checks(),
    description="Observe the raw tables in a run, for those who want to see runs; the sensor does it without.",
    tags=kubernetes_tags("check_sources_job"),
)

build_marts = dg.define_asset_job(
    "build_marts",
    selection=dg.AssetSelection.assets(observe_raw_tables, dbt_models, checks_dashboard),
    description="Observe the raw tables, build every model, run every check and publish the checks dashboard.",
    tags=kubernetes_tags("build_marts"),
)

# dbt limits the tests of a build to the days it touched; without models to build, it tests everything.
test_everything = dg.define_asset_job(
    "test_everything",
    selection=dg.AssetSelection.checks(*sorted(dbt_models.check_keys, key=str)),
    description="Run every dbt test on all rows, also on days no build has touched.",
)

publish_checks = dg.define_asset_job(
    "publish_checks",
    selection=dg.AssetSelection.assets(checks_dashboard).without_checks(),
    description="Publish the checks dashboard as things stand, without running any check.",
    tags=kubernetes_tags("publish_checks"),
)


@dg.job(
    description="Remove runs with their events, and ticks, that are older than wanted; assets keep their status.",
    tags=kubernetes_tags("maintain_event_store"),
)
def maintain_event_store() -> None:
    """Keep the Dagster instance's storage bounded."""
    trim_event_store()
