"""dbt's words → Dagster's.

dbt decides about models: group, owners, tags and checks come from the project's folders and YAML. No model is named
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtProject,
    group_from_dbt_resource_props_fallback_to_directory,
)

from retail_platform.transformation.automation import ON_NEW_DATA


class RetailTranslator(DagsterDbtTranslator):
    """Groups by folder, automation for every model that doesn't opt out with ``meta.dagster.automation: false``."""

    def __init__(self) -> None:
        # Without source tests as checks, dbt would report on raw/* without a data version and so trigger a rebuild.
        super().__init__(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True))

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """The spec of a model, or of a source, which another module declares in full."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = self.get_resource_props(manifest, unique_id)
        if props["resource_type"] == "source":
            return spec
        meta = props.get("config", {}).get("meta", {}).get("dagster", {})
        automatic = meta.get("automation", True)
        return spec.replace_attributes(
            group_name=group_from_dbt_resource_props_fallback_to_directory(props),
            automation_condition=ON_NEW_DATA if automatic else None,
        )
