"""Housekeeping once a day; and the classic way of observing, a run each minute, off by default."""

import dagster as dg

from retail_platform.transformation.jobs import check_sources_job, maintain_event_store, test_everything

check_sources_every_minute = dg.ScheduleDefinition(
    name="check_sources_every_minute",
    job=check_sources_job,
    cron_schedule="* * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Observes with a run each minute. The sensor `observe_raw_changes` sees the same without any run.",
)

maintain_event_store_daily = dg.ScheduleDefinition(
    name="maintain_event_store_daily",
    job=maintain_event_store,
    cron_schedule="40 3 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Removes old runs, their events and old ticks from the Dagster instance.",
)

test_everything_daily = dg.ScheduleDefinition(
    name="test_everything_daily",
    job=test_everything,
    cron_schedule="20 4 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Runs every dbt test on all rows; builds test the days they touch.",
)
