"""What docker-compose.yml promises, read from the file."""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PLATFORM_ENV: dict[str, Any] = COMPOSE["x-platform-env"]
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "RETAIL_IMAGE" in service["image"] or name == "superset")
LOCKED = [*OURS, "postgres"]


@pytest.mark.parametrize("name", LOCKED)
def test_our_containers_are_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    if name != "secrets":  # hands a fresh volume to the others, then ends
        assert service["user"] == ("${POSTGRES_UID:-999}:${POSTGRES_UID:-999}" if name == "postgres" else "10001:10001")
        assert "cap_add" not in service


def test_a_healthy_container_has_been_asked() -> None:
    """Without a question the image's health check says yes to everything."""
    for name in OURS:
        service = SERVICES[name]
        asked = "RETAIL_HEALTHCHECK" in service.get("environment", {}) or "test" in service.get("healthcheck", {})
        ends = service.get("healthcheck") == {"disable": True}
        assert asked or ends or name == "superset", name  # Superset's image asks by itself


def test_without_a_warehouse_init_says_so_at_once(tmp_path: Path) -> None:
    for name in ("starrocks", "embedded"):
        assert SERVICES["init"]["depends_on"][name] == {"condition": "service_started", "required": False}
    (tmp_path / "getent").write_text("#!/bin/sh\nexit 2\n")
    (tmp_path / "getent").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    script = str(ROOT / "deploy" / "compose" / "init.sh")
    done = subprocess.run(["sh", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "--profile embedded up" in done.stderr


@pytest.mark.parametrize(("env", "profiles"), [("", "starrocks"), ("COMPOSE_PROFILES=embedded,bi\n", "embedded,bi")])
def test_make_uses_the_profiles_of_the_env_file(env: str, profiles: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(env)
    (tmp_path / "docker").write_text('#!/bin/sh\necho "profiles=$COMPOSE_PROFILES $*"\n')
    (tmp_path / "docker").chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if k != "COMPOSE_PROFILES"}
    environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    command = ["make", "--silent", "--file", str(ROOT / "Makefile"), "down"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"profiles={profiles} compose down\n"


def test_no_secret_is_in_the_file() -> None:
    for name, service in SERVICES.items():
        for variable, value in (service.get("environment") or {}).items():
            if any(word in variable for word in ("PASSWORD", "SECRET", "_KEY")):
                assert variable.endswith("_FILE"), f"{name}: {variable}"
                assert str(value).startswith(("/var/lib/retail/secrets/", "/run/retail-secrets/"))


def test_ports_are_published_to_this_machine_only() -> None:
    for service in SERVICES.values():
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_warehouses_exclude_each_other_and_share_a_name() -> None:
    for name in ("starrocks", "embedded"):
        assert SERVICES[name]["profiles"] == [name]
        assert SERVICES[name]["networks"]["default"]["aliases"] == ["warehouse"]
    assert PLATFORM_ENV["STARROCKS_HOST"] == "warehouse"
    assert "--advertised-host=warehouse" in SERVICES["embedded"]["command"], "redirects name what clients know"
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
        if not str(volume).startswith(("./", "${"))
    }
    assert used == set(COMPOSE["volumes"])


def test_what_the_platform_writes_is_in_a_volume() -> None:
    """The root is read-only; only mounts of the code locations can be written."""
    for name in ("ingestion", "transformation"):
        mounts = [str(volume).split(":")[1] for volume in SERVICES[name]["volumes"] if str(volume).count(":") == 1]
        for variable in ("RETAIL_LANDING_URL", "RETAIL_CHECKS_URL"):
            default = re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", PLATFORM_ENV[variable])
            assert any(default == mount or default.startswith(f"{mount}/") for mount in mounts), variable


def test_mounted_files_are_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            if str(volume).startswith("./"):
                assert (ROOT / str(volume).split(":")[0]).is_file(), volume
    assert (ROOT / "deploy" / "compose" / "ca").is_dir(), "the default of STARROCKS_CA_DIR"


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the service `secrets` makes."""
    directory = tmp_path_factory.mktemp("secrets")
    script = ROOT / "deploy" / "compose" / "make-secrets.sh"
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for _ in range(2):
        subprocess.run(["sh", str(script), str(directory)], env=environment, check=True, capture_output=True)
    return directory


def test_secrets_are_random_and_the_landing_zones_key_is_the_same_on_both_sides(secrets: Path) -> None:
    passwords = [file.read_text() for file in secrets.glob("*-password")]
    assert len(passwords) == len(set(passwords)) == 8
    assert min(map(len, passwords)) >= 32
    client = configparser.ConfigParser()
    client.read(secrets / "s3-credentials")
    (identity,) = json.loads((secrets / "s3.json").read_text())["identities"]
    (credentials,) = identity["credentials"]
    assert credentials == {
        "accessKey": client["default"]["aws_access_key_id"],
        "secretKey": client["default"]["aws_secret_access_key"],
    }


def test_the_landing_zone_is_reached_by_composes_environment(secrets: Path) -> None:
    """The variables of the file, the server's address replaced: init's check makes the bucket and writes to it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        given = {name: re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", str(value)) for name, value in PLATFORM_ENV.items()}
        assert given["AWS_ENDPOINT_URL_S3"] == "http://s3:9000", "the service of the profile s3"
        assert given["AWS_SHARED_CREDENTIALS_FILE"] == "/var/lib/retail/secrets/s3-credentials"
        environment = {
            **{k: v for k, v in os.environ.items() if not (k.startswith("AWS_") or k.endswith("_FILE"))},
            **given,
            "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
            "AWS_SHARED_CREDENTIALS_FILE": str(secrets / "s3-credentials"),
            "DAGSTER_PG_PASSWORD_FILE": str(secrets / "postgresql-password"),
            "RETAIL_LANDING_URL": "s3://landing/retail",
        }
        assert SERVICES["ingestion"]["command"][0] == "with-secrets"
        script = str(ROOT / "deploy" / "image" / "with-secrets")
        command = [script, sys.executable, "-m", "retail_platform.cli", "doctor", "--check=landing-zone"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "s3://landing/retail is writable" in done.stdout
        key = (secrets / "s3-password").read_text()
        assert key not in done.stdout + done.stderr
    finally:
        server.stop()


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
