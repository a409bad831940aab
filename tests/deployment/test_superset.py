"""Superset, installed as its image does, over marts of the embedded warehouse: provisioned, asked, looked at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from retail_platform.starrocks.embedded import EmbeddedStarRocks
from tests.conftest import environment_of, find_free_ports

SUPERSET = Path(__file__).resolve().parents[2] / "deploy" / "superset"
ASSETS = SUPERSET / "assets"
PASSWORD = "superset-marker-91c4"
MARTS = Path(__file__).resolve().parents[2] / "dbt" / "models" / "marts" / "_marts.yml"


def _assets(kind: str) -> list[dict[str, Any]]:
    return [yaml.safe_load(file.read_text()) for file in sorted((ASSETS / kind).rglob("*.yaml"))]


def test_the_bundle_refers_to_what_it_holds() -> None:
    (database,), datasets, charts, (dashboard,) = map(_assets, ("databases", "datasets", "charts", "dashboards"))
    assert {dataset["database_uuid"] for dataset in datasets} == {database["uuid"]}
    assert {chart["dataset_uuid"] for chart in charts} == {dataset["uuid"] for dataset in datasets}
    cells = [cell for cell in dashboard["position"].values() if isinstance(cell, dict)]
    shown = {cell["meta"]["uuid"] for cell in cells if "uuid" in cell.get("meta", {})}
    assert shown == {chart["uuid"] for chart in charts}
    assert "@" in database["sqlalchemy_uri"]
    assert ":" not in database["sqlalchemy_uri"].split("//")[1].split("@")[0], "a user without a password"
    metrics = {dataset["uuid"]: {metric["metric_name"] for metric in dataset["metrics"]} for dataset in datasets}
    for chart in charts:
        asked = chart["params"].get("metrics") or [chart["params"]["metric"]]
        assert set(asked) <= metrics[chart["dataset_uuid"]], chart["slice_name"]


def test_datasets_name_columns_the_marts_have() -> None:
    marts = {
        model["name"]: {c["name"] for c in model["columns"]} for model in yaml.safe_load(MARTS.read_text())["models"]
    }
    for dataset in _assets("datasets"):
        if not dataset["sql"]:
            missing = {column["column_name"] for column in dataset["columns"]} - marts[dataset["table_name"]]
            assert not missing, f"{dataset['table_name']}: {missing}"


@dataclass
class Served:
    url: str
    python: Path
    password_file: Path
    log: Path


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with deploy/superset/requirements.txt; RETAIL_SUPERSET_PYTHON names one that is there already."""
    given = os.environ.get("RETAIL_SUPERSET_PYTHON")
    if given:
        return Path(given)
    uv = Path(sys.executable).parent / "uv"
    venv = tmp_path_factory.mktemp("superset") / "venv"
    subprocess.run([str(uv), "venv", "--quiet", "--python", "3.11", str(venv)], check=True)
    install = [str(uv), "pip", "install", "--quiet", "--python", str(venv / "bin" / "python")]
    subprocess.run([*install, "--requirement", str(SUPERSET / "requirements.txt")], check=True)
    return venv / "bin" / "python"


@pytest.fixture(scope="module")
def served(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Superset as start.sh of the image starts it, before an embedded warehouse with three days of marts."""
    home = tmp_path_factory.mktemp("home")
    demo = [sys.executable, "-m", "retail_platform.cli", "demo", "--days", "3", "--orders", "150"]
    subprocess.run(demo, env=environment_of(home, find_free_ports()), check=True, capture_output=True)
    port = find_free_ports()[0]
    password = home / "superset-password"
    password.write_text(PASSWORD)
    (home / "superset").mkdir()
    environment = {
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(SUPERSET / "superset_config.py"),
        "SUPERSET_HOME": str(home / "superset"),
        "SUPERSET_SECRET_KEY": os.urandom(32).hex(),
        "SUPERSET_ADMIN_PASSWORD_FILE": str(password),
        "SUPERSET_BIND": f"127.0.0.1:{port}",
        "SUPERSET_WORKERS": "1",
        "STARROCKS_HOST": "127.0.0.1",
        "STARROCKS_USER": "root",
    }
    log = home / "superset.log"
    with EmbeddedStarRocks(data_dir=home / "starrocks") as warehouse, log.open("w") as output:
        environment["STARROCKS_PORT"] = str(warehouse.mysql_port)
        command = ["sh", str(SUPERSET / "start.sh")]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=home)
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(process, url, log)
            yield Served(url, python, password, log)
        finally:
            process.terminate()
            process.wait(60)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            if requests.get(f"{url}/health", timeout=30).ok:
                return
        except (requests.ConnectionError, requests.Timeout):  # not there yet, or loading behind an open port
            time.sleep(1)
    raise AssertionError(log.read_text()[-3000:])


def _session(served: Served) -> requests.Session:
    session = requests.Session()
    who = {"username": "admin", "password": PASSWORD, "provider": "db", "refresh": False}
    answer = session.post(f"{served.url}/api/v1/security/login", json=who, timeout=60)
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_dataset_answers_with_its_metrics(served: Served) -> None:
    session = _session(served)
    datasets = session.get(f"{served.url}/api/v1/dataset/", timeout=60).json()["result"]
    known = {dataset["table_name"]: dataset["id"] for dataset in datasets}
    for asset in _assets("datasets"):
        query = {"metrics": [metric["metric_name"] for metric in asset["metrics"]], "columns": [], "filters": []}
        asked = {"datasource": {"id": known[asset["table_name"]], "type": "table"}, "queries": [query]}
        answer = session.post(f"{served.url}/api/v1/chart/data", json=asked, timeout=120).json()
        (row,) = answer["result"][0]["data"]
        assert all(value is not None for value in row.values()), (asset["table_name"], row)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_chart_is_drawn_in_a_browser(served: Served, tmp_path: Path) -> None:
    driver = shutil.which("chromedriver")
    if driver is None:
        pytest.skip("no chromedriver on this machine")
    picture = tmp_path / "dashboard.png"
    command = [str(served.python), str(SUPERSET / "look.py"), f"--url={served.url}", f"--driver={driver}"]
    command += [f"--password-file={served.password_file}", f"--screenshot={picture}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("8 charts: ")
    assert picture.stat().st_size > 50_000
    assert PASSWORD not in served.log.read_text() + done.stdout + done.stderr
