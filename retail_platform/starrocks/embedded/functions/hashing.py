"""Hash functions that DuckDB lacks, from their libraries, as functions of the connection.

They live as long as the connection does; the results are StarRocks' (docs: murmur_hash3_32, xx_hash3_64). Several
arguments are chained: each hash is the seed of the next one.
"""

from __future__ import annotations

import duckdb
import mmh3
import xxhash

MURMUR_SEED = 104729
XX_SEED = 0
_FUNCTIONS = ("murmur_hash3_32", "xx_hash3_64")


def _murmur_hash3_32(text: str, seed: int) -> int:
    return mmh3.hash(text.encode(), seed & 0xFFFFFFFF)


def _xx_hash3_64(text: str, seed: int) -> int:
    unsigned = xxhash.xxh3_64_intdigest(text.encode(), seed & 0xFFFFFFFFFFFFFFFF)
    return unsigned - (1 << 64) if unsigned >> 63 else unsigned


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the functions to an open database."""
    connection.create_function("murmur_hash3_32", _murmur_hash3_32, ["VARCHAR", "BIGINT"], "INTEGER")
    connection.create_function("xx_hash3_64", _xx_hash3_64, ["VARCHAR", "BIGINT"], "BIGINT")


def remove(connection: duckdb.DuckDBPyConnection) -> None:
    """Let go of the functions before the database is closed."""
    for name in _FUNCTIONS:
        connection.remove_function(name)
