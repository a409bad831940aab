"""Retail Platform: a Dagster-native retail data platform on dbt and StarRocks.

The rooms, in the order a row travels: ``generation`` → ``contracts`` → ``landing`` → ``starrocks`` (Stream Load)
→ ``ingestion`` and ``transformation`` (the two Dagster code locations) → ``dbt/``.
"""

__version__ = "0.1.0"
