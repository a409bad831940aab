"""The dbt manifest, with every test attached to what it tests.

dbt attaches a test to a model but not to a source. dagster-dbt then guesses the source if the test mentions only one
relation; a `relationships` test between two sources is reported as a bare observation on both, which is no check and
would count as a change of the raw tables. Here each such test is attached to the source it is written under.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

_SOURCE = re.compile(r"source\(\s*['\"](?P<source>\w+)['\"]\s*,\s*['\"](?P<table>\w+)['\"]\s*\)")


def load_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest and attach its source tests."""
    manifest: dict[str, Any] = json.loads(path.read_bytes())
    return attach_source_tests(manifest)


def attach_source_tests(manifest: dict[str, Any]) -> dict[str, Any]:
    """The same manifest; generic tests without an attached node get the source they test."""
    by_name = {(props["source_name"], props["name"]): unique_id for unique_id, props in manifest["sources"].items()}
    for props in manifest["nodes"].values():
        if props["resource_type"] != "test" or props.get("attached_node"):
            continue
        model = (props.get("test_metadata") or {}).get("kwargs", {}).get("model", "")
        tested = _SOURCE.search(model)
        if tested:
            props["attached_node"] = by_name[tested["source"], tested["table"]]
    return manifest
