"""The client side of StarRocks: SQL over the MySQL protocol and loads over HTTP.

Nothing here knows whether the other side is a cluster or the embedded warehouse.
"""
