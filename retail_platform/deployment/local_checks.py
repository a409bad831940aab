"""Checks of this side: versions, landing zone, dbt project, Dagster instance, code locations."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import uuid
from pathlib import Path

import fsspec
import requests
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from retail_platform.deployment.examination import Ailment, Subject
from retail_platform.landing import without_secrets

_LOCATIONS = """
{ workspaceOrError { __typename
  ... on Workspace { locationEntries { name loadStatus locationOrLoadError { __typename
    ... on PythonError { message } } } }
  ... on PythonError { message } } }
"""


def versions(_subject: Subject) -> str:
    """Every package is there in a version the platform was made for."""
    wrong = []
    requirements = importlib.metadata.requires("retail-platform") or []
    for requirement in map(Requirement, requirements):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(Version(version), prereleases=True):
            wrong.append(f"{requirement.name} {version} is not {requirement.specifier}")
    if wrong:
        raise Ailment(
            "; ".join(wrong), "Install with the pins: pip install --constraint constraints.txt retail-platform"
        )
    return f"Python {'.'.join(map(str, sys.version_info[:3]))}, {len(requirements)} requirements met"


def landing_zone(subject: Subject) -> str:
    """A file can be written to the landing zone, read back and removed."""
    url = subject.retail.landing_root
    root = without_secrets(url)
    content = uuid.uuid4().hex.encode()
    try:
        filesystem, path = fsspec.core.url_to_fs(url)
        probe = f"{path.rstrip('/')}/.doctor-{uuid.uuid4().hex[:12]}"
        filesystem.makedirs(path, exist_ok=True)
        filesystem.pipe_file(probe, content)
        same = filesystem.cat_file(probe) == content
        filesystem.rm_file(probe)
    except ImportError as error:
        raise Ailment(f"{root}: {error}", "Install the file system's package, such as retail-platform[s3].") from None
    except Exception as error:  # noqa: BLE001 - every file system has errors of its own; all mean the same here
        raise Ailment(
            f"the landing zone {root} can't be written: {type(error).__name__}: {str(error).replace(url, root)}",
            "Check RETAIL_LANDING_URL, the credentials of the object store, or the owner of the directory.",
        ) from None
    if not same:
        raise Ailment(f"the landing zone {root} gives back other bytes than it got", "Use another file system.")
    return f"{root} is writable"


def dbt_profile(subject: Subject) -> str:
    """The dbt project is there, its profile is the one it names, its manifest is baked or can be written."""
    directory = subject.retail.dbt_dir
    project = yaml.safe_load((directory / "dbt_project.yml").read_text())
    profiles_file = directory / "profiles.yml"
    profiles = yaml.safe_load(profiles_file.read_text()) if profiles_file.is_file() else {}
    if project["profile"] not in profiles:
        raise Ailment(
            f"{profiles_file} has no profile {project['profile']!r}, which dbt_project.yml names",
            "Install the package again; RETAIL_DBT_PROJECT_DIR may point to another project.",
        )
    target = directory / "target"
    if (target / "manifest.json").is_file():
        return f"{directory} with its manifest"
    if not os.access(target if target.exists() else directory, os.W_OK):
        raise Ailment(
            f"{directory} has no manifest and can't be written", "Bake it: `dbt parse` while the image is built."
        )
    return f"{directory}; its manifest will be parsed at the first use"


def dagster_instance(_subject: Subject) -> str:
    """Dagster's instance opens: configuration, database, launcher."""
    home = os.environ.get("DAGSTER_HOME", "")
    if not home:
        return "no DAGSTER_HOME here: `retail-platform dev` makes one of its own"
    if not Path(home).is_absolute() or not Path(home).is_dir():
        raise Ailment(f"DAGSTER_HOME={home} is no absolute path of a directory", "Create it or correct DAGSTER_HOME.")
    command = [str(Path(sys.executable).parent / "dagster"), "instance", "info"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise Ailment(
            f"the instance in {home} doesn't open: {_reason(done.stderr)}",
            "Check dagster.yaml there, the database it names, and DAGSTER_PG_PASSWORD.",
        )
    return f"the instance in {home} opens"


def _reason(stderr: str) -> str:
    """The line that says why: the database's own words if it refused, else the last one."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    refused = [line.partition("Error: ")[2] for line in lines if line.startswith("psycopg2.")]
    return (refused or lines or ["no reason given"])[-1]


def code_locations(subject: Subject) -> str:
    """Dagster has loaded every code location, without errors."""
    if not subject.webserver_url:
        raise Ailment("no webserver is named", "Give its address: --webserver-url http://host:3000")
    where = f"{subject.webserver_url.rstrip('/')}/graphql"
    try:
        answer = requests.post(where, json={"query": _LOCATIONS}, timeout=subject.timeout).json()
        workspace = answer["data"]["workspaceOrError"]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:  # an error of GraphQL has no data
        raise Ailment(
            f"{where} gives no answer of a Dagster webserver ({type(error).__name__})",
            "Check the address, its path prefix and that the webserver is up.",
        ) from None
    entries = {entry["name"]: entry for entry in workspace.get("locationEntries", [])}
    for name in subject.locations:
        if name not in entries:
            raise Ailment(
                f"Dagster knows no code location {name!r}, only {', '.join(sorted(entries)) or 'none'}",
                "Add it to the webserver's workspace and restart webserver and daemon.",
            )
        state = entries[name]["locationOrLoadError"] or {"__typename": "nothing yet"}
        if state["__typename"] != "RepositoryLocation":
            reason = str(state.get("message", state["__typename"])).strip().splitlines()[0]
            raise Ailment(f"code location {name} isn't loaded: {reason}", "Read the log of its code server.")
    return f"{', '.join(subject.locations)} loaded"
