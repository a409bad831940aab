"""The commands of docs/deployment, run as far as a machine without a cluster can."""

from __future__ import annotations

import base64
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner
from dagster import DagsterInstance

from retail_platform.cli import main as platform
from retail_platform.cli.doctor import doctor
from retail_platform.cli.instance import POOLS
from retail_platform.deployment.catalogue import CHECKS
from tests.helm.chart import ROOT, helm

DOCS = sorted((ROOT / "docs" / "deployment").glob("*.md"))
SCRIPTS = sorted([*(ROOT / "deploy").rglob("*.sh"), ROOT / "deploy" / "image" / "with-secrets"])


def _commands() -> list[tuple[str, list[str]]]:
    found = []
    for page in DOCS:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words:
                    found.append((page.name, words))
    return found


COMMANDS = _commands()
_OF_A_RELEASE = ("--reset-then-reuse-values", "--reuse-values")
TRIAL = ROOT / "helm" / "retail-platform" / "ci" / "trial-values.yaml"


@pytest.mark.parametrize(
    "words", [w for _, w in COMMANDS if w[0] == "helm" and w[1] in ("install", "upgrade")], ids=lambda w: w[1]
)
def test_helm_commands_render(words: list[str]) -> None:
    arguments = [word for word in words[1:] if word not in ("--wait", *_OF_A_RELEASE)]
    arguments = [str(ROOT / word) if word.startswith("helm/") else word for word in arguments]
    if arguments[0] == "upgrade":  # without a cluster there is no release to upgrade
        arguments = ["install", *arguments[1:], f"--values={TRIAL}"]
    done = helm(*arguments, "--dry-run=client")
    assert done.returncode == 0, done.stderr
    assert "NOTES:" in done.stdout


def test_files_and_checks_named_are_there() -> None:
    words = [word for _, command in COMMANDS for word in command]
    files = {word for word in words if word.startswith(("deploy/", "helm/"))}
    checks = {word.removeprefix("--check=") for word in words if word.startswith("--check=")}
    assert len(files) > 5
    assert not {file for file in files if not (ROOT / file).exists()}
    assert checks
    assert checks <= set(CHECKS)


def test_compose_commands_name_profiles_and_services_that_are_there() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    profiles = {profile for service in services.values() for profile in service.get("profiles", [])}
    commands = [words[2:] for _, words in COMMANDS if words[:2] == ["docker", "compose"]]
    inline = re.findall(r"`docker compose exec (\S+) [^`]+`", "".join(page.read_text() for page in DOCS))
    asked = [words[words.index("exec") + 1] for words in commands if "exec" in words]
    assert len(commands) >= 4
    assert len(inline) >= 2
    assert {*asked, *inline} <= set(services)
    named_profiles = {words[i + 1] for words in commands for i, word in enumerate(words) if word == "--profile"}
    assert named_profiles == {"starrocks", "embedded", "bi"} <= profiles


def test_variables_of_compose_are_told() -> None:
    page = (ROOT / "docs" / "deployment" / "compose.md").read_text()
    tables = page + (ROOT / ".env.example").read_text()
    asked = set(re.findall(r"\$\{([A-Z_0-9]+):?-", (ROOT / "docker-compose.yml").read_text()))
    assert len(asked) > 15
    hidden = {
        name for name in asked if name not in tables and f"...{name.removeprefix('STARROCKS_PUBLISHED')}" not in page
    }
    assert not hidden


def test_the_platforms_commands_take_the_options_the_pages_give() -> None:
    inline = re.findall(r"`(retail-platform [^`]+)`", "".join(page.read_text() for page in DOCS))
    blocks = [
        shlex.join(words[words.index("retail-platform") :]) for _, words in COMMANDS if "retail-platform" in words
    ]
    assert len({*inline, *blocks}) >= 4
    for command in {*inline, *blocks}:
        _, name, *arguments = shlex.split(command)
        subcommand = platform.get_command(click.Context(platform), name)
        assert subcommand is not None, command
        known = {option for parameter in subcommand.params for option in parameter.opts}
        given = {argument.split("=")[0] for argument in arguments if argument.startswith("--")}
        assert given <= known, command


def test_kubectl_commands_name_objects_of_the_release() -> None:
    rendered = helm("template", "retail", str(ROOT / "helm" / "retail-platform"), f"--values={TRIAL}").stdout
    objects = [document for document in yaml.safe_load_all(rendered) if document]
    there = {f"{o['kind'].lower()}/{o['metadata']['name']}" for o in objects}
    commands = [words for _, words in COMMANDS if words[0] == "kubectl" and words[1:3] == ["--namespace", "retail"]]
    assert len(commands) >= 2
    for words in commands:
        named = [word for word in words if re.match(r"(statefulset|deployment|service|job)/", word)]
        assert set(named) <= there, words
        if "--selector" in words:
            name, value = words[words.index("--selector") + 1].split("=")
            assert any(o["metadata"]["labels"].get(name) == value for o in objects if o["kind"] == "Deployment")


def test_an_existing_dagster_is_told_our_pools(tmp_path: Path) -> None:
    commands = [
        words[words.index("--") + 1 :] for page, words in COMMANDS if page == "existing-dagster.md" and "--" in words
    ]
    assert {words[-2] for words in commands} == set(POOLS)
    (tmp_path / "dagster.yaml").write_text("telemetry: { enabled: false }\n")
    for words in commands:
        command = [str(Path(sys.executable).parent / words[0]), *words[1:]]
        subprocess.run(command, env={**os.environ, "DAGSTER_HOME": str(tmp_path)}, check=True, capture_output=True)
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        limits = {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}
    assert limits == dict.fromkeys(POOLS, 1)


def test_scripts_in_python_take_the_options_the_pages_give() -> None:
    commands = [words for _, words in COMMANDS if len(words) > 1 and re.fullmatch(r"deploy/.*\.py", words[1])]
    assert commands
    for words in commands:
        done = subprocess.run(
            [sys.executable, words[1], "--help"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert all(word in done.stdout for word in words[2:] if word.startswith("--")), words


def test_the_tables_of_sizing_follow_their_formulas() -> None:
    """Every figure that has a formula, within the rounding of the page."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "docs" / "deployment" / "sizing.md").read_text().splitlines()
        if line.startswith("|") and "---" not in line
    ]
    table = {row[0].split(" (")[0]: row[1:] for row in rows}
    lines = [1e6, 100e6, 10e9]
    unit = {"s": 1, "min": 60, "h": 3600, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}

    def figures(row: str) -> list[float]:
        found = [re.search(r"([\d.]+) (kB|MB|GB|TB|min|h|s)\b", cell) for cell in table[row]]
        return [float(match[1]) * unit[match[2]] for match in found if match]

    landing = [count * 500 for count in lines]
    warehouse = [count * 200 * 400 for count in lines]
    assert figures("landing a day") == pytest.approx(landing)
    assert figures("average rate over 24 h") == pytest.approx([size / 86_400 for size in landing], rel=0.05)
    assert figures("peak, 5 × average") == pytest.approx([5 * size / 86_400 for size in landing], rel=0.05)
    backends = [1, 3, 10]
    loading = [size / 50e6 / count for size, count in zip(landing, backends, strict=True)]
    assert figures("load of a whole day at 50 MB/s a backend") == pytest.approx(loading, rel=0.1)
    assert figures("warehouse for 400 days, one replica") == pytest.approx(warehouse)
    assert figures("with three replicas") == pytest.approx([3 * size for size in warehouse[:2]])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.name)
def test_scripts_are_scripts(script: Path) -> None:
    shell = script.read_text().splitlines()[0].removeprefix("#!").split()[-1].rpartition("/")[2]
    done = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert os.access(script, os.X_OK) or script.name in ("install.sh", "entrypoint.sh")


def test_create_secrets_sends_what_the_chart_refers_to(tmp_path: Path) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(
        f"#!/bin/sh\ncd {tmp_path}\n"
        'case "$*" in *"get secret"*) exit 1 ;; *--filename*) cat >>sent; echo --- >>sent ;; esac\n'
        'echo "$@" >>arguments\n'
    )
    kubectl.chmod(0o755)
    (tmp_path / "admin").write_text("known-admin-password")
    script = ROOT / "deploy" / "kubernetes" / "create-secrets.sh"
    done = subprocess.run(
        [script, "--namespace", "retail", "--admin-password-file", tmp_path / "admin"],
        env={**os.environ, "KUBECTL": str(kubectl)},
        capture_output=True,
        text=True,
        check=True,
    )
    sent = [document for document in yaml.safe_load_all((tmp_path / "sent").read_text()) if document]
    values = yaml.safe_load((ROOT / "helm" / "retail-platform" / "values.yaml").read_text())
    assert [s["metadata"]["name"] for s in sent] == [
        values["global"]["postgresqlSecretName"],
        values["starrocks"]["existingSecret"],
    ]
    assert set(sent[0]["data"]) == {"postgresql-password"}
    assert set(sent[1]["data"]) == {user["passwordKey"] for user in values["starrocks"]["users"].values()}
    passwords = [base64.b64decode(v).decode() for s in sent for v in s["data"].values()]
    assert "known-admin-password" in passwords
    assert len(set(passwords)) == 5
    assert all(len(password) >= 20 for password in passwords)
    shown = done.stdout + done.stderr + (tmp_path / "arguments").read_text()
    assert not any(password in shown for password in passwords)


def test_an_existing_dagsters_secret_is_copied_under_its_name(tmp_path: Path) -> None:
    (words,) = [w for page, w in COMMANDS if page == "existing-dagster.md" and w[0].endswith("create-secrets.sh")]
    coded = base64.b64encode(b"password-of-dagster").decode()
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(
        f"#!/bin/sh\ncd {tmp_path}\n"
        f'case "$*" in *jsonpath*) printf %s "{coded}" ;; *"get secret"*) exit 1 ;;\n'
        "*--filename*) cat >>sent; echo --- >>sent ;; esac\n"
        'echo "$@" >>arguments\n'
    )
    kubectl.chmod(0o755)
    environment = {**os.environ, "KUBECTL": str(kubectl)}
    subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=True)
    sent = [document for document in yaml.safe_load_all((tmp_path / "sent").read_text()) if document]
    values = yaml.safe_load((ROOT / "helm" / "retail-platform" / "ci" / "existing-dagster-values.yaml").read_text())
    assert sent[0]["metadata"]["name"] == values["global"]["postgresqlSecretName"]
    assert sent[0]["data"] == {"postgresql-password": coded}
    assert sent[1]["metadata"]["name"] == "retail-platform-starrocks"
    assert "--namespace dagster get secret dagster-postgresql-secret" in (tmp_path / "arguments").read_text()


def test_with_secrets_reads_files_and_names_those_missing(tmp_path: Path) -> None:
    script = ROOT / "deploy" / "image" / "with-secrets"
    (tmp_path / "password").write_text("from-a-file")
    environment = {"PATH": os.environ["PATH"], "A_PASSWORD_FILE": str(tmp_path / "password"), "WAIT_SECONDS": "0"}
    command = [script, "sh", "-c", 'echo "$A_PASSWORD ${A_PASSWORD_FILE:-gone}"']
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "from-a-file gone\n"
    environment["B_FILE"] = str(tmp_path / "nothing")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "B_FILE names" in done.stderr


def test_doctor_help_lists_every_check() -> None:
    output = CliRunner().invoke(doctor, ["--help"]).output
    assert all(name in output for name in CHECKS)
