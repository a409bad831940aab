"""Arbitrary histories of a few days, and what the raw tables must hold when they are over.

A history is a list of steps: a tick or a re-run of a day with some configuration, with a fault of the network, of the
warehouse or of the process itself. When it is over, every day is run once more as it was last asked for; then the raw
tables must be what the generator, the mess and the contracts say they are, computed without any of the loading code.

What may go wrong in a step, alone or together:

- every kind of the embedded warehouse's fault switch: `publish_timeout`, `drop_after_commit`, `redirect_to_dead_host`,
  `server_error`, `truncated_answer`, each for the next one to three loads, and `slow_backend` for all of the step's;
- the warehouse forgets its labels, as StarRocks does after some days;
- the process dies before the first to fifth of its calls of a kind (`DEATHS`: writing, publishing and opening landed
  files, sending, also halfway through a body, asking for a label's state, the steps of a transaction, the audit, the
  removal of stale rows, quarantine): by an exception nothing may catch, or as a process of its own that gets `kill -9`;
- configurations that deliver late, twice, broken, or with other columns; slices in any order; per table or together.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st

from retail_platform.contracts import Contract, contract_for
from retail_platform.contracts.enforce import enforce
from retail_platform.contracts.ledger import LEDGER
from retail_platform.generation import GenerationSettings, generate_day
from retail_platform.generation.mess import MessSettings
from retail_platform.ingestion import load
from retail_platform.ingestion.delivery import Delivery, deliver
from retail_platform.ingestion.land import Simulation, land_day
from retail_platform.ingestion.late import days_to_load
from retail_platform.ingestion.sending import Sender
from retail_platform.landing import LandingZone
from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.connection import connect, execute, query
from retail_platform.starrocks.load_outcome import StreamLoadError
from tests.ingestion.killing import DEATHS, Killed, dying, run_and_kill, vanish

FIRST = date(2024, 4, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(3)]
MESSY = MessSettings(late_rate=0.15, duplicate_rate=0.1, null_rate=0.1, broken_type_rate=0.1, drift_rate=0.3)
CONFIGS = {
    "clean": Simulation(GenerationSettings(orders_per_day=10)),
    "seed": Simulation(GenerationSettings(orders_per_day=10, seed=7)),
    "messy": Simulation(GenerationSettings(orders_per_day=10), MESSY),
}
HOURS = (6, 11, 18, 24)
SLOW = 0.02  # seconds
NETWORK = ("publish_timeout", "drop_after_commit", "redirect_to_dead_host", "server_error", "truncated_answer")


@dataclass(frozen=True)
class Step:
    """One run: of a day, with a configuration, up to an hour, and what goes wrong."""

    day: int
    config: str
    hour: int
    network: tuple[str, int] | None = None
    death: tuple[int, int] | None = None  # which of DEATHS, at which call
    killed: bool = False  # it dies by `kill -9`
    slow: bool = False
    forget: bool = False
    together: bool = False


def steps(most: int) -> st.SearchStrategy[list[Step]]:
    step = st.builds(
        Step,
        day=st.integers(0, len(DAYS) - 1),
        config=st.sampled_from(sorted(CONFIGS)),
        hour=st.sampled_from(HOURS),
        network=st.none() | st.tuples(st.sampled_from(NETWORK), st.integers(1, 3)),
        death=st.none() | st.tuples(st.integers(0, len(DEATHS) - 1), st.integers(1, 5)),
        killed=st.integers(0, 6).map(lambda n: n == 6),
        slow=st.integers(0, 4).map(lambda n: n == 4),
        forget=st.booleans(),
        together=st.booleans(),
    )
    return st.lists(step, min_size=1, max_size=most)


def moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, datetime.min.time()) + timedelta(hours=hour)


@functools.cache
def deliveries(config: str, day: date, as_of: datetime, since: datetime | None, feeds: tuple[str, ...]) -> Delivery:
    source = CONFIGS[config]
    frames = generate_day(source.settings, day, as_of=as_of, since=since)
    return deliver({feed: frames[feed] for feed in feeds}, source.mess, day)


@dataclass(frozen=True)
class Cached:
    """A simulation of which only some feeds come, generated once for all histories."""

    config: str
    feeds: tuple[str, ...]

    def fingerprint(self, day: date) -> str:
        return CONFIGS[self.config].fingerprint(day)

    def deliveries(self, day: date, as_of: datetime, since: datetime | None) -> Iterator[Delivery]:
        yield deliveries(self.config, day, as_of, since, self.feeds)


@dataclass
class World:
    """A warehouse and a landing zone, and what was asked of them."""

    server: Any
    starrocks: StarRocksSettings
    database: str
    root: Path
    feeds: tuple[str, ...]
    asked: dict[date, tuple[str, int]] = field(default_factory=dict)
    opened: ExitStack = field(default_factory=ExitStack)
    connection: Any = None

    @property
    def contracts(self) -> list[Contract]:
        return [contract_for(feed) for feed in self.feeds]

    @contextmanager
    def connected(self) -> Iterator[Any]:
        """The world's one connection: opening one for each run would take longer than the run."""
        if self.connection is None:
            self.connection = self.opened.enter_context(connect(self.starrocks))
        yield self.connection

    def clear(self) -> None:
        """An empty world: no rows, no labels, and a landing zone of its own."""
        self.asked.clear()
        with self.connected() as connection:
            for table in (*(c.table for c in self.contracts), LEDGER.table, "raw_load_audit", "raw_rejected_rows"):
                execute(connection, f"TRUNCATE TABLE {self.database}.{table}")
        self.server.forget_labels(self.database)

    def run(self, config: str, day: date, as_of: datetime, together: bool = False) -> None:
        """Land a day and load it, as the job does."""
        zone = LandingZone(str(self.root))
        land_day(zone, Cached(config, self.feeds), day, as_of, lambda _: None)
        with self.connected() as connection:
            sender = Sender.to(self.starrocks, zone, self.database, attempts=2, sleep=lambda _: None)
            loader = load.DayLoader(connection, sender, "run", together)
            for manifest in days_to_load(zone, day):
                loader.load(manifest, self.contracts, lambda _: None)

    def take(self, step: Step) -> None:
        """Take a step, with whatever goes wrong in it."""
        day = DAYS[step.day]
        self.ask(day, step.config, step.hour)
        if step.forget:
            self.server.forget_labels(self.database)
        if step.network:
            setattr(self.server.faults, *step.network)
        self.server.faults.slow_backend = SLOW if step.slow else 0.0
        if step.death and step.killed:
            run_and_kill(self.alone(step), step.death, [__name__])
        else:
            with dying(step.death, vanish), suppress(Killed, StreamLoadError):
                self.run(step.config, day, moment(day, step.hour), step.together)
        for name in (*NETWORK, "slow_backend"):
            setattr(self.server.faults, name, 0)

    def alone(self, step: Step) -> Callable[[], None]:
        """A step's run as a process of its own does it; nothing needs to be generated again there."""
        day, as_of = DAYS[step.day], moment(DAYS[step.day], step.hour)
        current = LandingZone(str(self.root)).manifest(day)
        moments = {None} | ({current.as_of} if current and current.as_of < as_of else set())
        given = {since: deliveries(step.config, day, as_of, since, self.feeds) for since in moments}
        return functools.partial(run_alone, self.starrocks, self.database, self.root, self.feeds, step, given)

    def ask(self, day: date, config: str, hour: int) -> None:
        """Remember what was asked for: another configuration starts anew, an earlier hour changes nothing.

        Not even if a run with another configuration came in between that died before it landed anything.
        """
        before, landed = self.asked.get(day), LandingZone(str(self.root)).manifest(day)
        if before and before[0] == config:
            hour = max(hour, before[1])
        if landed and landed.config_hash == CONFIGS[config].fingerprint(day):
            hour = max(hour, (landed.as_of - moment(day, 0)) // timedelta(hours=1))
        self.asked[day] = (config, hour)

    def heal(self, together: bool = False) -> None:
        """Run every day once more as it was last asked for."""
        for day, (config, hour) in sorted(self.asked.items()):
            self.run(config, day, moment(day, hour), together)

    def check(self) -> None:
        """See that the raw tables are what they must be, and that one more run finds nothing to do."""
        with self.connected() as connection:
            for contract in self.contracts:
                names = [*contract.column_names, "dt"]
                sql = f"SELECT {', '.join(names)} FROM {self.database}.{contract.table}"
                found = sorted((tuple(row.values()) for row in query(connection, sql)), key=repr)
                assert found == self.expected(contract), contract.table
            sql = f"SELECT label, status FROM {self.database}.raw_load_audit ORDER BY label"
            before = query(connection, sql)
            self.heal()
            assert before == query(connection, sql)

    def expected(self, contract: Contract) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for day, (config, hour) in self.asked.items():
            came = deliveries(config, day, moment(day, hour), None, self.feeds)
            frames = [came.frames, *(late for arrival, late in came.late.items() if arrival in self.asked)]
            for frame in (f[contract.name] for f in frames if contract.name in f):
                rows += [(*row, day) for row in as_text(contract, enforce(contract, frame, day).valid)]
        return sorted(rows, key=repr)


def as_text(contract: Contract, frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Rows as raw tables hold them: everything is text, and of JSON's booleans StarRocks makes 1 and 0."""
    if not frame.height:
        return []
    text = dict.fromkeys(contract.column_names, pl.String())
    numbers = frame.with_columns(pl.selectors.boolean().cast(pl.Int8))
    return pl.read_ndjson(numbers.write_ndjson().encode(), schema=text).rows()


def run_alone(
    starrocks: StarRocksSettings,
    database: str,
    root: Path,
    feeds: tuple[str, ...],
    step: Step,
    given: Mapping[datetime | None, Delivery],
) -> None:
    """Run a step in a process that knows nothing but this."""
    global deliveries  # noqa: PLW0603 - the process is this step's
    deliveries = lambda config, day, as_of, since, feeds: given[since]  # type: ignore[assignment]  # noqa: E731
    world = World(None, starrocks, database, root, feeds)
    with world.opened, suppress(StreamLoadError):
        world.run(step.config, DAYS[step.day], moment(DAYS[step.day], step.hour), step.together)
