"""What a load decides to do, case by case; that it is carried out is tested over the real protocols."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from retail_platform.contracts import contract_for
from retail_platform.ingestion.audit import ABORTED, LOADED, LOADING, AuditRow
from retail_platform.ingestion.plan import Plan, plan_load
from retail_platform.landing import DayManifest, LandedFile, LandedUnit

DAY = date(2026, 11, 20)
ORDERS = contract_for("orders")


def unit(content: str, *, rows: int = 10, as_of: datetime = datetime(2026, 11, 21), parts: int = 1) -> LandedUnit:
    files = tuple(
        LandedFile(path=f"orders/dt={DAY}/{content}-{part}", rows=rows, bytes=1, sha256=f"{content}{part}")
        for part in range(parts)
    )
    return LandedUnit(name="day", as_of=as_of, files={"orders": files})


def manifest(*units: LandedUnit) -> DayManifest:
    return DayManifest(day=DAY, config_hash="c", units=units)


def audit(plan: Plan, status: str = LOADED) -> list[AuditRow]:
    """The audit rows a plan leaves behind when all its batches end with `status`."""
    moment = datetime(2026, 11, 21, 1)
    return [
        AuditRow(
            b.label, status, b.load_id, ORDERS.table, DAY, b.part, b.file.rows, b.file.rows, 0, 1, Decimal(0),
            b.file.sha256, "c", moment, "run", moment, moment,
        )
        for b in plan.batches
    ]  # fmt: skip


def held(plan: Plan) -> dict[str, int]:
    """What the table holds after a plan was carried out."""
    rows: dict[str, int] = {}
    for batch in plan.batches:
        rows[batch.load_id] = rows.get(batch.load_id, 0) + batch.file.rows
    return rows


def test_a_first_load_sends_everything() -> None:
    plan = plan_load(ORDERS, manifest(unit("a", parts=3)), {}, [])
    assert [batch.part for batch in plan.batches] == [0, 1, 2]
    assert len({batch.label for batch in plan.batches}) == 3


def test_a_repeated_load_sends_nothing() -> None:
    day = manifest(unit("a"))
    first = plan_load(ORDERS, day, {}, [])
    again = plan_load(ORDERS, day, held(first), audit(first))
    assert again.batches == ()
    assert again.load_ids == first.load_ids


def test_an_interrupted_load_sends_the_rest_under_the_same_labels() -> None:
    day = manifest(unit("a", parts=3))
    first = plan_load(ORDERS, day, {}, [])
    done, lost = audit(first)[:1], audit(first, ABORTED)[1:]
    again = plan_load(ORDERS, day, {first.load_ids[0]: 10}, [*done, *lost])
    assert [batch.label for batch in again.batches] == [batch.label for batch in first.batches[1:]]


def test_content_that_comes_back_gets_a_fresh_label() -> None:
    a, b = manifest(unit("a")), manifest(unit("b"))
    first = plan_load(ORDERS, a, {}, [])
    second = plan_load(ORDERS, b, held(first), audit(first))
    third = plan_load(ORDERS, a, held(second), [*audit(first), *audit(second)])
    labels = [plan.batches[0].label for plan in (first, second, third)]
    assert len(set(labels)) == 3
    assert first.load_ids != third.load_ids


def test_rows_somebody_removed_are_loaded_again() -> None:
    day = manifest(unit("a"))
    first = plan_load(ORDERS, day, {}, [])
    again = plan_load(ORDERS, day, {first.load_ids[0]: 9}, audit(first))
    truncated = plan_load(ORDERS, day, {}, audit(first))
    for plan in (again, truncated):
        assert len(plan.batches) == 1
        assert plan.batches[0].label != first.batches[0].label


def test_a_slice_is_added_to_those_before_it() -> None:
    early = unit("a", as_of=datetime(2026, 11, 20, 10))
    late = unit("b", as_of=datetime(2026, 11, 20, 12), rows=4)
    first = plan_load(ORDERS, manifest(early), {}, [])
    second = plan_load(ORDERS, manifest(early, late), held(first), audit(first))
    assert [batch.file for batch in second.batches] == list(late.files["orders"])
    assert second.load_ids[0] == first.load_ids[0]


def test_a_whole_day_replaces_its_slices() -> None:
    first = plan_load(ORDERS, manifest(unit("a", as_of=datetime(2026, 11, 20, 10))), {}, [])
    whole = plan_load(ORDERS, manifest(unit("whole", rows=40)), held(first), audit(first))
    assert first.load_ids[0] not in whole.load_ids


def test_an_announcement_without_an_outcome_keeps_its_label() -> None:
    day = manifest(unit("a"))
    first = plan_load(ORDERS, day, {}, [])
    again = plan_load(ORDERS, day, {}, audit(first, LOADING))
    assert again == first


def test_a_feed_without_rows_has_nothing_to_load() -> None:
    empty = LandedUnit(name="day", as_of=datetime(2026, 11, 21), files={"orders": ()})
    assert plan_load(ORDERS, manifest(empty), {}, []) == Plan((), ())
