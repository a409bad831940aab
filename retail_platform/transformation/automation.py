"""When models and checks run by themselves.

`eager()` forgets an update that arrives between the tick that requested a run and the next one; a model would stay
stale until the next change. The condition here remembers it.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import dagster as dg

from retail_platform.raw_assets import RAW_KEYS

_Condition = dg.AutomationCondition

_trigger = _Condition.any_deps_updated() | _Condition.newly_missing()

# An upstream model has a failed blocking check and is not about to be built anew: nothing is built on top of it. If it
# is, dbt skips what follows when its tests fail again. Raw tables are left out: dbt holds their rows against tests in
# the same run, and a check of theirs that ran an hour ago says nothing about the load that heals it.
_built_on_failed_checks = _Condition.any_deps_match(
    _Condition.any_checks_match(_Condition.check_failed(), blocking_only=True) & ~_Condition.will_be_requested()
).ignore(dg.AssetSelection.assets(*RAW_KEYS.values()))

# Some raw table was never observed, as while the first load is under way: what is missing waits, so that all is built
# at once. Part of it would be tested against tables that aren't there yet.
_raw_incomplete = reduce(or_, (_Condition.asset_matches(key, _Condition.missing()) for key in RAW_KEYS.values()))

# Something upstream changed since this asset was last requested, and all of upstream is there, sound and at rest.
ON_NEW_DATA: dg.AutomationCondition[Any] = (
    _trigger.since(_Condition.newly_requested() & ~_trigger)
    & ~_Condition.any_deps_missing()
    & ~_Condition.any_deps_in_progress()
    & ~_Condition.in_progress()
    & ~_built_on_failed_checks
    & ~(_Condition.missing() & _raw_incomplete)
).with_label("on_new_data")

# For what only looks at raw tables: the marts are built first, then there is time for it.
AFTER_BUILDS: dg.AutomationCondition[Any] = (
    ON_NEW_DATA & ~_Condition.asset_matches(dg.AssetKey(["gold", "fact_daily_sales"]), _Condition.in_progress())
).with_label("after_builds")


def automation_sensor(
    name: str, target: dg.AssetSelection, description: str, *, seconds: int
) -> dg.AutomationConditionSensorDefinition:
    """A running automation sensor that looks every so many seconds."""
    return dg.AutomationConditionSensorDefinition(
        name,
        target=target,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=seconds,
        description=description,
    )
