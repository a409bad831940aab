"""Code location 1: a trading day is generated, held against its contracts, landed and loaded."""
