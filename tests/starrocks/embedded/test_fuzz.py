"""Malformed MySQL packets: no crash, no hanging server, no lost row. Loads are only in the long campaigns so far."""

import logging

import pytest

from retail_platform.starrocks.embedded import EmbeddedStarRocks
from tests.starrocks.embedded.conftest import connect, run
from tests.starrocks.embedded.fuzz import campaign


def _survives(tmp_path, seed, loads, packets):
    with EmbeddedStarRocks(tmp_path) as server:
        fuzz = campaign(server, seed, loads, packets)
    with EmbeddedStarRocks(tmp_path) as server, connect(server) as connection:
        assert run(connection, "SELECT count(*) FROM fuzz.t") == [(fuzz.rows,)]
        assert run(connection, "SELECT count(*) FROM fuzz.t WHERE k IS NULL OR length(s) > 20") == [(0,)]


@pytest.mark.timeout(200)
def test_malformed_input(tmp_path, caplog):
    caplog.set_level(logging.CRITICAL)
    _survives(tmp_path, seed=20261121, loads=0, packets=10_000)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_much_malformed_input(tmp_path, caplog, seed):
    caplog.set_level(logging.CRITICAL)
    _survives(tmp_path, seed=seed, loads=20_000, packets=60_000)
