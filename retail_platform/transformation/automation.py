"""When models and checks run by themselves.

`eager()` forgets an update that arrives between the tick that requested a run and the next one; a model would stay
stale until the next change. The condition here remembers it.
"""

from __future__ import annotations

import dagster as dg

_trigger = dg.AutomationCondition.any_deps_updated() | dg.AutomationCondition.newly_missing()

# Something upstream changed since this asset was last requested, and all of upstream is there and at rest.
ON_NEW_DATA = (
    _trigger.since(dg.AutomationCondition.newly_requested() & ~_trigger)
    & ~dg.AutomationCondition.any_deps_missing()
    & ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
).with_label("on_new_data")


def automation_sensor(name: str, target: dg.AssetSelection, description: str) -> dg.AutomationConditionSensorDefinition:
    """A running automation sensor that looks every five seconds."""
    return dg.AutomationConditionSensorDefinition(
        name,
        target=target,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=5,
        description=description,
    )
