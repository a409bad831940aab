"""From a launched run to the job Kubernetes gets: the chart's own files, a real code server, a stub API server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.instance.ref import InstanceRef
from dagster._core.launcher import WorkerStatus
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import GrpcServerTarget
from dagster_graphql.cli import execute_query

from retail_platform.cli.runs import _LAUNCH
from retail_platform.deployment.alive import alive
from retail_platform.settings import child_environment
from retail_platform.starrocks.connection import connect, query
from tests.conftest import Platform, find_free_ports
from tests.deployment.stub_kubernetes import StubKubernetes, serving
from tests.helm.chart import ci, code_servers, named, objects

pytestmark = pytest.mark.first

MARKER = "marker-4be1-secret"
VALUES = ci("production")


@dataclass
class Cluster:
    stub: StubKubernetes
    instance: DagsterInstance
    context: WorkspaceProcessContext
    server: dict[str, Any]
    home: Path

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
        env = dict(named(objects(VALUES), "ConfigMap", "-env")["data"])
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


@pytest.fixture(scope="module")
def code_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, dict[str, Any]]]:
    """The ingestion code server, with the rendered command and environment, its secrets planted."""
    container = code_servers(objects(VALUES))["ingestion"]["spec"]["template"]["spec"]["containers"][0]
    port = find_free_ports()[0]
    command = [f"--port={port}" if arg.startswith("--port") else arg for arg in container["args"]]
    plain = dict(named(objects(VALUES), "ConfigMap", "-env")["data"])
    plain |= {variable["name"]: variable["value"] for variable in container["env"] if "value" in variable}
    secret = {variable["name"]: MARKER for variable in container["env"] if "valueFrom" in variable}
    home = tmp_path_factory.mktemp("code-server")
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


@pytest.fixture(scope="module")
def cluster(code_server: tuple[int, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The rendered instance on SQLite, its launcher pointed to a stub that grants the rendered Role and no more."""
    port, container = code_server
    home = tmp_path_factory.mktemp("instance")
    found = objects(VALUES)
    stub = StubKubernetes(named(found, "Role", "-launcher")["rules"])
    with serving(stub) as address:
        config = yaml.safe_load(named(found, "ConfigMap", "-instance")["data"]["dagster.yaml"])
        del config["storage"]
        kubeconfig = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "stub",
            "contexts": [{"name": "stub", "context": {"cluster": "stub", "user": "stub", "namespace": "data"}}],
            "clusters": [{"name": "stub", "cluster": {"server": address}}],
            "users": [{"name": "stub", "user": {}}],
        }
        (home / "kubeconfig").write_text(yaml.safe_dump(kubeconfig))
        launcher = config["run_launcher"]["config"]
        launcher |= {"load_incluster_config": False, "kubeconfig_file": str(home / "kubeconfig")}
        # Without the queue a launch reaches the launcher at once; a daemon would do the same a moment later.
        del config["run_queue"]
        config["run_coordinator"] = {"module": "dagster.core.run_coordinator", "class": "DefaultRunCoordinator"}
        (home / "dagster.yaml").write_text(yaml.safe_dump(config))
        with DagsterInstance.from_ref(InstanceRef.from_dir(str(home))) as instance:
            target = GrpcServerTarget(host="127.0.0.1", port=port, socket=None, location_name="ingestion")
            with WorkspaceProcessContext(instance, target) as context:
                yield Cluster(stub, instance, context, container, home)


def _health(cluster: Cluster, run_id: str) -> WorkerStatus:
    run = cluster.instance.get_run_by_id(run_id)
    return cluster.instance.run_launcher.check_run_worker_health(run).status


def test_a_launched_run_becomes_the_job_of_its_location(cluster: Cluster) -> None:
    run_id = cluster.launch()
    job = cluster.stub.jobs[f"dagster-run-{run_id}"]
    for version in ("1.31", "1.33", "1.35"):
        kubernetes_validate.validate({k: v for k, v in job.items() if k != "status"}, version, strict=True)
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["args"][:3] == ["dagster", "api", "execute_run"]
    assert container["image"] == cluster.server["image"]
    assert container["envFrom"] == cluster.server["envFrom"]
    assert container["securityContext"] == cluster.server["securityContext"]
    assert pod["serviceAccountName"] == "rp-retail-platform-ingestion"
    assert pod["nodeSelector"] == {"pool": "data"}
    assert job["metadata"]["labels"]["dagster/code-location"] == "ingestion"
    password = next(v for v in container["env"] if v["name"] == "STARROCKS_PASSWORD")
    assert password["valueFrom"]["secretKeyRef"] == {"name": "retail-platform-starrocks", "key": "loader-password"}
    postgres = next(v for v in container["env"] if v["name"] == "DAGSTER_PG_PASSWORD")
    assert postgres["valueFrom"]["secretKeyRef"]["name"] == "dagster-postgresql"


def test_status_follows_the_job(cluster: Cluster) -> None:
    run_id = cluster.launch()
    assert _health(cluster, run_id) is WorkerStatus.RUNNING
    cluster.stub.finish(f"dagster-run-{run_id}", "failed")
    assert _health(cluster, run_id) is WorkerStatus.FAILED
    cluster.stub.finish(f"dagster-run-{run_id}", "succeeded")
    assert _health(cluster, run_id) is WorkerStatus.SUCCESS
    del cluster.stub.jobs[f"dagster-run-{run_id}"]
    assert _health(cluster, run_id) is WorkerStatus.UNKNOWN


def test_terminating_a_run_deletes_its_job(cluster: Cluster) -> None:
    run_id = cluster.launch()
    cluster.instance.run_launcher.terminate(run_id)
    assert f"dagster-run-{run_id}" not in cluster.stub.jobs
    assert "delete pods" in cluster.stub.calls
    assert cluster.instance.get_run_by_id(run_id).status is DagsterRunStatus.CANCELING


def test_why_a_run_pod_died_can_be_asked(cluster: Cluster) -> None:
    run_id = cluster.launch()
    run = cluster.instance.get_run_by_id(run_id)
    del cluster.stub.jobs[f"dagster-run-{run_id}"]
    assert "kubectl describe job" in cluster.instance.run_launcher.get_run_worker_debug_info(run)


def test_steps_become_jobs_that_belong_to_the_run(cluster: Cluster) -> None:
    run_id = cluster.launch()
    run = cluster.work(f"dagster-run-{run_id}", RETAIL_HOME=str(cluster.home), HOSTNAME="the-run-pod")
    try:
        name = cluster.wait_for_step(run, set())
        job = cluster.stub.jobs[name]
        kubernetes_validate.validate({k: v for k, v in job.items() if k != "status"}, "1.33", strict=True)
        assert job["metadata"]["labels"]["dagster/op"] == "land_trading_day"
        pod, run_pod = (j["spec"]["template"]["spec"] for j in (job, cluster.stub.jobs[f"dagster-run-{run_id}"]))
        (step,), (whole,) = pod["containers"], run_pod["containers"]
        assert step["args"][:3] == ["dagster", "api", "execute_step"]
        assert {v["name"] for v in whole["env"]} <= {v["name"] for v in step["env"]}
        for key in ("image", "envFrom", "securityContext", "volumeMounts"):
            assert step[key] == whole[key], key
        assert pod["serviceAccountName"] == run_pod["serviceAccountName"]
        # The job's own resources are those of the pod that waits; the step has its location's.
        assert whole["resources"]["limits"] == {"memory": "16Gi"}
        assert step["resources"]["limits"] == {"memory": "2Gi"}
        # Whoever deletes the run's job deletes its pod, and with it the steps'.
        owner = {"apiVersion": "v1", "kind": "Pod", "name": "the-run-pod", "uid": "uid-of-the-run-pod"}
        assert job["metadata"]["ownerReferences"] == [owner]
    finally:
        run.kill()
        run.wait()


@pytest.mark.slow
def test_a_day_is_loaded_by_pods_of_its_steps(cluster: Cluster, platform: Platform) -> None:
    environment = {**child_environment(), "RETAIL_EXECUTOR": "k8s"}
    del environment["RETAIL_EXECUTOR_CONFIG"]  # the chart's
    run_id = cluster.launch(ops={"land_trading_day": {"config": {"orders_per_day": 20}}})
    run = cluster.work(f"dagster-run-{run_id}", **environment)
    steps: dict[str, Any] = {}
    try:
        while name := cluster.wait_for_step(run, set(steps), 300):
            steps[name] = cluster.stub.jobs[name]
            worker = cluster.work(name, **environment)
            assert worker.wait(300) == 0
            cluster.stub.finish(name, "succeeded")
        assert run.wait(60) == 0
    finally:
        run.kill()
        run.wait()
    assert cluster.instance.get_run_by_id(run_id).status is DagsterRunStatus.SUCCESS
    memory = {
        job["metadata"]["labels"]["dagster/op"]: job["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
        for job in steps.values()
    }
    assert memory["land_trading_day"] == {"memory": "2Gi"}
    assert memory["load_trading_day"] == {"memory": "1Gi"}
    with connect(platform.starrocks) as connection:
        table = f"{platform.retail.bronze}.raw_orders"
        assert query(connection, f"SELECT COUNT(*) AS n FROM {table}")[0]["n"] > 0


def test_the_role_of_the_chart_was_enough_and_secrets_stayed_where_they_are(cluster: Cluster) -> None:
    assert cluster.stub.refused == []
    assert MARKER not in "".join(cluster.stub.bodies)
    assert MARKER not in json.dumps([run.tags for run in cluster.instance.get_runs()])
    for file in cluster.home.rglob("*"):
        if file.is_file():
            assert MARKER.encode() not in file.read_bytes(), file.name
