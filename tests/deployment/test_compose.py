"""What docker-compose.yml promises, read from the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "RETAIL_IMAGE" in service["image"])


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    if name != "secrets":  # hands a fresh volume to the others, then ends
        assert service["user"] == "10001:10001"
        assert "cap_add" not in service


def test_no_secret_is_in_the_file() -> None:
    for name, service in SERVICES.items():
        for variable, value in (service.get("environment") or {}).items():
            if "PASSWORD" in variable:
                assert variable.endswith("_FILE"), f"{name}: {variable}"
                assert str(value).startswith(("/var/lib/retail/secrets/", "/run/retail-secrets/"))


def test_ports_are_published_to_this_machine_only() -> None:
    for service in SERVICES.values():
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_warehouses_exclude_each_other_and_share_a_name() -> None:
    for name in ("starrocks", "embedded"):
        assert SERVICES[name]["profiles"] == [name]
        assert SERVICES[name]["networks"]["default"]["aliases"] == ["warehouse"]
    assert "Alive: true" in SERVICES["starrocks"]["healthcheck"]["test"][1]
    assert SERVICES["starrocks"]["image"].endswith("allin1-ubuntu:3.5.14}"), "a pinned tag"


def test_locations_wait_for_schema_and_database_and_have_users_of_their_own() -> None:
    users = set()
    for name in ("ingestion", "transformation"):
        service = SERVICES[name]
        assert service["depends_on"]["init"]["condition"] == "service_completed_successfully"
        assert service["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert service["environment"]["RETAIL_HEALTHCHECK"] == "grpc:3030"
        users.add(service["environment"]["STARROCKS_USER_FILE"])
    assert len(users) == 2


def test_every_state_is_in_a_volume() -> None:
    used = {
        str(volume).split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not str(volume).startswith("./")
    }
    assert used == set(COMPOSE["volumes"])


def test_mounted_files_are_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            if str(volume).startswith("./"):
                assert (ROOT / str(volume).split(":")[0]).is_file(), volume


def test_the_image_takes_a_base_runs_as_nobody_and_holds_no_local_state() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert text.index("ARG BASE_IMAGE=") < text.index("FROM ")
    assert "USER 10001:10001" in text
    assert "HEALTHCHECK" in text
    assert 'org.opencontainers.image.version="${VERSION}"' in text
    assert "ENTRYPOINT" not in text, "the launcher gives whole commands"
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*", "a whitelist"
    assert not {"!.env", "!.local", "!.git"} & set(ignored)
