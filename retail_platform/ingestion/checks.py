"""Asset checks of this code location: what landed is what was loaded, contracts hold, references lead somewhere.

Each is Dagster-free at its heart: a measurement over the last days, turned into a result here.
"""

# Dagster reads annotations of resources, so they must not be postponed here.
from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
from pymysql.connections import Connection

from retail_platform.contracts import CONTRACTS, Contract
from retail_platform.contracts.enforce import WARNING
from retail_platform.ingestion.presence import rows_by_load
from retail_platform.ingestion.references import SETTLED_AFTER, orphans
from retail_platform.ingestion.scoring import Score, evidence
from retail_platform.landing import DayManifest, LandingZone
from retail_platform.resources import Landing, Warehouse
from retail_platform.starrocks.connection import query, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE, REJECTED_TABLE

_DAYS = 14  # days looked at, newest first
MAX_HELD_BACK = 0.05
"""Share of a feed's rows in quarantine beyond which its contract counts as broken."""
LEAST_SCORE = 0.99
"""Recall and precision below which the checks themselves count as broken, see `raw_defect_ledger`."""


def _spec(name: str, contract: Contract, description: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(name, asset=dg.AssetKey(["stream_load", contract.name]), description=description)


_LANDED = [_spec("landed_equals_loaded", c, "What landed is loaded, and nothing else.") for c in CONTRACTS]
_PASSED = [_spec("contract_pass_rate", c, f"At most {MAX_HELD_BACK:.0%} are held back.") for c in CONTRACTS]
_NOTICED = [
    _spec("injected_defects_are_noticed", c, f"Of the ledger's defects {LEAST_SCORE:.0%} are noticed, by kind.")
    for c in CONTRACTS
]
_REFERENCES = [
    _spec("references_lead_somewhere", c, "No row of a settled day points to something nobody has heard of.")
    for c in CONTRACTS
    if c.references
]


@dg.multi_asset_check(specs=[*_LANDED, *_PASSED, *_REFERENCES, *_NOTICED], can_subset=True)
def ingestion_checks(
    context: dg.AssetCheckExecutionContext, landing: Landing, warehouse: Warehouse
) -> Iterator[dg.AssetCheckResult]:
    """Compare the last days' landing zone, quarantine and raw tables."""
    bronze = warehouse.settings.bronze
    with warehouse.connect() as connection:
        audit = quote_table(bronze, AUDIT_TABLE)
        days = [r["dt"] for r in query(connection, f"SELECT DISTINCT dt FROM {audit} ORDER BY dt DESC LIMIT {_DAYS}")]
        manifests = _manifests(landing.zone(), days)
        loaded = {day: rows_by_load(connection, bronze, CONTRACTS, day) for day in manifests}
        held = _held_back(connection, bronze, days)
        oldest = min(days) if days else date.min
        lost = orphans(connection, bronze, max(days) - SETTLED_AFTER, oldest) if days else []
        found = evidence(connection, bronze, oldest)
    for contract in CONTRACTS:
        rows = {day: sum(loaded[day][contract.name].values()) for day in manifests}
        bad = sum(held.get((contract.name, day), 0) for day in manifests)
        results = {
            "landed_equals_loaded": _landed_equals_loaded(contract, manifests, rows),
            "contract_pass_rate": _pass_rate(sum(rows.values()), bad),
            "references_lead_somewhere": _result(not (mine := [o for o in lost if o.feed == contract.name]), len(mine)),
            "injected_defects_are_noticed": _noticed(found.scores(contract.name) if found else []),
        }
        key = dg.AssetKey(["stream_load", contract.name])
        for name, (passed, metadata) in results.items():
            if dg.AssetCheckKey(key, name) in context.selected_asset_check_keys:
                yield dg.AssetCheckResult(
                    passed=passed,
                    asset_key=key,
                    check_name=name,
                    metadata=metadata,
                    severity=dg.AssetCheckSeverity.WARN,
                )


def _manifests(zone: LandingZone, days: list[date]) -> dict[date, DayManifest]:
    return {day: manifest for day in days if (manifest := zone.manifest(day))}


def _held_back(connection: "Connection[Any]", bronze: str, days: list[date]) -> dict[tuple[str, date], int]:
    """Feed and day → rows in quarantine; a row let through with a warning isn't."""
    if not days:
        return {}
    sql = (
        f"SELECT feed, dt, COUNT(*) AS n FROM {quote_table(bronze, REJECTED_TABLE)} "
        f"WHERE dt IN ({', '.join(['%s'] * len(days))}) AND rule NOT LIKE %s GROUP BY feed, dt"
    )
    return {(row["feed"], row["dt"]): int(row["n"]) for row in query(connection, sql, [*days, f"{WARNING}%"])}


def _noticed(found: list[Score]) -> tuple[bool, dict[str, Any]]:
    """Recall and precision of each kind of defect; a real sender keeps no ledger, then nothing is to be judged."""
    judged = [score for score in found if score.injected or score.noticed]
    if not any(score.injected for score in judged):
        return True, {"injected": 0}
    lines = ["| defect | injected | noticed | recall | precision |", "|" + " --- |" * 5]
    lines += [f"| {s.kind} | {s.injected} | {s.noticed} | {s.recall:.4f} | {s.precision:.4f} |" for s in judged]
    return min(min(s.recall, s.precision) for s in judged) >= LEAST_SCORE, {
        "injected": sum(score.injected for score in judged),
        "scores": dg.MetadataValue.md("\n".join(lines)),
        **{f"recall_{score.kind}": score.recall for score in judged},
        **{f"precision_{score.kind}": score.precision for score in judged},
    }


def _landed_equals_loaded(
    contract: Contract, manifests: dict[date, DayManifest], rows: dict[date, int]
) -> tuple[bool, dict[str, Any]]:
    """Slices of an open day may bring a row more than once; a closed day brings each once."""
    wrong = {}
    for day, manifest in manifests.items():
        landed = manifest.rows(contract.name)
        sliced = any(unit.name.startswith(("slice-", "replay-")) for unit in manifest.units)
        if rows[day] > landed or (rows[day] < landed and not sliced):
            wrong[day.isoformat()] = {"landed": landed, "loaded": rows[day]}
    return not wrong, {"days": len(manifests), "days_that_differ": dg.MetadataValue.json(wrong)}


def _pass_rate(rows: int, held_back: int) -> tuple[bool, dict[str, Any]]:
    share = held_back / (rows + held_back) if rows + held_back else 0.0
    return share <= MAX_HELD_BACK, {"pass_rate": 1.0 - share, "held_back": held_back, "loaded": rows}


def _result(passed: bool, count: int) -> tuple[bool, dict[str, Any]]:
    return passed, {"rows": count}
