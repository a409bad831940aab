"""The one daily partitions definition: which days exist.

Days are UTC. Today is a partition too (``end_offset=1``), because slices of it load while the shops are open.
"""

import dagster as dg

FIRST_DAY = "2024-01-01"

daily = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, timezone="UTC", end_offset=1)
