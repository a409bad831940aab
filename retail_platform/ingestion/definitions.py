"""Table of contents of the ingestion code location."""

import dagster as dg

from retail_platform.executors import step_executor
from retail_platform.ingestion.assets import land_trading_day, load_trading_day
from retail_platform.ingestion.checks import ingestion_checks
from retail_platform.ingestion.jobs import ingest_trading_day
from retail_platform.ingestion.schedules import ingest_closed_day, ingest_open_day
from retail_platform.resources import Landing, Warehouse

defs = dg.Definitions(
    assets=[land_trading_day, load_trading_day],
    asset_checks=[ingestion_checks],
    jobs=[ingest_trading_day],
    schedules=[ingest_closed_day, ingest_open_day],
    resources={"warehouse": Warehouse(), "landing": Landing()},
    executor=step_executor(),
)
