"""The partitioned job of this code location."""

import dagster as dg

from retail_platform.deployment.job_config import kubernetes_tags
from retail_platform.executors import step_executor
from retail_platform.ingestion.assets import land_trading_day, load_trading_day
from retail_platform.ingestion.config import LandDayConfig
from retail_platform.partitions import daily

ingest_trading_day = dg.define_asset_job(
    "ingest_trading_day",
    selection=dg.AssetSelection.assets(land_trading_day, load_trading_day),
    description="Generate a day, hold it against the contracts, land it and load it into the raw tables.",
    partitions_def=daily,
    config=dg.RunConfig(ops={"land_trading_day": LandDayConfig()}),
    executor_def=step_executor(),
    tags={"dagster/priority": "1", **kubernetes_tags("ingest_trading_day")},
)
