"""Other generators, fetched by pip into throw-away environments, and what they make.

Nothing of them is installed where the platform lives: each gets a virtual environment of its own in a cache directory.
Where pip can't fetch one, the caller is told so and says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

CACHE = Path(tempfile.gettempdir()) / "retail-platform-benchmarks"
JAFGEN = ("jafgen==0.4.14",)
# DuckDB's own downloads of extensions are not needed: this package carries the extension for exactly this DuckDB.
DSDGEN = ("duckdb==1.5.5", "duckdb-extension-tpcds==1.5.5")

_DSDGEN_SCRIPT = """
import json, pathlib, sys, time, duckdb, duckdb_extension_tpcds
extension = next(pathlib.Path(duckdb_extension_tpcds.__path__[0]).rglob("tpcds.duckdb_extension"))
connection = duckdb.connect()
connection.execute(f"LOAD '{extension}'")
connection.execute("SET enable_progress_bar = false")  # it would be printed into the answer
started, used = time.perf_counter(), time.process_time()
connection.execute(f"CALL dsdgen(sf = {sys.argv[1]})")
seconds, used = time.perf_counter() - started, time.process_time() - used
tables = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
rows = sum(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables)
for name in sys.argv[3:]:
    connection.execute(f"COPY {name} TO '{sys.argv[2]}/{name}.parquet'")
print(json.dumps({"rows": rows, "seconds": seconds, "cpu": used}))
"""


class Unavailable(RuntimeError):
    """Another generator can't be had here; the message says why."""


def environment(requirements: tuple[str, ...]) -> Path:
    """The directory of commands of an environment that has these packages.

    Raises:
        Unavailable: pip can't install them.
    """
    name = "-".join(part.replace("==", "-") for part in requirements)
    home = CACHE / f"{name}-py{sys.version_info[0]}{sys.version_info[1]}"
    done = home / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True, capture_output=True)
        command = [str(home / "bin" / "pip"), "install", "--quiet", *requirements]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode:
            last = (answer.stderr.strip().splitlines() or ["no answer"])[-1]
            raise Unavailable(f"pip can't install {' '.join(requirements)}: {last}")
        done.touch()
    return home / "bin"


def jafgen(years: int, directory: Path) -> Path:
    """Let jafgen simulate some years; returns the directory of its CSV files.

    Raises:
        Unavailable: It can't be installed.
    """
    command = environment(JAFGEN) / "jafgen"
    subprocess.run([str(command), str(years)], cwd=directory, check=True, capture_output=True)
    return directory / "jaffle-data"


def dsdgen(scale: float, directory: Path, *tables: str) -> tuple[int, float, float]:
    """Let DuckDB's dsdgen fill TPC-DS' 24 tables; returns rows, seconds by the clock and seconds of processor time.

    Args:
        scale: TPC-DS' scale factor.
        directory: Where to.
        tables: Tables to write there as Parquet, after the clock has stopped.

    Raises:
        Unavailable: It can't be installed.
    """
    python = environment(DSDGEN) / "python"
    command = [str(python), "-c", _DSDGEN_SCRIPT, str(scale), str(directory), *tables]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return int(answer["rows"]), float(answer["seconds"]), float(answer["cpu"])
