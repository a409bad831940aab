"""The checks of the raw tables as one Dagster definition, so that one run and one connection serve all of them."""

# Dagster reads annotations of configuration and resources, so they must not be postponed here.
from collections.abc import Iterator
from types import ModuleType

import dagster as dg

from retail_platform.contracts import CONTRACTS, contract_for
from retail_platform.raw_assets import raw_key
from retail_platform.resources import Warehouse
from retail_platform.transformation.automation import AFTER_BUILDS
from retail_platform.transformation.checks import audit, quarantine, tablets, volume
from retail_platform.transformation.outage import WAIT_FOR_WAREHOUSE

_CHECKS: dict[str, ModuleType] = {module.NAME: module for module in (audit, volume, quarantine, tablets)}


@dg.multi_asset_check(
    name="raw_checks",
    specs=[
        dg.AssetCheckSpec(
            name,
            asset=raw_key(contract.name),
            description=module.DESCRIPTION,
            automation_condition=AFTER_BUILDS,
        )
        for contract in CONTRACTS
        for name, module in _CHECKS.items()
    ],
    can_subset=True,
    retry_policy=WAIT_FOR_WAREHOUSE,
)
def raw_checks(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Run the checks asked for, one query each."""
    with warehouse.connect() as connection:
        for key in sorted(context.selected_asset_check_keys, key=str):
            contract = contract_for(key.asset_key.path[-1])
            yield _CHECKS[key.name].check(key, contract, connection, warehouse.settings.bronze)
