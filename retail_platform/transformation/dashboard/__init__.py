"""The checks dashboard: one self-contained HTML page about checks, totals, freshness and loads."""
