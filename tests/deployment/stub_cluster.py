"""A release on a stub of Kubernetes: its code server, its instance, its launcher; jobs are worked by hand."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import GrpcServerTarget
from dagster_graphql.cli import execute_query

from retail_platform.cli.runs import _LAUNCH
from retail_platform.deployment.alive import alive
from tests.conftest import find_free_ports
from tests.deployment.stub_kubernetes import OPERATOR, StubKubernetes, serving
from tests.helm.chart import Object, code_servers, named

MARKER = "marker-4be1-secret"


@dataclass
class Cluster:
    stub: StubKubernetes
    instance: DagsterInstance
    context: WorkspaceProcessContext
    server: dict[str, Any]
    port: int
    home: Path
    found: list[Object]

    def launch(self, **run_config: Any) -> str:
        params = {
            "selector": {
                "repositoryLocationName": "ingestion",
                "repositoryName": "__repository__",
                "jobName": "ingest_trading_day",
            },
            "runConfigData": run_config,
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": "2026-11-01"}]},
        }
        answer = execute_query(self.context, _LAUNCH, {"params": params})
        launched = answer["data"]["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def work(self, job: str, **environment: str) -> subprocess.Popen[bytes]:
        """Do what a job's pod would do: its command with its environment, the cluster's addresses replaced."""
        (container,) = self.stub.jobs[job]["spec"]["template"]["spec"]["containers"]
        env = dict(named(self.found, "ConfigMap", "-env")["data"])
        env |= {v["name"]: v["value"] for v in container["env"] if v.get("value")}
        command = [str(Path(sys.executable).parent / "dagster"), *container["args"][1:]]
        with (self.home / f"{job}.log").open("w") as log:
            return subprocess.Popen(command, env={**os.environ, **env, **environment}, stdout=log, stderr=log)

    def wait_for_step(self, run: subprocess.Popen[bytes], known: set[str], seconds: float = 60) -> str:
        """The next step's job; empty when the run ends without another."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            steps = {name for name in self.stub.jobs if name.startswith("dagster-step-")} - known
            if steps:
                return steps.pop()
            if run.poll() is not None:
                return ""
            time.sleep(0.1)
        raise AssertionError("neither a step nor the run's end")


@contextmanager
def code_server(found: list[Object], home: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The ingestion code server, with the rendered command and environment, its secrets planted."""
    container = code_servers(found)["ingestion"]["spec"]["template"]["spec"]["containers"][0]
    port = find_free_ports()[0]
    command = [f"--port={port}" if arg.startswith("--port") else arg for arg in container["args"]]
    plain = dict(named(found, "ConfigMap", "-env")["data"])
    plain |= {variable["name"]: variable["value"] for variable in container["env"] if "value" in variable}
    secret = {variable["name"]: MARKER for variable in container["env"] if "valueFrom" in variable}
    environment = {**os.environ, **plain, **secret, "DAGSTER_HOME": str(home), "RETAIL_HOME": str(home)}
    command[0] = str(Path(sys.executable).parent / "dagster")
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 90
        while alive(f"grpc:{port}"):
            assert process.poll() is None, (home / "log").read_text()
            assert time.monotonic() < deadline, (home / "log").read_text()
            time.sleep(0.2)
        yield port, container
    finally:
        process.terminate()
        process.wait(30)
    assert MARKER not in (home / "log").read_text()


def kubeconfig(address: str, **user: str) -> str:
    """A kubeconfig that points to the stub."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "stub",
            "contexts": [{"name": "stub", "context": {"cluster": "stub", "user": "stub", "namespace": "data"}}],
            "clusters": [{"name": "stub", "cluster": {"server": address}}],
            "users": [{"name": "stub", "user": user}],
        }
    )


@contextmanager
def cluster(found: list[Object], port: int, container: dict[str, Any], home: Path) -> Iterator[Cluster]:
    """The rendered instance on SQLite, its launcher pointed to a stub that grants the rendered Role and no more."""
    stub = StubKubernetes(named(found, "Role", "-launcher")["rules"], [o for o in found if o["kind"] == "Deployment"])
    with serving(stub) as address:
        config = yaml.safe_load(named(found, "ConfigMap", "-instance")["data"]["dagster.yaml"])
        del config["storage"]
        (home / "kubeconfig").write_text(kubeconfig(address))
        (home / "operator").write_text(kubeconfig(address, token=OPERATOR))
        launcher = config["run_launcher"]["config"]
        launcher |= {"load_incluster_config": False, "kubeconfig_file": str(home / "kubeconfig")}
        # Without the queue a launch reaches the launcher at once; a daemon would do the same a moment later.
        del config["run_queue"]
        config["run_coordinator"] = {"module": "dagster.core.run_coordinator", "class": "DefaultRunCoordinator"}
        (home / "dagster.yaml").write_text(yaml.safe_dump(config))
        with DagsterInstance.from_ref(InstanceRef.from_dir(str(home))) as instance:
            target = GrpcServerTarget(host="127.0.0.1", port=port, socket=None, location_name="ingestion")
            with WorkspaceProcessContext(instance, target) as context:
                yield Cluster(stub, instance, context, container, port, home, found)
