"""A warehouse that goes away in the middle of a run, as for a restart, comes back: steps wait for it and go on."""

from __future__ import annotations

import re

import dagster as dg

_TRIES = 3
_WAIT = 20  # seconds

# For steps that begin with a connection of their own and can be done again as a whole.
WAIT_FOR_WAREHOUSE = dg.RetryPolicy(max_retries=_TRIES, delay=_WAIT)

# How dbt's MySQL driver says that the server can't be reached, or went away during a statement or between two.
_LOST = re.compile(
    r"(can't connect|lost connection) (to|at) |server has gone away|connection not available", re.IGNORECASE
)


def is_lost_warehouse(error: Exception) -> bool:
    """Whether dbt failed because it lost the warehouse, not because of a mistake that stays."""
    return _LOST.search(str(error)) is not None


def wait_for_warehouse() -> dg.RetryRequested:
    """To be raised by a step that decides itself whether another try makes sense."""
    return dg.RetryRequested(max_retries=_TRIES, seconds_to_wait=_WAIT)
