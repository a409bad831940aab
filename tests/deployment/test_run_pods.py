"""The script for any cluster, run against the stub: its jobs are worked as a kubelet would, and ended when deleted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from retail_platform.deployment.alive import alive
from retail_platform.settings import child_environment
from tests.conftest import Platform, find_free_ports
from tests.deployment.stub_cluster import Cluster, cluster, code_server
from tests.helm.chart import ci, objects

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT / "deploy" / "kubernetes"))

import run_pods  # noqa: E402 - a script, found by its directory

VALUES = (ci("production"), "codeLocations.ingestion.k8sJobExecutor.enabled=false")


@contextmanager
def _kubelet(release: Cluster, environment: dict[str, str]) -> Iterator[None]:
    """Start what jobs say, tell how it ended, and end it when its job is deleted."""
    stopped = threading.Event()
    running: dict[str, subprocess.Popen[bytes]] = {}

    def work() -> None:
        while not stopped.wait(0.1):
            for job in list(release.stub.jobs):
                if job not in running:
                    running[job] = release.work(job, **environment)
            for job, process in running.items():
                if job not in release.stub.jobs:
                    if process.poll() is None:
                        process.send_signal(signal.SIGTERM)
                elif process.poll() is not None:
                    release.stub.finish(job, "failed" if process.returncode else "succeeded")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        for process in running.values():
            process.kill()
            process.wait()


@contextmanager
def _webserver(release: Cluster) -> Iterator[str]:
    port = find_free_ports()[0]
    workspace = release.home / "workspace.yaml"
    server = {"host": "127.0.0.1", "port": release.port, "location_name": "ingestion"}
    workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}))
    command = [str(BIN / "dagster-webserver"), "--host=127.0.0.1", f"--port={port}", f"--workspace={workspace}"]
    environment = {**os.environ, "DAGSTER_HOME": str(release.home)}
    with (release.home / "webserver.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 120
        while alive(f"http:{port}/server_info"):
            assert process.poll() is None, (release.home / "webserver.log").read_text()
            assert time.monotonic() < deadline, (release.home / "webserver.log").read_text()
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.slow
def test_the_script_for_any_cluster(platform: Platform, tmp_path: Path) -> None:
    found = objects(*VALUES)
    (tmp_path / "server").mkdir()
    (tmp_path / "instance").mkdir()
    with (
        code_server(found, tmp_path / "server") as (port, container),
        cluster(found, port, container, tmp_path / "instance") as release,
        _kubelet(release, child_environment()),
        _webserver(release) as url,
    ):
        script = [sys.executable, str(ROOT / "deploy" / "kubernetes" / "run_pods.py"), f"--webserver-url={url}"]
        done = subprocess.run(
            [*script, "--release=rp", "--namespace=data", "--orders=40", "--timeout=240"],
            env={**os.environ, "KUBECONFIG": str(release.home / "operator")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "has what its code server has" in done.stdout
        assert "run and job succeeded" in done.stdout
        assert "terminating a run took its job away" in done.stdout
        assert release.stub.refused == []


def test_what_a_run_pod_lacks_is_named() -> None:
    def pod(**given: object) -> dict[str, object]:
        container = {"image": "retail:1", "env": [{"name": "A", "value": "1"}], "volumeMounts": [], **given}
        return {"containers": [container], "serviceAccountName": "ingestion"}

    assert run_pods.differences(pod(), pod()) == []
    assert run_pods.differences(pod(), pod(image="retail:2", env=[])) == ["A", "image"]
    secret = {"name": "A", "valueFrom": {"secretKeyRef": {"name": "other", "key": "a"}}}
    assert run_pods.differences(pod(), pod(env=[secret])) == ["A"]
    assert run_pods.differences(pod(), {**pod(), "serviceAccountName": "default"}) == ["service account"]
