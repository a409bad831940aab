"""Where the steps of a run are executed: in the run's own process, or each in a Kubernetes job of its own.

One process is the default: starting Python again costs more than the steps gain. Backfills that are to spread over a
cluster set RETAIL_EXECUTOR=k8s (the chart's `k8sJobExecutor`). What RETAIL_EXECUTOR_CONFIG says about it, a run's
configuration under `execution` may override.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from retail_platform.settings import SettingsError, retail_settings


def step_executor() -> dg.ExecutorDefinition:
    """The executor of this installation's jobs.

    Raises:
        SettingsError: RETAIL_EXECUTOR_CONFIG holds something the executor doesn't take.
    """
    settings = retail_settings()
    if settings.executor == "in_process":
        return dg.in_process_executor
    # Imports the Kubernetes client, a second that nobody else has to wait for.
    from dagster_k8s import k8s_job_executor  # noqa: PLC0415

    schema = k8s_job_executor.config_schema.as_field()
    fields: dict[str, dg.Field] = schema.config_type.fields  # type: ignore[attr-defined]  # a Shape's
    unknown = sorted(settings.executor_config.keys() - fields.keys())
    if unknown:
        raise SettingsError(
            f"RETAIL_EXECUTOR_CONFIG: {', '.join(unknown)} is nothing k8s_job_executor knows; it takes "
            f"{', '.join(sorted(fields))}. The chart makes the variable from its value `k8sJobExecutor`."
        )

    def merged(given: Mapping[str, Any]) -> dict[str, Any]:
        # What a run doesn't say arrives as its default, which must not replace what the setting says.
        said = {
            name: value
            for name, value in given.items()
            if not (fields[name].default_provided and fields[name].default_value == value)
        }
        return {**given, **settings.executor_config, **said}

    return k8s_job_executor.configured(merged, name="k8s", config_schema=schema)
