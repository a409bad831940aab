"""Rendering the chart with the real helm, and finding things in what it renders."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "retail-platform"
CI_FILES = sorted((CHART / "ci").glob("*-values.yaml"))
HELM = Path(sys.executable).parent / "helm"
NAMESPACE = "data"

Object = dict[str, Any]

# Read each schema once; the definitions alone are megabytes.
kubernetes_validate.utils.schema_contents = cache(kubernetes_validate.utils.schema_contents)


@cache
def install_tools() -> None:
    """helm and kubectl, installed beside Python if they aren't there."""
    sys.path.insert(0, str(ROOT / "deploy"))
    import kubernetes_tools

    with (Path(tempfile.gettempdir()) / "retail-platform-kubernetes-tools.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes that start together install once
        if not kubernetes_tools.installed():
            kubernetes_tools.install()


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run helm; the caller judges the outcome."""
    install_tools()
    return subprocess.run([str(HELM), *arguments], capture_output=True, text=True, check=False)


@cache
def template(values: Path, *settings: str) -> str:
    """What `helm template` prints for a values file and `--set-json` settings."""
    extra = [f"--set-json={setting}" for setting in settings]
    done = helm("template", "rp", str(CHART), f"--namespace={NAMESPACE}", f"--values={values}", *extra)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def objects(values: Path, *settings: str) -> list[Object]:
    """The rendered objects, hooks and tests included; shared between tests, so nobody changes them."""
    return [document for document in yaml.load_all(template(values, *settings), yaml.CSafeLoader) if document]


def ci(name: str) -> Path:
    """A values file of ci/ by its name without the suffix."""
    return CHART / "ci" / f"{name}-values.yaml"


def named(found: list[Object], kind: str, name: str) -> Object:
    """The one object of a kind whose name ends so."""
    matches = [o for o in found if o["kind"] == kind and o["metadata"]["name"].endswith(name)]
    assert len(matches) == 1, f"{len(matches)} objects {kind} *{name}"
    return matches[0]


def pod_specs(found: list[Object]) -> Iterator[tuple[str, Object]]:
    """Every pod specification with the name of its object."""
    for item in found:
        label = f"{item['kind']}/{item['metadata']['name']}"
        if item["kind"] == "Pod":
            yield label, item["spec"]
        elif "template" in item.get("spec", {}):
            yield label, item["spec"]["template"]["spec"]


def containers(found: list[Object]) -> Iterator[tuple[str, Object]]:
    """Every container, init containers included, with its place."""
    for label, spec in pod_specs(found):
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            yield f"{label}/{container['name']}", container


def code_servers(found: list[Object]) -> dict[str, Object]:
    """Deployments of code locations by location name."""
    prefix = "code-location-"
    return {
        o["metadata"]["labels"]["app.kubernetes.io/component"].removeprefix(prefix): o
        for o in found
        if o["kind"] == "Deployment" and o["metadata"]["labels"]["app.kubernetes.io/component"].startswith(prefix)
    }
