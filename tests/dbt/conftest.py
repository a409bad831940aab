"""The dbt project in databases of one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt_harness import Project


@pytest.fixture
def project(platform: Any, tmp_path: Path) -> Iterator[Project]:
    """The dbt project in databases of this test alone."""
    made = Project(platform, tmp_path)
    yield made
    made.close()
