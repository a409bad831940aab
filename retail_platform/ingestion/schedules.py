"""When days are loaded by themselves."""

from datetime import timedelta

import dagster as dg

from retail_platform.ingestion.jobs import ingest_trading_day

CLOSED_DAY_CRON = "20 0 * * *"
INTRADAY_CRON = "*/5 * * * *"


@dg.schedule(
    job=ingest_trading_day,
    cron_schedule=CLOSED_DAY_CRON,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night: the day that just ended, whole. It replaces the slices loaded during the day.",
)
def ingest_closed_day(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Request yesterday's partition."""
    day = (context.scheduled_execution_time - timedelta(days=1)).date().isoformat()
    return dg.RunRequest(run_key=f"closed-{day}", partition_key=day)


@dg.schedule(
    job=ingest_trading_day,
    cron_schedule=INTRADAY_CRON,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Every five minutes: what happened since the last slice. Off by default; switch it on to trade live.",
)
def ingest_open_day(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Request today's partition as of the scheduled moment, so that a late tick brings the same slice."""
    moment = context.scheduled_execution_time.replace(tzinfo=None)
    # At midnight the slice that ends is the last one of the day before.
    day = (moment - timedelta(seconds=1)).date().isoformat()
    config = {"ops": {"land_trading_day": {"config": {"as_of": moment.isoformat()}}}}
    return dg.RunRequest(run_key=f"open-{moment.isoformat()}", partition_key=day, run_config=config)
