"""The run pod Dagster's own launcher makes from a code server's container context."""

from __future__ import annotations

import json
from typing import Any

import yaml
from dagster_k8s import K8sRunLauncher
from dagster_k8s.container_context import K8sContainerContext
from dagster_k8s.job import construct_dagster_k8s_job
from kubernetes.client import ApiClient, BatchV1Api, CoreV1Api

CONTEXT = "DAGSTER_CLI_API_GRPC_CONTAINER_CONTEXT"


def container_context(container: dict[str, Any]) -> dict[str, Any]:
    """The container context of a code server's container."""
    value = next(v["value"] for v in container["env"] if v["name"] == CONTEXT)
    return dict(json.loads(value)["k8s"])


def run_job(dagster_yaml: str, container: dict[str, Any], kubeconfig: str) -> dict[str, Any]:
    """The job of a run of this code server's location, as the Kubernetes API would get it."""
    config = yaml.safe_load(dagster_yaml)["run_launcher"]["config"]
    config |= {"load_incluster_config": False, "kubeconfig_file": kubeconfig}
    launcher = K8sRunLauncher(**config, k8s_client_batch_api=BatchV1Api(), k8s_client_core_api=CoreV1Api())
    own = K8sContainerContext.create_from_config({"k8s": container_context(container)})
    base = K8sContainerContext(
        image_pull_policy=launcher.image_pull_policy,
        service_account_name=launcher.service_account_name,
        namespace=launcher.job_namespace,
    )
    merged = base.merge(own)
    image = next(v["value"] for v in container["env"] if v["name"] == "DAGSTER_CURRENT_IMAGE")
    job = construct_dagster_k8s_job(
        job_config=merged.get_k8s_job_config(job_image=image, run_launcher=launcher),
        args=["dagster", "api", "execute_run"],
        job_name="dagster-run-x",
        component="run_worker",
        user_defined_k8s_config=merged.run_k8s_config,
    )
    return dict(ApiClient().sanitize_for_serialization(job))
