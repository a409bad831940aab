"""Housekeeping once a day; and the classic way of observing, a run each minute, off by default."""

from functools import partial

import dagster as dg

from retail_platform.transformation.jobs import check_sources_job, maintain_event_store, test_everything

_schedule = partial(dg.ScheduleDefinition, execution_timezone="UTC", default_status=dg.DefaultScheduleStatus.RUNNING)

check_sources_every_minute = _schedule(
    name="check_sources_every_minute",
    job=check_sources_job,
    cron_schedule="* * * * *",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Observes with a run each minute. The sensor `observe_raw_changes` sees the same without any run.",
)

maintain_event_store_daily = _schedule(
    name="maintain_event_store_daily",
    job=maintain_event_store,
    cron_schedule="40 3 * * *",
    description="Removes old runs, their events and old ticks from the Dagster instance.",
)

test_everything_daily = _schedule(
    name="test_everything_daily",
    job=test_everything,
    cron_schedule="20 4 * * *",
    description="Runs every dbt test on all rows; builds test the days they touch.",
)
