"""Write dagster.yaml of every mode from the one template, deploy/dagster.yaml.jinja.

Laptop: the top-level dagster.yaml, kept by hand and held against the template by a test. Compose and Kubernetes: files
this script writes; the latter is a Helm template itself, because there the settings are values of the chart.
"""

from __future__ import annotations

import re
from pathlib import Path

import click
from jinja2 import Environment, StrictUndefined

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "deploy" / "dagster.yaml.jinja"
TARGETS = {
    "compose": ROOT / "deploy" / "compose" / "dagster.yaml",
    "kubernetes": ROOT / "helm" / "retail-platform" / "files" / "dagster.yaml",
}

_RETENTION = "{ skipped: 1, failure: 30, success: 30 }"
# Setting → value on a laptop, in compose, and the chart's value it comes from.
_SETTINGS = {
    "telemetry": ("false", "false", "telemetry.enabled"),
    "max_concurrent_runs": ("4", "4", "dagsterDaemon.runCoordinator.maxConcurrentRuns | int64"),
    "pool_limit": ("1", "1", "dagsterDaemon.pools.defaultLimit | int64"),
    "retries": ("true", "true", "dagsterDaemon.runRetries.enabled"),
    "max_retries": ("1", "1", "dagsterDaemon.runRetries.maxRetries | int64"),
    "monitoring": ("true", "true", "dagsterDaemon.runMonitoring.enabled"),
    "start_timeout": ("180", "180", "dagsterDaemon.runMonitoring.startTimeoutSeconds | int64"),
    "max_runtime": ("21600", "21600", "dagsterDaemon.runMonitoring.maxRuntimeSeconds | int64"),
    "poll_interval": ("30", "30", "dagsterDaemon.runMonitoring.pollIntervalSeconds | int64"),
    "freshness": ("true", "true", "freshness.enabled"),
    "sensor_workers": ("4", "4", "dagsterDaemon.sensors.numWorkers | int64"),
    "schedule_workers": ("2", "2", "dagsterDaemon.schedules.numWorkers | int64"),
    "schedule_retention": (_RETENTION, _RETENTION, "retention.schedule | toJson"),
    "sensor_retention": (_RETENTION, _RETENTION, "retention.sensor | toJson"),
    "pg_scheme": ("", "postgresql+psycopg2", "postgresql.postgresqlScheme | quote"),
    "pg_user": ("", "dagster", "postgresql.postgresqlUsername | quote"),
    "pg_db": ("", "dagster", "postgresql.postgresqlDatabase | quote"),
    "pg_port": ("", "5432", "postgresql.service.port | int64"),
}
_TITLES = {
    "laptop": "a laptop, SQLite in DAGSTER_HOME",
    "compose": "docker compose, Postgres beside it",
    "kubernetes": "Kubernetes, one job for every run",
}


def render(mode: str) -> str:
    """dagster.yaml of a mode; for Kubernetes, the Helm template of it."""
    column = list(_TITLES).index(mode)
    settings = {name: values[column] for name, values in _SETTINGS.items()}
    hosts = {"laptop": "", "compose": "postgres", "kubernetes": '{{ include "retail-platform.postgresqlHost" . }}'}
    if mode == "kubernetes":
        settings = {name: "{{ .Values." + path + " }}" for name, path in settings.items()}
    environment = Environment(
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - YAML, not HTML
        keep_trailing_newline=True,
    )
    text = environment.from_string(TEMPLATE.read_text()).render(
        mode=mode, title=_TITLES[mode], pg_host=hosts[mode], **settings
    )
    return re.sub(r"\n{3,}", "\n\n", text).lstrip("\n")


@click.command()
def main() -> None:
    """Write the files of the modes that have one of their own."""
    for mode, target in TARGETS.items():
        target.write_text(render(mode))
        click.echo(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
