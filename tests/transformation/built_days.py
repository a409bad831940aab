"""Two loaded and built days, and what tests do with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from retail_platform.settings import RetailSettings, StarRocksSettings

DAYS = (date(2026, 11, 17), date(2026, 11, 18))


@dataclass
class Built:
    """A platform with loaded days; `run` executes jobs of the transformation location."""

    starrocks: StarRocksSettings
    retail: RetailSettings
    instance: dg.DagsterInstance

    def ingest(self, day: date, **config: Any) -> None:
        from retail_platform.ingestion.definitions import defs

        job = defs.resolve_job_def("ingest_trading_day")
        run_config = {"ops": {"land_trading_day": {"config": {"orders_per_day": 40, **config}}}}
        outcome = job.execute_in_process(run_config, instance=self.instance, partition_key=day.isoformat())
        assert outcome.success

    def run(self, job: str, *, raise_on_error: bool = False) -> dg.ExecuteInProcessResult:
        from retail_platform.transformation.definitions import defs

        return defs.resolve_job_def(job).execute_in_process(instance=self.instance, raise_on_error=raise_on_error)

    def check(self, result: dg.ExecuteInProcessResult, name: str, asset: str) -> Any:
        found = [
            e for e in result.get_asset_check_evaluations() if (e.check_name, e.asset_key.path[-1]) == (name, asset)
        ]
        assert len(found) == 1, f"{name} of {asset}: {len(found)} evaluations"
        return found[0]
