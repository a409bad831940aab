"""The assets of this code location: `landing/<feed>` and `stream_load/<feed>`, partitioned by day.

`raw/<feed>` is deliberately not among them: the raw tables belong to the warehouse, other writers may feed them too,
and the transformation location observes them. A load that succeeded reports to them as an event, tagged with the
version an observer would see.
"""

# Dagster reads annotations of configuration and resources, so they must not be postponed here.
from collections.abc import Iterator, Sequence

import dagster as dg

from retail_platform.contracts import CONTRACTS, Contract, contract_for
from retail_platform.ingestion.config import LandDayConfig
from retail_platform.ingestion.failures import failures_explained
from retail_platform.ingestion.land import land_day
from retail_platform.ingestion.late import days_to_load
from retail_platform.ingestion.load import DayLoader, Receipt
from retail_platform.ingestion.metadata import hours_metadata, landed_metadata, receipt_metadata
from retail_platform.ingestion.moments import as_of_for, days_of
from retail_platform.ingestion.sending import Sender, loads_together
from retail_platform.landing import DayManifest
from retail_platform.landing.layout import end_of_day
from retail_platform.landing.store import LandingZoneError
from retail_platform.partitions import daily
from retail_platform.raw_assets import raw_event, raw_key
from retail_platform.resources import Landing, Warehouse
from retail_platform.starrocks.metadata import TableState, table_states

LOAD_POOL = "starrocks_load"
RETRY = dg.RetryPolicy(max_retries=3, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)


def landing_key(feed: str) -> dg.AssetKey:
    """Asset key of a feed's files."""
    return dg.AssetKey(["landing", feed])


def stream_load_key(feed: str) -> dg.AssetKey:
    """Asset key of a feed's loads."""
    return dg.AssetKey(["stream_load", feed])


def _landing_spec(contract: Contract) -> dg.AssetSpec:
    return dg.AssetSpec(
        landing_key(contract.name),
        group_name="landing",
        description=f"{contract.description} Files of the day, held against the contract.",
        owners=[contract.owner],
        kinds={"python", "polars", "json"},
    )


def _load_spec(contract: Contract) -> dg.AssetSpec:
    return dg.AssetSpec(
        stream_load_key(contract.name),
        deps=[landing_key(contract.name)],
        group_name="stream_load",
        description=f"The load of the day's files into {contract.table}: labels, rows, bytes.",
        owners=[contract.owner],
        kinds={"starrocks"},
    )


@dg.multi_asset(
    specs=[_landing_spec(contract) for contract in CONTRACTS],
    partitions_def=daily,
    backfill_policy=dg.BackfillPolicy.single_run(),
    can_subset=True,
    retry_policy=RETRY,
)
def land_trading_day(
    context: dg.AssetExecutionContext, config: LandDayConfig, landing: Landing
) -> Iterator[dg.MaterializeResult[None]]:
    """Generate the day, hold it against the contracts and land it.

    A day lands as a whole, whichever of its feeds were asked for: its feeds refer to each other.
    """
    if config.source == "simulator":
        config.simulation()  # a wrong value is told before anything is opened
    days = days_of(context.partition_keys)
    with failures_explained():
        zone = landing.zone()
        source = config.source_in(zone, max(days))
        for number, day in enumerate(days, start=1):
            as_of = end_of_day(day) if config.source == "landing" else as_of_for(day, config.as_of)
            landed = land_day(zone, source, day, as_of, context.log.info)
            context.log.info(f"day {number} of {len(days)} is in the landing zone")
            for key in context.selected_asset_keys:
                metadata = landed_metadata(contract_for(key.path[-1]), landed, zone)
                context.add_asset_metadata(metadata, asset_key=key, partition_key=day.isoformat())
    for key in sorted(context.selected_asset_keys):
        yield dg.MaterializeResult(asset_key=key)


@dg.multi_asset(
    specs=[_load_spec(contract) for contract in CONTRACTS],
    partitions_def=daily,
    backfill_policy=dg.BackfillPolicy.single_run(),
    can_subset=True,
    pool=LOAD_POOL,
    retry_policy=RETRY,
)
def load_trading_day(
    context: dg.AssetExecutionContext, landing: Landing, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult[None]]:
    """Bring the raw tables to what landed, by Stream Load; what is there already isn't sent again."""
    contracts = [c for c in CONTRACTS if stream_load_key(c.name) in context.selected_asset_keys]
    days = days_of(context.partition_keys)
    with failures_explained(), warehouse.connect() as connection:
        zone, bronze = landing.zone(), warehouse.settings.bronze
        sender = Sender(warehouse.stream_load(), warehouse.transactions(), zone, bronze)
        together = loads_together(connection, warehouse.settings.load_transaction)
        loader = DayLoader(connection, sender, context.run_id, together)
        for number, day in enumerate(days, start=1):
            manifests = days_to_load(zone, day)
            if not manifests or manifests[-1].day != day:
                raise LandingZoneError(f"{day} hasn't landed in {zone.url}; materialize landing/* for that day first")
            receipts = [r for manifest in manifests for r in loader.load(manifest, contracts, context.log.info)]
            context.log.info(f"day {number} of {len(days)} is in the raw tables")
            _report(context, manifests[-1], receipts, table_states(connection, bronze))
    for key in sorted(context.selected_asset_keys):
        yield dg.MaterializeResult(asset_key=key)


def _report(
    context: dg.AssetExecutionContext, manifest: DayManifest, receipts: Sequence[Receipt], states: dict[str, TableState]
) -> None:
    """Attach each receipt to its asset and tell the raw table's asset that it changed.

    The versions are read after the loads are visible, by the function the observer uses: one load counts once.
    """
    for receipt in receipts:
        contract, partition = contract_for(receipt.feed), receipt.day.isoformat()
        if receipt.day == manifest.day:  # late rows of earlier days came along; they aren't partitions of this run
            key = stream_load_key(receipt.feed)
            metadata = {**receipt_metadata(receipt), **hours_metadata(manifest, receipt.feed)}
            context.add_asset_metadata(metadata, asset_key=key, partition_key=partition)
        if receipt.rows_sent or receipt.stale_deleted:
            event = raw_event(states[contract.table], loaded_day=partition)
            context.log_event(dg.AssetMaterialization(raw_key(receipt.feed), partition=partition, **event))
