"""The MySQL protocol, on top of mysql-mimic's packets."""
