"""The commands of docs/deployment, run as far as a machine without a cluster can."""

from __future__ import annotations

import base64
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from retail_platform.cli.doctor import doctor
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


@pytest.mark.parametrize(
    "words", [w for _, w in COMMANDS if w[0] == "helm" and w[1] in ("install", "upgrade")], ids=lambda w: w[1]
)
def test_helm_commands_render(words: list[str]) -> None:
    arguments = [word for word in words[1:] if word not in ("--wait", "--reset-then-reuse-values")]
    arguments = [str(ROOT / word) if word.startswith("helm/") else word for word in arguments]
    if arguments[0] == "upgrade":  # without a cluster there is no release to upgrade
        arguments = ["install", *arguments[1:], f"--values={ROOT / 'helm/retail-platform/ci/trial-values.yaml'}"]
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
