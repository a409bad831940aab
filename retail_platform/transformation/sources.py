"""The raw tables as observable external assets, and how a change of them is noticed.

Owns: the asset specs (columns, owners, freshness from the contracts), the observation and the sensor. The data version
comes from :func:`retail_platform.starrocks.metadata.table_states`, which the loader uses too.
"""

# Dagster reads annotations of configuration and resources, so they must not be postponed here.
import json
import time
import warnings
from collections.abc import Iterator

import dagster as dg

from retail_platform.contracts import CONTRACTS, Contract, contract_for
from retail_platform.raw_assets import DATA_VERSION_TAG, raw_event, raw_key
from retail_platform.resources import Warehouse
from retail_platform.starrocks.connection import WarehouseError
from retail_platform.starrocks.ddl import raw_table_columns
from retail_platform.starrocks.metadata import TableState

RAW_KEYS = [raw_key(contract.name) for contract in CONTRACTS]

# The platform's own loads report themselves; this is how soon the rows of another system's are noticed.
OBSERVE_SECONDS = 15

# Seconds after which the sensor compares with the events again although no version moved since it last did: somebody
# may have reported an old version late.
_LOOK_AGAIN = 60


def _column_schema(contract: Contract) -> dg.TableSchema:
    columns = []
    for name, definition, description in raw_table_columns(contract):
        kind, _, rest = definition.partition(" ")
        constraints = dg.TableColumnConstraints(nullable="NOT NULL" not in rest)
        columns.append(dg.TableColumn(name, type=kind.lower(), description=description, constraints=constraints))
    return dg.TableSchema(columns)


def _spec(contract: Contract) -> dg.AssetSpec:
    return dg.AssetSpec(
        raw_key(contract.name),
        # The load's receipt in the other location: it makes the lineage one piece.
        deps=[dg.AssetKey(["stream_load", contract.name])],
        group_name="raw",
        description=contract.description,
        owners=[contract.owner],
        kinds={"starrocks", "table"},
        tags={"layer": "bronze"},
        metadata={
            "dagster/column_schema": _column_schema(contract),
            "dagster/table_name": f"bronze.{contract.table}",
            "natural_key": ", ".join(contract.key),
        },
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=contract.freshness),
    )


# Beta in Dagster 1.13, which says so at every start of every process; the pins in pyproject.toml guard against change.
warnings.filterwarnings("ignore", message=".*multi_observable_source_asset.*", category=dg.BetaWarning)


@dg.multi_observable_source_asset(  # type: ignore[untyped-decorator]  # Dagster ships this one without types
    name="observe_raw_tables", specs=[_spec(contract) for contract in CONTRACTS], can_subset=True
)
def observe_raw_tables(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.ObserveResult]:
    """Report the data version of the raw tables asked for."""
    states = _states(warehouse)
    for key in sorted(context.selected_asset_keys):
        state = states[contract_for(key.path[-1]).table]
        event = raw_event(state)
        yield dg.ObserveResult(
            asset_key=key, data_version=dg.DataVersion(event["tags"][DATA_VERSION_TAG]), metadata=event["metadata"]
        )


@dg.sensor(
    minimum_interval_seconds=OBSERVE_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Compares versions with the last ones reported and emits an event for each raw table that changed.",
)
def observe_raw_changes(context: dg.SensorEvaluationContext, warehouse: Warehouse) -> dg.SensorResult | dg.SkipReason:
    """One metadata query; no run; no event unless something changed. An outage is an outage, never a change."""
    try:
        states = _states(warehouse)
    except (WarehouseError, dg.Failure) as error:
        return dg.SkipReason(f"nothing observed: {error}")
    versions = {table: state.version for table, state in sorted(states.items())}
    cursor = json.dumps([int(time.time()) // _LOOK_AGAIN, versions])
    if cursor == context.cursor:
        return dg.SkipReason("no raw table changed")
    changed = [contract for contract in CONTRACTS if _is_news(context.instance, contract, states[contract.table])]
    if not changed:
        return dg.SensorResult(skip_reason="no raw table changed", cursor=cursor)
    events = [dg.AssetObservation(raw_key(c.name), **raw_event(states[c.table])) for c in changed]
    return dg.SensorResult(asset_events=events, cursor=cursor)


def _states(warehouse: Warehouse) -> dict[str, TableState]:
    states = warehouse.raw_states()
    missing = [contract.table for contract in CONTRACTS if contract.table not in states]
    if missing:
        raise dg.Failure(
            f"the warehouse has no table {', '.join(missing)} in {warehouse.settings.bronze} (or the user may not see "
            "it). Create the tables with `retail-platform init-db`.",
            allow_retries=False,
        )
    return states


def _is_news(instance: dg.DagsterInstance, contract: Contract, state: TableState) -> bool:
    """Whether the newest event on the asset, whoever wrote it, tells of another version."""
    key = raw_key(contract.name)
    records = [
        *instance.fetch_observations(key, limit=1).records,
        *instance.fetch_materializations(key, limit=1).records,
    ]
    if not records:
        return True
    newest = max(records, key=lambda record: record.storage_id)
    event = newest.event_log_entry.asset_observation or newest.event_log_entry.asset_materialization
    return event is None or event.tags is None or event.tags.get(DATA_VERSION_TAG) != state.version
