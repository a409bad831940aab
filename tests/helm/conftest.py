"""helm and kubectl for the tests of the chart, installed beside Python if they aren't there."""

from __future__ import annotations

import fcntl
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import kubernetes_tools


@pytest.fixture(scope="session", autouse=True)
def _kubernetes_tools() -> None:
    with (Path(tempfile.gettempdir()) / "retail-platform-kubernetes-tools.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes that start together install once
        if not kubernetes_tools.installed():
            kubernetes_tools.install()
