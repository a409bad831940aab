"""Contracts as Open Data Contract Standard documents, and what a change of one means to its readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from retail_platform.contracts.model import Contract

API_VERSION = "v3.0.2"
_LOGICAL = {pl.String: "string", pl.Boolean: "boolean", pl.Date: "date", pl.Datetime: "date", pl.Decimal: "number"}
_OPTIONS = {
    "min_length": "minLength", "max_length": "maxLength", "regex": "pattern", "min": "minimum", "max": "maximum",
    "min_exclusive": "exclusiveMinimum", "max_exclusive": "exclusiveMaximum",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One difference between two versions of a contract."""

    what: str
    breaking: bool


def to_document(contract: Contract) -> dict[str, Any]:
    """A contract as an ODCS document, ready for YAML."""
    return {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": f"retail-platform.{contract.name}",
        "name": contract.name,
        "version": "1.0.0",
        "status": "active",
        "description": {"purpose": contract.description},
        "team": [{"username": contract.owner.removeprefix("team:"), "role": "owner"}],
        "slaProperties": [{"property": "latency", "value": contract.freshness.total_seconds() / 3600, "unit": "h"}],
        "schema": [
            {
                "name": contract.table,
                "logicalType": "object",
                "physicalType": "table",
                "properties": [_property(contract, name) for name in contract.column_names],
                "quality": [
                    {"type": "custom", "engine": "retail-platform", "name": rule, "description": text,
                     "implementation": contract.action(rule).value}
                    for rule, text in _rules(contract)
                ],
            }
        ],
    }  # fmt: skip


def _rules(contract: Contract) -> list[tuple[str, str]]:
    """Rules over several columns, with what they say."""
    columns = set(contract.column_names)
    named = {name: value for name, value in vars(contract.schema).items() if not name.startswith("_")}
    return [(name, _doc(value)) for name, value in named.items() if name not in columns]


def _doc(rule: object) -> str:
    text = getattr(getattr(rule, "validation_fn", rule), "__doc__", None) or ""
    return text.strip().partition("\n")[0]


def _property(contract: Contract, name: str) -> dict[str, Any]:
    column = contract.schema.columns()[name]
    dtype = column.dtype
    logical = "integer" if dtype.is_integer() else _LOGICAL[type(dtype)]
    entry: dict[str, Any] = {
        "name": name,
        "logicalType": logical,
        "physicalType": "STRING",
        "description": column.description or "",
        "required": not column.nullable,
    }
    if name in contract.key:
        entry |= {"primaryKey": True, "primaryKeyPosition": contract.key.index(name) + 1}
    if isinstance(dtype, pl.Decimal):
        entry["customProperties"] = [{"property": "scale", "value": dtype.scale}]
    options = {
        ours: getattr(column, theirs) for theirs, ours in _OPTIONS.items() if getattr(column, theirs, None) is not None
    }
    if options:
        entry["logicalTypeOptions"] = {key: v if isinstance(v, int | str) else str(v) for key, v in options.items()}
    allowed = (column.metadata or {}).get("allowed")
    if allowed:
        entry["quality"] = [{"type": "library", "rule": "validValues", "validValues": list(allowed)}]
    if name in contract.references:
        entry["relationships"] = [{"type": "foreignKey", "to": ".".join(contract.references[name])}]
    return entry


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """What changed between two versions of a contract, and which changes break who reads the table."""
    before, after = _properties(old), _properties(new)
    changes = [Change(f"column {name} is gone", breaking=True) for name in before if name not in after]
    changes += [Change(f"column {name} is new", breaking=False) for name in after if name not in before]
    for name in (n for n in before if n in after):
        changes += _column_changes(name, before[name], after[name])
    return changes


def _properties(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in document["schema"][0]["properties"]}


def _column_changes(name: str, old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    changes = []
    for field in ("logicalType", "primaryKeyPosition", "customProperties", "relationships"):
        if old.get(field) != new.get(field):
            changes.append(Change(f"{name}: {field} was {old.get(field)}, is {new.get(field)}", breaking=True))
    if old["required"] != new["required"]:
        text = "may be empty now" if old["required"] else "is never empty now"
        changes.append(Change(f"{name} {text}", breaking=bool(old["required"])))
    values = [set(entry.get("quality", [{}])[0].get("validValues", ())) for entry in (old, new)]
    if values[1] - values[0]:
        changes.append(
            Change(f"{name} may be {', '.join(sorted(values[1] - values[0]))} now", breaking=bool(values[0]))
        )
    if values[0] - values[1]:
        changes.append(
            Change(f"{name} is never {', '.join(sorted(values[0] - values[1]))} now", breaking=not values[1])
        )
    if old.get("logicalTypeOptions") != new.get("logicalTypeOptions"):
        was, now = old.get("logicalTypeOptions"), new.get("logicalTypeOptions")
        # A looser pattern or range lets values through that readers have never seen; a tighter one can't be told apart.
        changes.append(Change(f"{name}: limits were {was}, are {now}", breaking=True))
    if old.get("description") != new.get("description"):
        changes.append(Change(f"{name} is described in other words", breaking=False))
    return changes
