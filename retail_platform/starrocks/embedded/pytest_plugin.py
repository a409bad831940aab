"""A pytest fixture for projects that test against StarRocks.

Name this module in a conftest: ``pytest_plugins = ["retail_platform.starrocks.embedded.pytest_plugin"]``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from retail_platform.starrocks.embedded.server import EmbeddedStarRocks


@pytest.fixture(scope="session")
def embedded_starrocks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStarRocks]:
    """One embedded StarRocks for the whole session; each test should have a database of its own."""
    with EmbeddedStarRocks(tmp_path_factory.mktemp("embedded_starrocks")) as server:
        yield server
