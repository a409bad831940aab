"""The asset `checks_dashboard`, and where its page is."""

# Dagster reads annotations of configuration and resources, so they must not be postponed here.
import dagster as dg

from retail_platform.landing import LandingZone, without_secrets
from retail_platform.raw_assets import RAW_KEYS
from retail_platform.resources import Landing, Warehouse
from retail_platform.transformation.checks.raw import raw_checks
from retail_platform.transformation.checks.sales import (
    FACT_DAILY_SALES,
    control_totals_agree,
    sampled_day_equals_recomputation,
)
from retail_platform.transformation.checks.verdict import as_table
from retail_platform.transformation.dashboard.collect import take_snapshot
from retail_platform.transformation.dashboard.page import html_page
from retail_platform.transformation.dashboard.snapshot import Snapshot, State
from retail_platform.transformation.models import dbt_models

CHECKS = {
    key
    for definition in (dbt_models, raw_checks, control_totals_agree, sampled_day_equals_recomputation)
    for key in definition.check_keys
}
_COUNTED = {"passed": State.PASSED, "warned": State.WARNED, "failed": State.FAILED, "never ran": State.NONE}
_Condition = dg.AutomationCondition
# New data, new marts, or a build that failed: each changes what the page says.
REFRESH = (
    (
        _Condition.any_deps_updated()
        | _Condition.newly_missing()
        | _Condition.any_deps_match(_Condition.execution_failed().newly_true())
    )
    & ~_Condition.in_progress()
).with_label("checks_may_have_changed")


PAGE = "index.html"


def publish(instance: dg.DagsterInstance, warehouse: Warehouse, landing: Landing) -> tuple[str, Snapshot]:
    """Write the page; a reader meets the old one or the new one, never half of it.

    Returns:
        Path or URL of the page, and what it shows.

    Raises:
        LandingZoneError: The page can't be written to RETAIL_CHECKS_URL.
    """
    settings = warehouse.settings
    with warehouse.connect() as connection:
        snapshot = take_snapshot(instance, CHECKS, connection, settings, landing.zone())
    # Published as files of the landing zone are: whole, to any file system.
    LandingZone(settings.checks_root).write(PAGE, html_page(snapshot).encode())
    return f"{without_secrets(settings.checks_root)}/{PAGE}", snapshot


@dg.asset(
    deps=[*RAW_KEYS.values(), FACT_DAILY_SALES],
    group_name="checks",
    kinds={"html"},
    owners=["team:data-platform"],
    automation_condition=REFRESH,
    # After the checks that run beside it, so that it shows them.
    op_tags={"dagster/priority": "-10"},
)
def checks_dashboard(
    context: dg.AssetExecutionContext, warehouse: Warehouse, landing: Landing
) -> dg.MaterializeResult[None]:
    """One HTML page about every check: status, failures with their rows, control totals, freshness, loads."""
    page, snapshot = publish(context.instance, warehouse, landing)
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(page),
            "summary": dg.MetadataValue.md(markdown_summary(snapshot)),
            "passed": snapshot.count(State.PASSED),
            "warned": snapshot.count(State.WARNED),
            "failed": snapshot.count(State.FAILED),
        }
    )


def markdown_summary(snapshot: Snapshot) -> str:
    """The page in a few lines, for the Dagster UI."""
    differing = [str(day) for day in snapshot.differing_days]
    late = [one.table for one in snapshot.freshness if one.is_late(snapshot.taken_at)]
    counts = {word: snapshot.count(state) for word, state in _COUNTED.items()}
    lines = [
        "Checks: " + ", ".join(f"{count} {word}" for word, count in counts.items()) + ".",
        f"Control totals: {'differ on ' + ', '.join(differing) if differing else 'agree on every recent day'}.",
        f"Late tables: {', '.join(late) or 'none'}.",
    ]
    rows = [{"asset": c.asset, "check": c.name, "state": c.latest.name.lower()} for c in snapshot.wanting]
    return "\n\n".join([*lines, as_table(rows)])
