"""What a warm code server imports before it forks."""

from __future__ import annotations

import os
import subprocess
import sys

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
