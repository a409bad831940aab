"""Every values file of ci/ lints, renders, and is what three Kubernetes versions accept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from chart import CHART, CI_FILES, Object, ci, code_servers, helm, named, objects, pod_specs, template
from run_pod import container_context

VERSIONS = ("1.31", "1.33", "1.35")
CUSTOM_KINDS = {"ServiceMonitor"}  # defined by an operator, not by Kubernetes


def _id(path: Path) -> str:
    return path.name.removesuffix("-values.yaml")


@pytest.mark.parametrize("values", CI_FILES, ids=_id)
def test_lint_is_strict(values: Path) -> None:
    done = helm("lint", "--strict", str(CHART), f"--values={values}")
    assert done.returncode == 0, done.stdout
    assert "[WARNING]" not in done.stdout


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("values", CI_FILES, ids=_id)
def test_objects_are_valid_for(values: Path, version: str) -> None:
    for item in objects(values):
        if item["kind"] not in CUSTOM_KINDS:
            kubernetes_validate.validate(item, version, strict=True)


@pytest.mark.parametrize("values", CI_FILES, ids=_id)
def test_names_are_unique_and_carry_the_release(values: Path) -> None:
    found = objects(values)
    names = [(o["kind"], o["metadata"]["name"]) for o in found if "pre-upgrade" not in str(o["metadata"])]
    assert len(names) == len(set(names))
    assert all(o["metadata"]["labels"]["app.kubernetes.io/instance"] == "rp" for o in found)


@pytest.mark.parametrize("values", CI_FILES, ids=_id)
def test_selectors_find_their_own_pods_only(values: Path) -> None:
    found = objects(values)
    pods = {
        o["metadata"]["name"]: o["spec"]["template"]["metadata"]["labels"]
        for o in found
        if o["kind"] in ("Deployment", "StatefulSet", "Job")
    }
    for service in (o for o in found if o["kind"] == "Service" and "externalName" not in o["spec"]):
        selector = service["spec"]["selector"].items()
        assert [name for name, labels in pods.items() if selector <= labels.items()] == [service["metadata"]["name"]]


def test_workspace_names_every_code_server() -> None:
    for values in CI_FILES:
        found = objects(values)
        entries = yaml.safe_load(named(found, "ConfigMap", "-workspace")["data"]["workspace.yaml"])["load_from"]
        assert [entry["grpc_server"]["location_name"] for entry in entries] == sorted(code_servers(found))
        for entry in entries:
            server = entry["grpc_server"]
            service = named(found, "Service", f"-{server['location_name']}")
            assert server["host"].split(".")[0] == service["metadata"]["name"]
            assert server["port"] == service["spec"]["ports"][0]["port"]


def test_existing_dagster_gets_code_locations_only() -> None:
    found = objects(ci("existing-dagster"))
    assert {o["kind"] for o in found} == {
        "ConfigMap", "Deployment", "Service", "ServiceAccount", "PodDisruptionBudget", "NetworkPolicy",
        "PersistentVolumeClaim", "Job", "Pod", "Role", "RoleBinding",
    }  # fmt: skip
    assert set(code_servers(found)) == {"ingestion", "transformation"}
    assert len([o for o in found if o["kind"] == "Deployment"]) == 2
    hosts = named(found, "ConfigMap", "-workspace")["data"]["workspace.yaml"]
    assert ".data" in hosts, "another namespace reaches the servers by their full name"


def test_the_short_name_of_an_existing_postgres_leads_to_it() -> None:
    """Its instance travels into our pods, and with it the name that was short over there."""
    service = named(objects(ci("existing-dagster")), "Service", "dagster-postgresql")
    assert service["metadata"]["name"] == "dagster-postgresql", "exactly that name"
    assert service["spec"] == {
        "type": "ExternalName",
        "externalName": "dagster-postgresql.dagster.svc.cluster.local",
    }
    without = objects(ci("existing-dagster"), 'existingDagster.postgresqlService={"name":"","namespace":""}')
    assert not [o for o in without if o["kind"] == "Service" and "externalName" in o["spec"]]


def test_notes_print_the_workspace_for_an_existing_dagster() -> None:
    dry = ("install", "rp", str(CHART), "--dry-run=client", "--namespace=data")
    notes = helm(*dry, f"--values={ci('existing-dagster')}").stdout.partition("NOTES:")[2]
    assert "host: rp-retail-platform-ingestion.data" in notes
    assert "enableSubchart: false" in notes
    assert "grpc_server:" in notes
    notes = helm(*dry, f"--values={ci('trial')}").stdout.partition("NOTES:")[2]
    assert "port-forward service/rp-retail-platform-dagster-webserver 3000:80" in notes


def _notes(values: str, *settings: str) -> str:
    extra = [f"--set-json={setting}" for setting in settings]
    dry = ("install", "rp", str(CHART), "--dry-run=client", "--namespace=data", f"--values={ci(values)}")
    return helm(*dry, *extra).stdout.partition("NOTES:")[2]


def test_notes_fit_how_the_ui_is_published() -> None:
    assert "no login" not in _notes("trial"), "a port-forward is nobody else's"
    ingress = _notes("production")
    assert "https://dagster.example.com/" in ingress
    assert "no login" not in ingress, "the values say who is let through"
    assert "the port of every node" in _notes("external-warehouse")
    balanced = _notes("trial", 'dagsterWebserver.service.type="LoadBalancer"')
    assert "EXTERNAL-IP" in balanced
    assert "no login" in balanced


def test_notes_say_what_is_left_to_an_administrator() -> None:
    assert "administrator" not in _notes("trial")
    assert "retail-platform init-db\n" in _notes("minimal")
    assert "retail-platform doctor --print-grants" in _notes("external-warehouse")
    assert "retail-platform init-db --grants" in _notes("production", "starrocks.init.enabled=false")
    assert "helm test" not in _notes("minimal"), "its pods are off"


def test_the_service_of_the_ui_takes_what_clouds_ask_for() -> None:
    service = (
        'dagsterWebserver.service={"type":"LoadBalancer","nodePort":30080,"loadBalancerSourceRanges":["10.0.0.0/8"]}'
    )
    spec = named(objects(ci("trial"), service), "Service", "-dagster-webserver")["spec"]
    assert spec["loadBalancerSourceRanges"] == ["10.0.0.0/8"]
    assert spec["ports"][0]["nodePort"] == 30080
    kubernetes_validate.validate(
        named(objects(ci("trial"), service), "Service", "-dagster-webserver"), "1.35", strict=True
    )
    assert "nodePort" not in named(objects(ci("trial")), "Service", "-dagster-webserver")["spec"]["ports"][0]


def test_kube_starrocks_is_found_by_its_service_names() -> None:
    env = named(objects(ci("production")), "ConfigMap", "-env")["data"]
    assert env["STARROCKS_HOST"] == "retail-fe-service.starrocks.svc.cluster.local"
    assert (env["STARROCKS_PORT"], env["STARROCKS_HTTP_PORT"]) == ("9030", "8030")
    assert yaml.safe_load(env["STARROCKS_ALLOWED_HOSTS"]) == [
        ".retail-be-search.starrocks.svc.cluster.local",
        ".retail-cn-search.starrocks.svc.cluster.local",
    ]


def test_the_page_of_checks_outlives_the_run_that_wrote_it() -> None:
    def url(values: str, *settings: str) -> str:
        return str(named(objects(ci(values), *settings), "ConfigMap", "-env")["data"]["RETAIL_CHECKS_URL"])

    assert url("trial") == "/var/lib/retail/landing/checks"
    assert url("production") == "s3://retail-landing/prod/checks"
    assert url("trial", 'retail.checksUrl="gs://pages/checks"') == "gs://pages/checks"


def _requested(spec: dict[str, Any], resource: str) -> float:
    scale = {"m": 0.001, "Mi": 1.0, "Gi": 1024.0}
    total = 0.0
    for container in spec["containers"]:
        match = re.fullmatch(r"([\d.]+)(m|Mi|Gi)?", str(container["resources"]["requests"][resource]))
        assert match
        total += float(match[1]) * scale.get(match[2] or "", 1.0)
    return total


def test_the_trial_fits_into_two_processors() -> None:
    """With as many runs as are let in; Kubernetes itself asks for up to a processor (kind) of the two."""
    found = objects(ci("trial"))
    servers = [spec for label, spec in pod_specs(found) if label.startswith(("Deployment/", "StatefulSet/"))]
    runs = [container_context(server["containers"][0]) for server in map(_pod, code_servers(found).values())]
    instance = yaml.safe_load(named(found, "ConfigMap", "-instance")["data"]["dagster.yaml"])
    at_a_time = instance["concurrency"]["runs"]["max_concurrent_runs"]
    biggest = {key: max(_requested({"containers": [run]}, key) for run in runs) for key in ("cpu", "memory")}
    processors = sum(_requested(spec, "cpu") for spec in servers) + biggest["cpu"]
    memory = sum(_requested(spec, "memory") for spec in servers) + at_a_time * biggest["memory"]
    assert processors <= 1.05, "at least one run at a time finds a place"
    assert memory <= 5 * 1024


def _pod(deployment: Object) -> Object:
    return dict(deployment["spec"]["template"]["spec"])


def test_large_numbers_stay_numbers() -> None:
    text = template(ci("trial"), "dagsterDaemon.runMonitoring.maxRuntimeSeconds=12345678")
    assert "max_runtime_seconds: 12345678" in text
    assert "e+07" not in text


def test_loads_to_the_embedded_warehouse_follow_its_service() -> None:
    found = objects(ci("trial"))
    env = named(found, "ConfigMap", "-env")["data"]
    (warehouse,) = named(found, "StatefulSet", "-warehouse")["spec"]["template"]["spec"]["containers"]
    assert env["STARROCKS_HOST"] == named(found, "Service", "-warehouse")["metadata"]["name"]
    assert f"--advertised-host={env['STARROCKS_HOST']}" in warehouse["args"]
    assert yaml.safe_load(env["STARROCKS_REDIRECT_MAP"]) == {}, "what redirects name needs no translation"
    env = named(objects(ci("existing-dagster")), "ConfigMap", "-env")["data"]
    assert yaml.safe_load(env["STARROCKS_REDIRECT_MAP"]) == {"127.0.0.1:8040": "starrocks.example.com:8040"}
