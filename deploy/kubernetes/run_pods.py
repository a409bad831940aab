"""Prove the way of a run on any cluster: launched through GraphQL, made a job, followed, terminated.

    python deploy/kubernetes/run_pods.py --release retail --namespace retail --webserver-url http://127.0.0.1:33000

Looks through the current kubeconfig context: the job's pod must have what the pod of its code server has, the job must
succeed with its run, and terminating a run must take its job away. tests/deployment/test_run_pods.py does the same to a
stub of the Kubernetes API. Needs the packages of the platform, `kubernetes` among them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from kubernetes import client, config

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from smoke import Installation

LOCATION, JOB = "ingestion", "ingest_trading_day"
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
# The server's own business, and the launcher's.
OF_ONE_SIDE = {
    "DAGSTER_CURRENT_IMAGE",
    "DAGSTER_CLI_API_GRPC_CONTAINER_CONTEXT",
    "DAGSTER_DISABLE_TELEMETRY",
    "DAGSTER_RUN_JOB_NAME",
}
_RUN = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } ... on RunNotFoundError { message } } }"
_TERMINATE = """
mutation ($id: String!) { terminateRun(runId: $id) { __typename ... on TerminateRunFailure { message }
  ... on PythonError { message } } }
"""


def differences(server: dict[str, Any], run: dict[str, Any]) -> list[str]:
    """What a run's pod has otherwise than its code server's pod, by name; both as the API writes a PodSpec."""
    ours, theirs = _essence(server), _essence(run)
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def _essence(pod: dict[str, Any]) -> dict[str, Any]:
    """What has to be the same, without what the API server adds to one of them."""
    container = pod["containers"][0]
    variables = {v["name"]: v.get("valueFrom", v.get("value", "")) for v in container.get("env", [])}
    return {
        **{name: value for name, value in variables.items() if name not in OF_ONE_SIDE},
        "image": container["image"],
        "environment from": container.get("envFrom", []),
        "mounts": sorted((m["mountPath"], m["name"]) for m in container.get("volumeMounts", [])),
        "volumes": sorted(volume["name"] for volume in pod.get("volumes", [])),
        "service account": pod.get("serviceAccountName"),
        "container's security context": container.get("securityContext"),
        "pod's security context": pod.get("securityContext"),
        "node selector": pod.get("nodeSelector"),
    }


class Cluster:
    """The release as its cluster and its Dagster tell it."""

    def __init__(self, api: client.ApiClient, namespace: str, release: str, dagster: Installation) -> None:
        self._api, self._namespace, self._release, self._dagster = api, namespace, release, dagster

    def server_pod(self) -> dict[str, Any]:
        """PodSpec of the code server's Deployment."""
        selector = f"app.kubernetes.io/instance={self._release},app.kubernetes.io/component=code-location-{LOCATION}"
        found = client.AppsV1Api(self._api).list_namespaced_deployment(self._namespace, label_selector=selector).items
        if len(found) != 1:
            raise click.ClickException(f"{len(found)} Deployments {selector} in {self._namespace}, expected one")
        return dict(self._api.sanitize_for_serialization(found[0].spec.template.spec))

    def job(self, run: str) -> dict[str, Any] | None:
        """The job of a run; None if there is none."""
        try:
            found = client.BatchV1Api(self._api).read_namespaced_job(f"dagster-run-{run}", self._namespace)
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise
        return dict(self._api.sanitize_for_serialization(found))

    def launch(self, orders: int, days_ago: int) -> str:
        """Launch the load of a day; returns the run's id."""
        day = (datetime.now(UTC).date() - timedelta(days=days_ago)).isoformat()
        ops = {"land_trading_day": {"config": {"orders_per_day": orders}}}
        return self._dagster.launch(LOCATION, JOB, {"ops": ops}, {"dagster/partition": day})

    def status(self, run: str) -> str:
        """Dagster's status of a run."""
        return str(self._dagster.ask(_RUN, id=run)["runOrError"]["status"])

    def terminate(self, run: str) -> None:
        """Ask Dagster to end a run."""
        answer = self._dagster.ask(_TERMINATE, id=run)["terminateRun"]
        if answer["__typename"] != "TerminateRunSuccess":
            raise click.ClickException(f"run {run} can't be terminated: {answer}")

    def wait(self, what: str, reached: Callable[[], bool]) -> None:
        """Look every second until reached; the installation's time is the limit."""
        self._dagster.wait(what, reached)


def prove(cluster: Cluster, orders: int, many_orders: int) -> None:
    """Manifest, status, termination; of the day with many orders nothing is loaded if it is terminated in time.

    Raises:
        click.ClickException: One of them isn't as it has to be.
    """
    run = cluster.launch(orders, days_ago=2)
    cluster.wait(f"the job of run {run}", lambda: cluster.job(run) is not None)
    job = cluster.job(run) or {}
    found = differences(cluster.server_pod(), job["spec"]["template"]["spec"])
    if found:
        raise click.ClickException(f"the pod of run {run} differs from its code server's: {', '.join(found)}")
    click.echo(f"job/dagster-run-{run} has what its code server has")

    cluster.wait(f"the end of run {run}", lambda: cluster.status(run) in ENDED)
    if cluster.status(run) != "SUCCESS":
        raise click.ClickException(f"run {run} ended with {cluster.status(run)}; see its job's log")
    cluster.wait("the job's success", lambda: ((cluster.job(run) or {}).get("status") or {}).get("succeeded") == 1)
    click.echo("run and job succeeded")

    run = cluster.launch(many_orders, days_ago=3)
    # A run that hasn't started ends at once: the job matters, so it is waited for.
    cluster.wait(f"the start of run {run}", lambda: cluster.status(run) in ("STARTED", *ENDED))
    if cluster.status(run) == "STARTED":
        cluster.terminate(run)
    cluster.wait(f"the end of run {run}", lambda: cluster.status(run) in ENDED)
    if cluster.status(run) != "CANCELED":
        raise click.ClickException(
            f"run {run} ended with {cluster.status(run)} before it was terminated; give it more to do: --many-orders"
        )
    cluster.wait(f"the end of job/dagster-run-{run}", lambda: cluster.job(run) is None)
    click.echo("terminating a run took its job away")


@click.command()
@click.option("--webserver-url", required=True, help="Dagster's webserver.")
@click.option("--release", default="retail", show_default=True, help="Helm release.")
@click.option("--namespace", default="retail", show_default=True, help="Its namespace.")
@click.option("--orders", default=500, show_default=True, help="Orders of the day that is loaded.")
@click.option("--many-orders", default=100_000, show_default=True, help="Orders of the day whose load is terminated.")
@click.option("--timeout", default=900.0, show_default=True, help="Seconds for everything.")
def main(webserver_url: str, release: str, namespace: str, orders: int, many_orders: int, timeout: float) -> None:
    """Launch a run, compare its pod with its code server's, follow it, terminate another."""
    started = time.monotonic()
    api = config.new_client_from_config()
    prove(Cluster(api, namespace, release, Installation(webserver_url, timeout)), orders, many_orders)
    click.echo(f"proved after {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
