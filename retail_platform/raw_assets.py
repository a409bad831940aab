"""The raw tables as assets: their keys and the events that tell of a change.

Both code locations speak of the same keys, one as the writer, one as the observer. Every event on them carries the
table's data version; an event without it would count as a change of its own.
"""

from __future__ import annotations

from typing import Any

import dagster as dg

from retail_platform.contracts import CONTRACTS
from retail_platform.starrocks.metadata import TableState

DATA_VERSION_TAG = "dagster/data_version"


def raw_key(feed: str) -> dg.AssetKey:
    """Asset key of a feed's raw table."""
    return dg.AssetKey(["raw", feed])


RAW_KEYS: dict[str, dg.AssetKey] = {contract.table: raw_key(contract.name) for contract in CONTRACTS}


def raw_event(state: TableState, **extra: Any) -> dict[str, Any]:  # noqa: ANN401 - metadata values of any kind
    """Tags and metadata of an event on a raw table's asset."""
    metadata: dict[str, Any] = {
        "dagster/row_count": state.rows,
        "partitions": state.partitions,
        "newest_partition": str(state.newest_partition or "none"),
        **extra,
    }
    if state.updated_at:
        metadata["dagster/last_updated_timestamp"] = dg.MetadataValue.timestamp(state.updated_at.timestamp())
    return {"tags": {DATA_VERSION_TAG: state.version}, "metadata": metadata}
