"""The tests of the chart need helm and kubectl."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from chart import install_tools


@pytest.fixture(scope="session", autouse=True)
def _kubernetes_tools() -> None:
    install_tools()
