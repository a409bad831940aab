"""From a launched run to the job Kubernetes gets: the chart's own files, a real code server, a stub API server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
from dagster import DagsterRunStatus
from dagster._core.launcher import WorkerStatus

from retail_platform.settings import child_environment
from retail_platform.starrocks.connection import connect, query
from tests.conftest import Platform
from tests.deployment.stub_cluster import MARKER, Cluster, code_server
from tests.deployment.stub_cluster import cluster as stub_cluster
from tests.helm.chart import ci, objects

pytestmark = pytest.mark.first

VALUES = ci("production")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    found = objects(VALUES)
    server, instance = tmp_path_factory.mktemp("code-server"), tmp_path_factory.mktemp("instance")
    with code_server(found, server) as (port, container), stub_cluster(found, port, container, instance) as running:
        yield running


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
