"""What the Dagster UI shows of a landing or a load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg
import polars as pl

from retail_platform.contracts import Contract
from retail_platform.ingestion.hours import hours_markdown
from retail_platform.ingestion.land import Landed
from retail_platform.ingestion.load import Receipt
from retail_platform.landing import DayManifest, LandingZone

_SAMPLE_ROWS = 5
_BARS = "▁▂▃▄▅▆▇█"


def landed_metadata(contract: Contract, landed: Landed, zone: LandingZone) -> dict[str, Any]:
    """Metadata of a landed feed: size, control total, contract result, a sample."""
    files = landed.manifest.files(contract.name)
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": landed.manifest.rows(contract.name),
        "bytes": sum(file.bytes for file in files),
        "files": len(files),
        "as_of": landed.manifest.as_of.isoformat(),
        "config_hash": landed.manifest.config_hash,
        "landed": "already there" if landed.unchanged else "now",
        "path": dg.MetadataValue.path(f"{zone.url}/{contract.name}/dt={landed.manifest.day}"),
    }
    if contract.amount:
        totals = [file.amount for file in files if file.amount is not None]
        metadata[f"sum_{contract.amount}"] = str(sum(totals)) if totals else "0.00"
    outcome = landed.outcomes.get(contract.name)
    if outcome is not None:
        metadata["contract_rejected"] = outcome.held_back
        if outcome.broken:
            metadata["contract_rules_broken"] = dg.MetadataValue.json(dict(sorted(outcome.broken.items())))
        if outcome.sample is not None:
            metadata["sample"] = dg.MetadataValue.md(markdown_table(outcome.sample))
    return {**metadata, **hours_metadata(landed.manifest, contract.name)}


def hours_metadata(manifest: DayManifest, feed: str) -> dict[str, Any]:
    """A feed's changes in each hour of the day, as text and as a picture; nothing if its rows tell no moments."""
    hours = manifest.by_hour(feed)
    if not hours:
        return {}
    return {
        "changes_by_hour": sparkline(hours),
        "changes_by_hour_plot": dg.MetadataValue.md(hours_markdown(hours)),
    }


def receipt_metadata(receipt: Receipt) -> dict[str, Any]:
    """Metadata of a load: rows, bytes, throughput, labels."""
    megabytes = receipt.bytes_sent / 1e6
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": receipt.rows,
        "rows_sent": receipt.rows_sent,
        "bytes_sent": receipt.bytes_sent,
        "stale_rows_deleted": receipt.stale_deleted,
        "seconds": round(receipt.seconds, 3),
        "labels": dg.MetadataValue.json(list(receipt.labels)),
    }
    if receipt.rows_sent and receipt.seconds:
        metadata["rows_per_second"] = round(receipt.rows_sent / receipt.seconds)
        metadata["megabytes_per_second"] = round(megabytes / receipt.seconds, 2)
    return metadata


def markdown_table(frame: pl.DataFrame) -> str:
    """A small frame as a Markdown table."""

    def cell(value: object) -> str:
        return "" if value is None else str(value).replace("|", "\\|")

    lines = ["| " + " | ".join(frame.columns) + " |", "|" + " --- |" * frame.width]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in frame.rows()]
    return "\n".join(lines)


def sparkline(counts: Sequence[int]) -> str:
    """Changes in each hour of the day (UTC), a bar each; hours relate to the busiest one."""
    top = max(counts, default=0)
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // top)] if top else _BARS[0] for count in counts)
