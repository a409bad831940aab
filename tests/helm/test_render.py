"""Every values file of ci/ lints, renders, and is what three Kubernetes versions accept."""

from __future__ import annotations

from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from chart import CHART, CI_FILES, ci, code_servers, helm, named, objects, template

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
    for service in (o for o in found if o["kind"] == "Service"):
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


def test_notes_print_the_workspace_for_an_existing_dagster() -> None:
    dry = ("install", "rp", str(CHART), "--dry-run=client", "--namespace=data")
    notes = helm(*dry, f"--values={ci('existing-dagster')}").stdout.partition("NOTES:")[2]
    assert "host: rp-retail-platform-ingestion.data" in notes
    assert "enableSubchart: false" in notes
    assert "grpc_server:" in notes
    notes = helm(*dry, f"--values={ci('trial')}").stdout.partition("NOTES:")[2]
    assert "port-forward service/rp-retail-platform-dagster-webserver 3000:80" in notes


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
