"""Checks no dbt test can make: totals compared across stations, volumes against history, the state of tablets."""
