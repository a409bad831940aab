"""Whatever happens on the way, the raw tables end as after one clean run."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from retail_platform.contracts import CONTRACTS
from retail_platform.landing import LandingZone
from retail_platform.settings import RetailSettings, StarRocksSettings
from retail_platform.starrocks.connection import connect, query
from retail_platform.starrocks.ddl import create_schema
from retail_platform.starrocks.embedded import EmbeddedStarRocks
from retail_platform.starrocks.embedded.faults import Faults
from tests.ingestion.convergence import CONFIGS, DAYS, NETWORK, Step, World, steps
from tests.ingestion.killing import DEATHS

pytestmark = pytest.mark.first

CAMPAIGN = 5_000  # histories, half of them with each set of feeds, which may be run side by side
_NUMBERS = itertools.count()
_ALL = tuple(contract.name for contract in CONTRACTS)
_MODES = pytest.mark.parametrize("together", [False, True], ids=["per-table", "multi-table"])
_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with EmbeddedStarRocks() as server:
        address = StarRocksSettings(
            host=server.host, port=server.mysql_port, http_port=server.fe_port, be_port=server.be_port
        )
        with connect(address) as connection:
            create_schema(connection, RetailSettings(home=tmp_path_factory.mktemp("home")))
        found = World(server, address, "bronze", tmp_path_factory.mktemp("zones"), ("orders",))
        with found.opened:
            yield found


def live(world: World, root: Path, history: list[Step], feeds: tuple[str, ...]) -> None:
    """Let a history happen in an empty world, and see how it ends."""
    world.root, world.feeds = root / f"zone-{next(_NUMBERS)}", feeds
    world.clear()
    for step in history:
        world.take(step)
    world.heal(history[-1].together)
    world.check()


@pytest.mark.timeout(900)
@given(history=steps(most=5))
@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=_QUIET)
def test_every_history_ends_as_one_clean_run(world: World, tmp_path: Path, history: list[Step]) -> None:
    live(world, tmp_path, history, ("orders",))


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize("feeds", [("orders",), ("orders", "stores")], ids=" and ".join)
def test_every_long_history_ends_as_one_clean_run(
    world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str], feeds: tuple[str, ...]
) -> None:
    """The campaign; how far it is goes to standard error, past pytest."""
    started, done, taken = time.monotonic(), itertools.count(1), Counter[str]()

    @given(history=steps(most=5))
    @settings(max_examples=CAMPAIGN // 2, deadline=None, suppress_health_check=_QUIET)
    def campaign(history: list[Step]) -> None:
        live(world, tmp_path, history, feeds)
        shutil.rmtree(world.root)
        taken.update({"steps": len(history), "kill -9": sum(bool(s.death) and s.killed for s in history)})
        taken.update({"deaths": sum(bool(s.death) for s in history), "faults": sum(bool(s.network) for s in history)})
        if (number := next(done)) % 100 == 0:
            seconds = time.monotonic() - started
            with capfd.disabled():
                told = ", ".join(f"{count:,} {what}" for what, count in taken.items())
                sys.stderr.write(f"\n{number:,} histories of {CAMPAIGN // 2:,} in {seconds:,.0f} s ({told})")

    campaign()
    assert next(done) > CAMPAIGN // 2


def test_a_run_that_never_landed_changes_nothing(world: World, tmp_path: Path) -> None:
    """What the campaign came upon: the day asked for again lies there, told further than it is asked for now."""
    unlanded = Step(1, "clean", 6, death=(DEATHS.index((LandingZone, "publish")), 1))
    live(world, tmp_path, [Step(1, "messy", 11), unlanded, Step(1, "messy", 6)], ("orders",))
    assert world.asked[DAYS[1]] == ("messy", 11)


def test_every_kind_of_fault_is_drawn() -> None:
    kinds = {field.name for field in fields(Faults) if not field.name.startswith("_")}
    assert kinds == {*NETWORK, "slow_backend"}


@_MODES
@pytest.mark.parametrize("fault", NETWORK)
def test_every_fault_at_every_load(world: World, tmp_path: Path, fault: str, together: bool) -> None:
    """All feeds; the fault hits the first load, and again with every later one."""
    messy, clean = Step(0, "messy", 24, network=(fault, 1)), Step(0, "clean", 24, network=(fault, 9))
    history = [replace(step, together=together) for step in (messy, clean)]
    live(world, tmp_path, history, _ALL)


@_MODES
@pytest.mark.parametrize("point", range(len(DEATHS)))
def test_death_at_every_point(world: World, tmp_path: Path, point: int, together: bool) -> None:
    """Dead at the first, by `kill -9` at the second, dead at the third call, while a day is replaced by another."""
    first, second = sorted(CONFIGS)[:2]
    again = Step(0, second, 24, together=together)
    deaths = [replace(again, death=(point, call), killed=call == 2) for call in (1, 2, 3)]
    history = [Step(0, first, 24, together=together), *deaths]
    live(world, tmp_path, history, ("orders", "stores"))
    assert DAYS[0] in world.asked


@_MODES
@pytest.mark.parametrize("after", ["landed", "sending", "loaded"])
def test_the_loading_process_is_killed(world: World, tmp_path: Path, after: str, together: bool) -> None:
    """`kill -9`, for real: when the day has landed, while the warehouse is loading, when a part is loaded."""
    world.root, world.feeds = tmp_path / "zone", ("orders", "stores")
    world.clear()
    world.take(Step(0, "clean", 18))
    world.ask(DAYS[0], "messy", 24)
    world.server.faults.slow_backend = 0.5
    command = [
        sys.executable,
        "-m",
        "tests.ingestion.doomed",
        str(world.starrocks.port),
        str(world.starrocks.http_port),
    ]
    command += [str(world.root), "together" if together else "each"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if after in line or (after == "sending" and "landed" in line and _is_loading(world, process)):
                break
        assert process.poll() is None, "it was to die before it was done"
        process.kill()
    world.server.faults.slow_backend = 0.0
    world.heal()
    world.check()


def _is_loading(world: World, process: subprocess.Popen[str]) -> bool:
    """Wait until a load that was announced is running in the warehouse."""
    sql = "SELECT label, transaction_label FROM bronze.raw_load_audit WHERE status = 'loading'"
    with world.connected() as connection:
        while process.poll() is None:
            rows = query(connection, sql)
            labels = [f"{row['transaction_label']}-0" if row["transaction_label"] else row["label"] for row in rows]
            found = [world.server.engine.labels.find("bronze", label) for label in labels]
            if any(record is not None and record.state == "PREPARE" for record in found):
                return True
    return False
