"""The defect ledger: the truth about messy deliveries, a table like any feed but no feed of the retailer's.

It says what the simulated sender did wrong, row by row, so that contracts and checks can be scored. Nothing that
judges data may read it.
"""

from __future__ import annotations

import dataframely as dy

from retail_platform.contracts.model import Contract


class DefectLedger(dy.Schema):
    """A defect the sender made."""

    defect_id = dy.String(primary_key=True, max_length=64, description="Feed, row and, if no row is meant, the column.")
    feed = dy.String(description="Feed the defect is in.")
    row_key = dy.String(nullable=True, description="The row's natural key, parts joined by |; empty for whole feeds.")
    column_name = dy.String(nullable=True, description="Column the defect is in; empty where it is the whole row.")
    kind = dy.String(description="late, duplicate, null, broken_type, unknown_key or schema_drift.")
    original_value = dy.String(nullable=True, description="What the value should have been.")
    delivered_value = dy.String(nullable=True, description="What was sent instead.")
    arrives_on = dy.Date(nullable=True, description="The day a late row arrives on.")


LEDGER = Contract(
    "defect_ledger", DefectLedger, "Defects of messy deliveries as they were made: the ground truth.", "team:platform"
)
