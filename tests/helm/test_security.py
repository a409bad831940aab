"""What the chart promises about rights and secrets, read from the rendered objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from chart import CHART as CHART_DIR
from chart import CI_FILES, ci, code_servers, containers, helm, named, objects, pod_specs

SECRET_WORDS = ("password", "secret", "token", "credential")
PATHS = pytest.mark.parametrize("values", CI_FILES, ids=lambda p: p.name.removesuffix("-values.yaml"))


@PATHS
def test_pods_keep_to_the_restricted_standard(values: Path) -> None:
    found = objects(values)
    for place, spec in pod_specs(found):
        context = spec["securityContext"]
        assert context["runAsNonRoot"] is True, place
        assert context["runAsUser"] > 0, place
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, place
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), place
        assert all("hostPath" not in volume for volume in spec.get("volumes", [])), place
    for place, container in containers(found):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True, place
        assert context["allowPrivilegeEscalation"] is False, place
        assert context["capabilities"] == {"drop": ["ALL"]}, place


@PATHS
def test_containers_have_a_writable_scratch_and_resources(values: Path) -> None:
    for place, container in containers(objects(values)):
        assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}, place
        assert container["resources"]["requests"].keys() >= {"cpu", "memory"}, place
        assert "memory" in container["resources"]["limits"], place


@PATHS
def test_long_running_pods_have_probes(values: Path) -> None:
    for item in objects(values):
        if item["kind"] not in ("Deployment", "StatefulSet"):
            continue
        for container in item["spec"]["template"]["spec"]["containers"]:
            assert "livenessProbe" in container, item["metadata"]["name"]
            if not item["metadata"]["name"].endswith("-daemon"):
                assert "readinessProbe" in container, item["metadata"]["name"]


@PATHS
def test_code_servers_are_ready_when_loaded_and_leave_slowly(values: Path) -> None:
    for deployment in code_servers(objects(values)).values():
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert container[probe]["grpc"] == {"port": 3030, "service": "DagsterApi"}
        assert "--lazy-load-user-code" not in container["args"], "a lazy server would be ready before it has loaded"
        wait = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert wait < deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


@PATHS
def test_secrets_only_by_reference(values: Path) -> None:
    found = objects(values)
    assert not [o["metadata"]["name"] for o in found if o["kind"] == "Secret"], "the chart never renders a Secret"
    for place, container in containers(found):
        for variable in container.get("env", []):
            if any(word in variable["name"].lower() for word in SECRET_WORDS):
                assert "secretKeyRef" in variable.get("valueFrom", {}), f"{place}: {variable['name']}"
    for config_map in (o for o in found if o["kind"] == "ConfigMap"):
        for name in config_map["data"]:
            assert not any(word in name.lower() for word in SECRET_WORDS), config_map["metadata"]["name"]


def test_a_marker_secret_given_by_mistake_is_refused_not_rendered() -> None:
    marker = "s3cr3t-marker-7f3a"
    mistakes = [
        f'retail.extraEnv={{"DB_PASSWORD":"{marker}"}}',
        f'landing.url="s3://key:{marker}@bucket/x"',
        f'helmTests.webserverUrl="http://user:{marker}@dagster"',
        f'starrocks.users.loader={{"name":"l","passwordKey":"k","password":"{marker}"}}',
    ]
    for mistake in mistakes:
        done = helm("template", "rp", str(CHART_DIR), f"--values={ci('trial')}", f"--set-json={mistake}")
        assert done.returncode != 0, mistake
        assert marker not in done.stdout


@PATHS
def test_tokens_are_mounted_only_where_the_api_is_called(values: Path) -> None:
    found = objects(values)
    with_token = {place for place, spec in pod_specs(found) if spec["automountServiceAccountToken"]}
    kinds = {place.split("-", 1)[-1] for place in with_token}
    assert all(kind.endswith(("dagster-webserver", "daemon", "migrate")) for kind in kinds), kinds


@PATHS
def test_roles_hold_no_wildcards_and_no_secrets(values: Path) -> None:
    found = objects(values)
    assert not [o for o in found if o["kind"] in ("ClusterRole", "ClusterRoleBinding")]
    for role in (o for o in found if o["kind"] == "Role"):
        for rule in role["rules"]:
            assert "*" not in [*rule["verbs"], *rule["resources"], *rule["apiGroups"]]
            assert not {"secrets", "pods/exec", "configmaps", "serviceaccounts"} & set(rule["resources"])


def test_only_locations_that_start_step_pods_may_create_jobs() -> None:
    bound = {
        binding["metadata"]["name"]: binding["subjects"][0]["name"]
        for binding in objects(ci("production"))
        if binding["kind"] == "RoleBinding"
    }
    assert bound == {
        "rp-retail-platform-launcher": "rp-retail-platform-dagster",
        "rp-retail-platform-ingestion-steps": "rp-retail-platform-ingestion",
    }


def test_an_existing_dagster_gets_the_same_rights_in_this_namespace_only() -> None:
    found = objects(ci("existing-dagster"))
    role = named(found, "Role", "-launcher")
    assert role["rules"] == named(objects(ci("trial")), "Role", "-launcher")["rules"]
    binding = named(found, "RoleBinding", "-launcher")
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "dagster", "namespace": "dagster"}]
    unasked = objects(ci("existing-dagster"), "existingDagster.serviceAccounts=[]")
    assert not [o for o in unasked if o["kind"] in ("Role", "RoleBinding")]


def test_admin_password_reaches_the_init_job_and_the_embedded_warehouse_only() -> None:
    found = objects(ci("production"))
    holders = {place for place, container in containers(found) if "admin-password" in yaml.safe_dump(container)}
    assert holders == {"Job/rp-retail-platform-init/init-db"}


def test_network_policies_cover_every_component() -> None:
    found = objects(ci("trial"))
    policies = [o for o in found if o["kind"] == "NetworkPolicy"]
    servers = [o for o in found if o["kind"] in ("Deployment", "StatefulSet")]
    for server in servers:
        labels = server["spec"]["template"]["metadata"]["labels"]
        assert any(_selects(policy["spec"]["podSelector"], labels) for policy in policies), server["metadata"]["name"]
    daemon = named(found, "NetworkPolicy", "-daemon")
    assert daemon["spec"]["ingress"] == []


def test_whoever_calls_the_webserver_is_let_through() -> None:
    found = objects(ci("production"))
    (rule,) = named(found, "NetworkPolicy", "-dagster-webserver")["spec"]["ingress"]
    callers = [
        item
        for item in found
        if any("http://rp-retail-platform-dagster-webserver" in str(c.get("args")) for _, c in containers([item]))
    ]
    assert {item["metadata"]["name"] for item in callers} == {
        "rp-retail-platform-metrics",
        "rp-retail-platform-test-graphql",
    }
    for item in callers:
        labels = item["spec"].get("template", item)["metadata"]["labels"]
        assert any(_selects(source["podSelector"], labels) for source in rule["from"] if "podSelector" in source)


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    expressions = selector.get("matchExpressions", [])
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(e["key"]) in e["values"] for e in expressions
    )


def test_budgets_never_block_a_drain() -> None:
    budgets = [o for o in objects(ci("production")) if o["kind"] == "PodDisruptionBudget"]
    assert len(budgets) == 3
    assert all(budget["spec"]["maxUnavailable"] == 1 for budget in budgets)
