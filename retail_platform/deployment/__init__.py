"""What an installation needs besides the platform's code: examinations (`doctor`), users and grants, health, metrics.

Knows settings, warehouse and landing zone. Dagster it asks over HTTP or by command, never by import.
"""
