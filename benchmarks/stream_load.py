"""Our Stream Load client beside curl: the same files, the same server, which runs in a process of its own."""

from __future__ import annotations

import itertools
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import seconds, show
from benchmarks.running import wait_until
from retail_platform.settings import StarRocksSettings
from retail_platform.starrocks.connection import connect, execute
from retail_platform.starrocks.stream_load import StreamLoadClient

DATABASE = "bench"
ROUNDS = 5
COMPRESSIONS = ("none", "lz4", "zstd", "gzip")
_GOALS = {"ours, none": ">= 0.95"}
_LABELS = itertools.count()


def client_against_curl(
    files: dict[str, Path], columns: dict[str, str], methods: Sequence[str] = COMPRESSIONS, rounds: int = ROUNDS
) -> float:
    """Print the speed of both, and of ours with each compression, for files of a format with these columns.

    Returns the speed of our client without compression as a share of curl's, the least over the files.
    """
    shares = []
    with tempfile.TemporaryDirectory() as directory, _server(Path(directory)) as settings:
        with connect(settings) as connection:
            execute(connection, f"CREATE DATABASE {DATABASE}")
            listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            execute(connection, f"CREATE TABLE {DATABASE}.t ({listed}) DUPLICATE KEY ({next(iter(columns))})")
        rows: list[tuple[object, ...]] = []
        for kind, file in files.items():
            headers = {"format": kind} | ({"columns": ", ".join(columns)} if kind == "csv" else {})
            headers |= {"ignore_json_size": "true"} if kind == "json" else {}
            ways = {f"ours, {method}": _ours(settings, method, file, headers) for method in methods}
            medians = _measured(settings, {"curl -T": _curl(settings, file, headers), **ways}, rounds)
            size, curl = file.stat().st_size / 1e6, medians["curl -T"]
            rows += [
                (f"{kind.upper()}, {name}", taken, size / taken, curl / taken, _GOALS.get(name, ""))
                for name, taken in medians.items()
            ]
            shares.append(curl / medians["ours, none"])
    columns_shown = ("", "seconds", "MB/s", "of curl's speed", "goal")
    show("Stream Load: our client and curl, the same file, the same server on this machine", columns_shown, rows)
    return min(shares)


def _measured(settings: StarRocksSettings, ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Each way's median, in turns that change direction, into a table that is empty each time."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name in sorted(ways, key=list(ways).index, reverse=number % 2 == 1):
            with connect(settings) as connection:
                execute(connection, f"TRUNCATE TABLE {DATABASE}.t")
            taken[name].append(seconds(ways[name], repeat=1))
    return {name: statistics.median(found) for name, found in taken.items()}


def _ours(settings: StarRocksSettings, method: str, file: Path, headers: dict[str, str]) -> Callable[[], object]:
    client = StreamLoadClient(settings.model_copy(update={"load_compression": method}))
    opened = contextmanager(lambda: iter([file.open("rb")]))
    return lambda: client.load(DATABASE, "t", opened, label=f"ours_{next(_LABELS)}", headers=headers)


def _curl(settings: StarRocksSettings, file: Path, headers: dict[str, str]) -> Callable[[], object]:
    url = f"http://{settings.host}:{settings.http_port}/api/{DATABASE}/t/_stream_load"
    # What our client asks for, curl asks for too: the server's work is to be the same.
    same = {"Expect": "100-continue", "strict_mode": "true", "timezone": "UTC", "timeout": "600", **headers}
    return lambda: upload(url, file, {**same, "label": f"curl_{next(_LABELS)}"})


def upload(url: str, file: Path, headers: dict[str, str]) -> None:
    """Load a file with curl: a client that costs the measured process nothing.

    Raises:
        RuntimeError: There is no curl, or the load failed.
    """
    program = shutil.which("curl")
    if program is None:
        raise RuntimeError("curl isn't installed: apt-get install curl")
    options = [option for name, value in headers.items() for option in ("-H", f"{name}: {value}")]
    command = [program, "-sS", "--location-trusted", "-u", "root:", "-T", str(file), *options, url]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    if answer["Status"] != "Success":
        raise RuntimeError(json.dumps(answer))


@contextmanager
def _server(directory: Path) -> Iterator[StarRocksSettings]:
    """An embedded StarRocks as a process, as `retail-platform serve` runs it."""
    ready = directory / "ready.json"
    ports = [f"--{name}-port=0" for name in ("mysql", "fe", "be")]
    command = [sys.executable, "-m", "retail_platform.cli", "serve", f"--data-dir={directory / 'data'}", *ports]
    with subprocess.Popen([*command, f"--ready-file={ready}"], stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: ready.exists() or process.poll() is not None, "the server starts", 60, poll=0.05)
            if not ready.exists():
                raise RuntimeError("the server didn't start")
            facts = json.loads(ready.read_text())
            yield StarRocksSettings(
                host="127.0.0.1", port=facts["mysql_port"], http_port=facts["fe_port"], be_port=facts["be_port"]
            )
        finally:
            process.terminate()
