"""What a warm code server imports before it forks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from retail_platform.cli.code_server import THREADLESS, preload

_THREADS = """
import importlib, os, sys
from pathlib import Path
for module in sys.argv[1:]:
    importlib.import_module(module)
tasks = Path("/proc/self/task").iterdir()
print("threads:", *[task.joinpath("comm").read_text().strip() for task in tasks if task.name != str(os.getpid())])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only libraries are preloaded")
@pytest.mark.parametrize("location", ["ingestion", "transformation"])
def test_preloading_starts_no_thread_a_fork_would_miss(location: str) -> None:
    found = subprocess.run(
        [sys.executable, "-c", _THREADS, *preload(location)],
        env={**os.environ, **THREADLESS},
        capture_output=True,
        text=True,
        check=True,
    )
    # polars' own removes files of queries that didn't fit into memory; those are the parent's, and it has none
    assert found.stdout.splitlines()[-1] == "threads: polars-ooc-clea"


def test_elsewhere_only_libraries_are_preloaded() -> None:
    assert not [module for module in preload("transformation", "darwin") if module.startswith("retail_platform")]


_PROBE = """
import json, multiprocessing, os, sys
from pathlib import Path
from retail_platform.cli import code_server

IMPORTED_BY = os.getpid()

def run(path):
    Path(path).write_text(json.dumps({"parent": os.getppid(), "imported by": IMPORTED_BY}))

def serve(arguments):  # starts a process as Dagster's server starts a run
    started = multiprocessing.get_context("spawn").Process(target=run, args=arguments)
    started.start()
    started.join()
    sys.exit(started.exitcode)

code_server._serve = serve
"""
_SERVER = """
import sys
from retail_platform.cli import code_server

if __name__ == "__main__":
    code_server._OURS["ingestion"] = ("probe",)
    server = code_server._start_warm("ingestion", [sys.argv[1]])
    server.join()
    sys.exit(server.exitcode)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only libraries are preloaded")
def test_runs_are_forked_from_the_process_that_imported_everything(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text(_PROBE)
    (tmp_path / "server.py").write_text(_SERVER)
    told = tmp_path / "told.json"
    subprocess.run([sys.executable, str(tmp_path / "server.py"), str(told)], check=True, cwd=tmp_path, timeout=120)
    run = json.loads(told.read_text())
    assert run["parent"] == run["imported by"]
