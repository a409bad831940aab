"""How well contracts and checks find the defects that are really there.

The ledger says what was done to the data; quarantine, the audit and the reference check say what was noticed, without
having seen the ledger. Recall is the share of defects that were noticed, precision the share of notices that a defect
explains, for each kind of defect.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pymysql.connections import Connection

from retail_platform.contracts import CONTRACTS, contract_for
from retail_platform.contracts.enforce import REPEATED, WARNING
from retail_platform.contracts.ledger import LEDGER
from retail_platform.generation.mess import BROKEN_TYPE, DRIFT, DUPLICATE, LATE, NULL, UNKNOWN_KEY
from retail_platform.ingestion.references import SETTLED_AFTER, orphans
from retail_platform.starrocks.connection import Row, query, quote_name, quote_table
from retail_platform.starrocks.ddl import AUDIT_TABLE, REJECTED_TABLE

Subject = tuple[str, str, date]  # feed, row key or column, day
_RULES = {"nullability": NULL, "dtype": BROKEN_TYPE}


@dataclass(frozen=True)
class Score:
    """How well one kind of defect is found.

    Attributes:
        kind: The kind.
        injected: Defects there are, as far as they have reached us.
        noticed: What was noticed as a defect of this kind.
        hits: Defects that were noticed.
        true: Notices that a defect explains.
    """

    kind: str
    injected: int
    noticed: int
    hits: int
    true: int

    @property
    def recall(self) -> float:
        """Share of the defects that were noticed; 1 if there are none."""
        return self.hits / self.injected if self.injected else 1.0

    @property
    def precision(self) -> float:
        """Share of the notices that a defect explains; 1 if there are none."""
        return self.true / self.noticed if self.noticed else 1.0


@dataclass(frozen=True)
class Evidence:
    """What was injected and what was noticed, by kind.

    Attributes:
        injected: Defects that can be judged.
        noticed: Notices.
        explained: What explains a notice of the kind: its defects, and others that look the same.
        pending: Defects that can't be judged yet: late rows on their way, references of days that aren't settled.
    """

    injected: Mapping[str, set[Subject]]
    noticed: Mapping[str, set[Subject]]
    explained: Mapping[str, set[Subject]]
    pending: int

    def scores(self, feed: str | None = None) -> list[Score]:
        """The score of each kind, over all feeds or for one."""
        found = []
        for kind in self.injected:
            injected, noticed, explained = (
                {subject for subject in subjects[kind] if feed in (None, subject[0])}
                for subjects in (self.injected, self.noticed, self.explained)
            )
            found.append(Score(kind, len(injected), len(noticed), len(injected & noticed), len(noticed & explained)))
        return found


def scores(connection: Connection[Any], database: str) -> list[Score]:
    """The score of each kind over everything that is loaded; none if no ledger was kept."""
    found = evidence(connection, database)
    return found.scores() if found else []


def evidence(connection: Connection[Any], database: str, since: date | None = None) -> Evidence | None:
    """What was injected and noticed in the days from `since`, or in all; None if no ledger was kept.

    References are judged over settled days only, see :mod:`retail_platform.ingestion.references`. A column that comes
    as text because some of its values are broken counts, rightly, as one whose type differs from the contract's.
    """
    landed = {row["dt"] for row in query(connection, f"SELECT DISTINCT dt FROM {quote_table(database, AUDIT_TABLE)}")}
    if not landed:
        return None
    first, settled = since or min(landed), max(landed) - SETTLED_AFTER
    ledger = query(connection, f"SELECT * FROM {quote_table(database, LEDGER.table)} WHERE dt >= %s", (first,))
    if not ledger:
        return None  # a sender who keeps no ledger can't be judged, and the raw tables needn't be read for it
    noticed = _held_back(connection, database, first)
    noticed[LATE] = set(_late(connection, database, first))
    noticed[UNKNOWN_KEY] = {(o.feed, o.row_key, o.day) for o in orphans(connection, database, settled, first)}
    injected = {kind: {_subject(row) for row in ledger if row["kind"] == kind} for kind in noticed}
    every = sum(len(subjects) for subjects in injected.values())
    injected[LATE] = {
        _subject(r) for r in ledger if r["kind"] == LATE and date.fromisoformat(r["arrives_on"]) in landed
    }
    injected[UNKNOWN_KEY] = {subject for subject in injected[UNKNOWN_KEY] if subject[2] <= settled}
    explained = dict(injected)
    explained[DRIFT] = injected[DRIFT] | {
        (row["feed"], row["column_name"], row["dt"]) for row in ledger if row["kind"] == BROKEN_TYPE
    }
    return Evidence(injected, noticed, explained, every - sum(len(subjects) for subjects in injected.values()))


def _subject(row: Row) -> Subject:
    return row["feed"], row["column_name"] if row["kind"] == DRIFT else row["row_key"], row["dt"]


def _held_back(connection: Connection[Any], database: str, since: date) -> dict[str, set[Subject]]:
    """What contracts noticed, by kind."""
    found: dict[str, set[Subject]] = {NULL: set(), BROKEN_TYPE: set(), DUPLICATE: set(), DRIFT: set()}
    sql = f"SELECT feed, dt, rule, payload FROM {quote_table(database, REJECTED_TABLE)} WHERE dt >= %s"
    rows = query(connection, sql, (since,))
    for row in rows:
        payload = json.loads(row["payload"])
        if row["rule"].startswith(WARNING) and "column" in payload and "found" in payload:
            found[DRIFT].add((row["feed"], payload["column"], row["dt"]))
            continue
        key = "|".join(str(payload.get(name)) for name in contract_for(row["feed"]).key)
        for kind in _kinds(row["rule"].split(",")):
            found[kind].add((row["feed"], key, row["dt"]))
    return found


def _kinds(rules: Iterable[str]) -> set[str]:
    kinds = {_RULES.get(rule.rpartition("|")[2], "") for rule in rules} | {DUPLICATE if REPEATED in rules else ""}
    return kinds - {""}


def _late(connection: Connection[Any], database: str, since: date) -> Iterable[Subject]:
    """Rows that were loaded from a unit that came after their day had ended."""
    for contract in CONTRACTS:
        keys = ", ".join(f"r.{quote_name(name)}" for name in contract.key)
        sql = (
            f"SELECT {keys}, r.dt AS own_day FROM {quote_table(database, contract.table)} AS r JOIN (SELECT DISTINCT "
            f"load_id, as_of FROM {quote_table(database, AUDIT_TABLE)}) AS a ON r._load_id = a.load_id "
            "WHERE a.as_of > date_add(r.dt, INTERVAL 1 DAY) AND r.dt >= %s"
        )
        for row in query(connection, sql, (since,)):
            yield contract.name, "|".join(str(row[name]) for name in contract.key), row["own_day"]
