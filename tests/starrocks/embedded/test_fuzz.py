"""Malformed input over both protocols: no crash, no hanging server, no lost row, no half load, also after a restart."""

import logging

import pytest

from retail_platform.starrocks.embedded import EmbeddedStarRocks
from tests.starrocks.embedded.conftest import connect, run
from tests.starrocks.embedded.fuzz import campaign

pytestmark = pytest.mark.first


def _survives(tmp_path, seed, **steps):
    with EmbeddedStarRocks(tmp_path) as server:
        fuzz = campaign(server, seed, **steps)
    with EmbeddedStarRocks(tmp_path) as server, connect(server) as connection:
        assert run(connection, "SELECT count(*) FROM fuzz.t") == [(fuzz.rows,)]
        assert run(connection, "SELECT count(*) FROM fuzz.t WHERE k IS NULL OR length(s) > 20") == [(0,)]
    assert not list((tmp_path / "spool").iterdir()), "every body is gone"
    return fuzz


@pytest.mark.timeout(200)
def test_malformed_packets(tmp_path, caplog):
    caplog.set_level(logging.CRITICAL)
    _survives(tmp_path, seed=20261121, packets=10_000)


@pytest.mark.timeout(250)
def test_malformed_loads(tmp_path, caplog):
    caplog.set_level(logging.CRITICAL)
    fuzz = _survives(tmp_path, seed=20261121, loads=1_000, transactions=500)
    assert min(fuzz.statuses["Success"], fuzz.statuses["Fail"]) > 100, (
        "a campaign that meets only refusals shows nothing"
    )


@pytest.mark.timeout(250)
def test_large_bodies(tmp_path, caplog):
    caplog.set_level(logging.CRITICAL)
    fuzz = _survives(tmp_path, seed=20261129, large=40)
    assert min(fuzz.statuses["Success"], fuzz.statuses["Fail"]) > 5


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_much_malformed_input(tmp_path, caplog, seed):
    caplog.set_level(logging.CRITICAL)
    _survives(tmp_path, seed=seed, loads=10_000, large=500, transactions=10_000, packets=30_000)
