"""Where the page of checks is published, also while there is next to nothing on it."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from built_days import DAYS, Built

from retail_platform import settings as settings_module
from tests.conftest import Platform


def test_page_is_published_before_anything_was_built_and_where_it_is_told(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first load renews the page before the marts are there; in a container home is read-only."""
    monkeypatch.setenv("RETAIL_CHECKS_URL", f"file://{tmp_path}/published")
    settings_module.retail_settings.cache_clear()
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        loaded = Built(platform.starrocks, settings_module.retail_settings(), instance)
        loaded.ingest(DAYS[0])
        assert loaded.run("publish_checks", raise_on_error=True).success
        material = instance.get_latest_materialization_event(dg.AssetKey("checks_dashboard"))
    assert str(DAYS[0]) in (tmp_path / "published" / "index.html").read_text()
    assert not (platform.retail.home / "checks").exists()
    assert material and material.asset_materialization
    assert str(material.asset_materialization.metadata["page"].value).endswith("/published/index.html")
