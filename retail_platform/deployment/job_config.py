"""Kubernetes configuration of single jobs, as the chart's `jobs` says it, in the words of Dagster's tag.

A code location's run pods get the location's resources. A job that needs more has them here: jobs ask for their tags
when they are defined, and the launcher merges the tag over the location's container context.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from retail_platform.settings import SettingsError

TAG = "dagster-k8s/config"


class JobConfigSettings(BaseSettings):
    """RETAIL_JOB_K8S_CONFIG: job → configuration, as JSON."""

    model_config = SettingsConfigDict(env_prefix="RETAIL_", env_file=".env", extra="ignore", frozen=True)

    job_k8s_config: dict[str, dict[str, dict[str, Any]]] = Field(default_factory=dict)


def kubernetes_tags(job: str) -> dict[str, str]:
    """The tags of a job; none where nothing is said about it, as anywhere but on Kubernetes.

    Raises:
        SettingsError: The variable holds no JSON object of that shape.
    """
    try:
        config = JobConfigSettings().job_k8s_config.get(job)
    except (ValidationError, ValueError):
        raise SettingsError(
            'RETAIL_JOB_K8S_CONFIG is no JSON of the form {"job": {"container_config": {...}}}; the chart makes it '
            "from its value `jobs`"
        ) from None
    return {TAG: json.dumps(config, sort_keys=True)} if config else {}
