"""What a cluster asks of every pod (where it goes, what it is labelled) and what opens Dagster's instance."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chart import CI_FILES, Object, ci, containers, named, objects, pod_specs

# A key of the values for every pod that isn't a run's; the code locations' keys reach runs, too: see test_parity.
SECTIONS = (
    "codeLocationDefaults",
    "dagsterWebserver",
    "dagsterDaemon",
    "postgresql",
    "starrocks.embedded",
    "metrics",
    "hooks",
)
PLACE = {"pool": "data"}
TOLERATION = [{"key": "pool", "operator": "Exists"}]


def _everywhere() -> list[Object]:
    """The trial with everything on, and the same wishes in every section."""
    wishes = {
        "priorityClassName": "data",
        "nodeSelector": PLACE,
        "tolerations": TOLERATION,
        "affinity": {"nodeAffinity": {}},
    }
    wishes |= {"labels": {"team": "data"}, "annotations": {"note": "x"}}
    settings = [f"{section}.{key}={json.dumps(value)}" for section in SECTIONS for key, value in wishes.items()]
    return objects(ci("trial"), "metrics.enabled=true", *settings)


def _templates(found: list[Object]) -> Iterator[tuple[str, Object]]:
    for item in found:
        if item["kind"] == "Pod":
            yield item["metadata"]["name"], item["metadata"]
        elif "template" in item.get("spec", {}):
            yield item["metadata"]["name"], item["spec"]["template"]["metadata"]


def test_every_pod_can_be_sent_to_a_node_and_labelled() -> None:
    found = _everywhere()
    assert len(list(pod_specs(found))) == 14
    for name, spec in pod_specs(found):
        assert spec["nodeSelector"] == PLACE, name
        assert spec["tolerations"] == TOLERATION, name
        assert spec["priorityClassName"] == "data", name
        assert spec["affinity"] == {"nodeAffinity": {}}, name
    for name, metadata in _templates(found):
        assert metadata["labels"]["team"] == "data", name
        assert metadata["annotations"]["note"] == "x", name


def _openers(found: list[Object]) -> list[tuple[str, Object]]:
    """Containers with the instance's configuration."""
    return [
        (place, container)
        for place, container in containers(found)
        if any(mount["name"] == "instance" for mount in container["volumeMounts"])
    ]


def test_what_the_instance_needs_reaches_everything_that_opens_it() -> None:
    """A certificate for Postgres, credentials of a compute log store: webserver, daemon, their waits, the migration."""
    wishes = {
        "volumes": [{"name": "pg-ca", "configMap": {"name": "pg-ca"}}],
        "volumeMounts": [{"name": "pg-ca", "mountPath": "/etc/pg", "readOnly": True}],
        "envSecrets": [{"name": "logs"}],
        "envConfigMaps": [{"name": "logs-endpoint"}],
        "env": [{"name": "EXTRA", "value": "1"}],
    }
    sections = ("dagsterWebserver", "dagsterDaemon")
    settings = [f"{section}.{key}={json.dumps(value)}" for section in sections for key, value in wishes.items()]
    found = objects(ci("trial"), *settings)
    openers = _openers(found)
    assert [place.rpartition("/")[2] for place, _ in openers] == [
        "wait-for-instance", "limit-pools", "dagster-daemon", "wait-for-instance", "dagster-webserver", "migrate",
    ]  # fmt: skip
    for place, container in openers:
        assert "/etc/pg" in {mount["mountPath"] for mount in container["volumeMounts"]}, place
        assert {"secretRef": {"name": "logs"}} in container["envFrom"], place
        assert {"configMapRef": {"name": "logs-endpoint"}} in container["envFrom"], place
        assert "EXTRA" in {variable["name"] for variable in container["env"]}, place
    for name, spec in pod_specs(found):
        mounted = {m["name"] for c in [*spec.get("initContainers", []), *spec["containers"]] for m in c["volumeMounts"]}
        claimed = {"data"} if name.startswith("StatefulSet/") else set()
        assert mounted - claimed <= {volume["name"] for volume in spec.get("volumes", [])}, name


def test_webserver_and_daemon_wait_for_postgres_instead_of_crashing() -> None:
    """A first install starts Postgres beside them."""
    for values in CI_FILES:
        for name in ("-dagster-webserver", "-daemon"):
            if not any(o["metadata"]["name"].endswith(name) for o in objects(values) if o["kind"] == "Deployment"):
                continue
            spec = named(objects(values), "Deployment", name)["spec"]
            wait = spec["template"]["spec"]["initContainers"][0]
            assert wait["args"] == ["retail-platform", "doctor", "--check=dagster-instance", "--wait=300"]
            assert spec["progressDeadlineSeconds"] > 600


def test_a_new_version_of_the_chart_leaves_postgres_alone() -> None:
    template = named(objects(ci("trial")), "StatefulSet", "-postgresql")["spec"]["template"]
    assert not {"helm.sh/chart", "app.kubernetes.io/version"} & template["metadata"]["labels"].keys()
