"""A run pod has exactly the environment, secrets, volumes, account and resources of its code location."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from chart import CI_FILES, Object, ci, code_servers, named, objects
from run_pod import CONTEXT, container_context, run_job

# The server's own business: the launcher gives run pods theirs.
SERVER_ONLY = {"DAGSTER_CURRENT_IMAGE", CONTEXT, "DAGSTER_DISABLE_TELEMETRY"}
DAGSTER_FILES = [path for path in CI_FILES if path != ci("existing-dagster")]

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: stub
contexts: [{name: stub, context: {cluster: stub, user: stub}}]
clusters: [{name: stub, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: stub, user: {}}]
"""


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("kube") / "config"
    path.write_text(KUBECONFIG)
    return str(path)


def _pairs(values: Path, kubeconfig: str) -> list[tuple[Object, Object]]:
    """Server pod and run pod of every location."""
    found = objects(values)
    instance = named(found, "ConfigMap", "-instance")["data"]["dagster.yaml"]
    pairs = []
    for deployment in code_servers(found).values():
        server = deployment["spec"]["template"]["spec"]
        pairs.append((server, run_job(instance, server["containers"][0], kubeconfig)))
    return pairs


def _env(container: Object) -> dict[str, Any]:
    names = [variable["name"] for variable in container["env"]]
    assert len(names) == len(set(names)), "a variable given twice is won by the last, whoever notices"
    return {v["name"]: v.get("value", v.get("valueFrom")) for v in container["env"] if v["name"] not in SERVER_ONLY}


@pytest.mark.parametrize("values", DAGSTER_FILES, ids=lambda p: p.name.removesuffix("-values.yaml"))
def test_server_and_run_pod_agree(values: Path, kubeconfig: str) -> None:
    for server, job in _pairs(values, kubeconfig):
        run = job["spec"]["template"]["spec"]
        ours, theirs = server["containers"][0], run["containers"][0]
        assert _env(ours) == _env(theirs)
        assert ours["envFrom"] == theirs["envFrom"]
        assert ours["image"] == theirs["image"]
        assert ours["imagePullPolicy"] == theirs["imagePullPolicy"]
        assert ours["securityContext"] == theirs["securityContext"]
        assert server["securityContext"] == run["securityContext"]
        assert server["serviceAccountName"] == run["serviceAccountName"]
        assert server.get("imagePullSecrets", []) == run.get("imagePullSecrets", [])
        assert server["volumes"] == run["volumes"]
        assert ours["volumeMounts"] == theirs["volumeMounts"]
        for key in ("nodeSelector", "tolerations", "affinity"):
            assert server.get(key) == run.get(key), key


@pytest.mark.parametrize("version", ["1.31", "1.33", "1.35"])
def test_run_jobs_are_valid(version: str, kubeconfig: str) -> None:
    for values in DAGSTER_FILES:
        for _, job in _pairs(values, kubeconfig):
            kubernetes_validate.validate(job, version, strict=True)


def test_resources_of_runs_are_the_locations(kubeconfig: str) -> None:
    pairs = _pairs(ci("production"), kubeconfig)
    run = {job["spec"]["template"]["spec"]["serviceAccountName"]: job for _, job in pairs}
    container = run["rp-retail-platform-transformation"]["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {"requests": {"cpu": "2", "memory": "2Gi"}, "limits": {"memory": "4Gi"}}
    assert run["rp-retail-platform-ingestion"]["spec"]["backoffLimit"] == 0
    assert run["rp-retail-platform-ingestion"]["spec"]["ttlSecondsAfterFinished"] == 86400
    tokens = {name: job["spec"]["template"]["spec"]["automountServiceAccountToken"] for name, job in run.items()}
    assert tokens == {"rp-retail-platform-ingestion": True, "rp-retail-platform-transformation": False}


def test_runs_without_resources_of_their_own_get_the_servers(kubeconfig: str) -> None:
    found = objects(ci("external-warehouse"))
    server = code_servers(found)["forecasting"]["spec"]["template"]["spec"]["containers"][0]
    assert container_context(server)["resources"] == server["resources"]


def test_run_pods_carry_the_release_so_that_policies_find_them_and_services_do_not(kubeconfig: str) -> None:
    found = objects(ci("trial"))
    for _, job in _pairs(ci("trial"), kubeconfig):
        labels = job["spec"]["template"]["metadata"]["labels"]
        policy = named(found, "NetworkPolicy", "-postgresql")["spec"]["ingress"][0]["from"][0]["podSelector"]
        assert policy["matchLabels"].items() <= labels.items()
        for service in (o for o in found if o["kind"] == "Service"):
            assert not service["spec"]["selector"].items() <= labels.items()


def test_a_volume_of_one_node_brings_servers_and_runs_there(kubeconfig: str) -> None:
    """Each pod asks for a node with a pod like itself, so the first finds a place and the rest follow it."""
    for server, job in _pairs(ci("trial"), kubeconfig):
        run = job["spec"]["template"]
        (term,) = run["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert term["topologyKey"] == "kubernetes.io/hostname"
        wanted = term["labelSelector"]["matchLabels"]
        assert wanted["retail-platform/landing"] == "volume"
        assert wanted.items() <= run["metadata"]["labels"].items()
        assert server["affinity"] == run["spec"]["affinity"]
    for deployment in code_servers(objects(ci("trial"))).values():
        assert wanted.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    for values in ("production", "external-warehouse"):  # an object store; a volume for many nodes
        assert not [server for server, _ in _pairs(ci(values), kubeconfig) if "affinity" in server]
    own = 'codeLocationDefaults.affinity={"nodeAffinity":{}}'
    for deployment in code_servers(objects(ci("trial"), own)).values():
        assert deployment["spec"]["template"]["spec"]["affinity"] == {"nodeAffinity": {}}


def test_a_priority_class_reaches_servers_and_runs(kubeconfig: str) -> None:
    pairs = _pairs(ci("production"), kubeconfig)
    given = {
        name: [server.get("priorityClassName"), job["spec"]["template"]["spec"].get("priorityClassName")]
        for name, (server, job) in zip(code_servers(objects(ci("production"))), pairs, strict=True)
    }
    assert given == {"ingestion": ["data-loading", "data-loading"], "transformation": [None, None]}


def test_existing_dagster_gets_the_same_context() -> None:
    found = objects(ci("existing-dagster"))
    for deployment in code_servers(found).values():
        server = deployment["spec"]["template"]["spec"]
        context = container_context(server["containers"][0])
        names = {variable["name"] for variable in context["env"]}
        assert names == {"STARROCKS_USER", "STARROCKS_PASSWORD"}
        assert context["namespace"] == "data"
        assert context["volumes"] == server["volumes"]
