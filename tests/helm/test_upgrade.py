"""What an upgrade changes rolls, and nothing else does."""

from __future__ import annotations

from typing import Any

from chart import ci, code_servers, named, objects

TRIAL = ci("trial")


def _rolls(name: str, *settings: str) -> bool:
    """Whether a Deployment's pods differ with these settings."""
    before, after = (named(objects(TRIAL, *given), "Deployment", name) for given in ((), settings))
    return bool(before["spec"]["template"] != after["spec"]["template"])


def test_an_instance_setting_rolls_webserver_and_daemon_but_no_code_server() -> None:
    change = "dagsterDaemon.runCoordinator.maxConcurrentRuns=3"
    assert _rolls("-dagster-webserver", change)
    assert _rolls("-daemon", change)
    assert not _rolls("-ingestion", change)


def test_an_environment_setting_rolls_the_code_servers_only() -> None:
    change = "retail.dbtThreads=9"
    assert _rolls("-ingestion", change)
    assert _rolls("-transformation", change)
    assert not _rolls("-dagster-webserver", change)


def test_another_location_reaches_the_workspace_of_webserver_and_daemon() -> None:
    change = 'codeLocations.extra={"module":"a.b","starrocksUser":"reader"}'
    assert _rolls("-dagster-webserver", change)
    assert _rolls("-daemon", change)
    assert not _rolls("-ingestion", change)


def _server_id(*settings: str) -> str:
    container = code_servers(objects(TRIAL, *settings))["ingestion"]["spec"]["template"]["spec"]["containers"][0]
    return next(a for a in container["args"] if a.startswith("--fixed-server-id="))


def test_the_server_id_changes_exactly_with_what_runs_get() -> None:
    same: list[str] = ["dagsterWebserver.replicaCount=2", "codeLocations.ingestion.replicaCount=3"]
    other = ['image.tag="2"', "retail.dbtThreads=9", 'codeLocationDefaults.envSecrets=[{"name":"x"}]']
    for setting in same:
        assert _server_id(setting) == _server_id(), setting
    ids = [_server_id(setting) for setting in other]
    assert len({_server_id(), *ids}) == len(other) + 1


def _hooks(found: list[dict[str, Any]]) -> dict[str, str]:
    return {
        f"{o['kind']}/{o['metadata']['name']}": o["metadata"]["annotations"]["helm.sh/hook"]
        for o in found
        if "helm.sh/hook" in o["metadata"].get("annotations", {})
    }


def test_hooks_come_at_their_moment() -> None:
    hooks = _hooks(objects(TRIAL))
    assert hooks == {
        "ConfigMap/rp-retail-platform-migrate": "pre-upgrade",
        "Job/rp-retail-platform-migrate": "pre-upgrade",
        "Job/rp-retail-platform-init": "post-install,post-upgrade",
        "Pod/rp-retail-platform-test-graphql": "test",
        "Pod/rp-retail-platform-test-grpc-ingestion": "test",
        "Pod/rp-retail-platform-test-grpc-transformation": "test",
        "Pod/rp-retail-platform-test-loader": "test",
        "Pod/rp-retail-platform-test-transformer": "test",
    }


def test_the_logs_of_tests_can_be_read() -> None:
    """`helm test --logs` names no container, and Helm 3 asks after a pod that succeeded is deleted (helm#9892)."""
    for pod in (o for o in objects(TRIAL) if o["kind"] == "Pod"):
        assert len(pod["spec"]["containers"]) == 1
        assert "initContainers" not in pod["spec"]
        assert pod["metadata"]["annotations"]["helm.sh/hook-delete-policy"] == "before-hook-creation"


def test_waiting_for_the_warehouse_needs_no_user() -> None:
    """The users are created after the install; a wait that logs in would wait for ever under `helm install --wait`."""
    for deployment in code_servers(objects(TRIAL)).values():
        (wait,) = deployment["spec"]["template"]["spec"]["initContainers"]
        assert wait["command"][:3] == ["retail-platform", "doctor", "--check=warehouse-answers"]
        assert "env" not in wait


def test_a_server_that_waits_for_the_warehouse_is_no_failed_upgrade() -> None:
    """Helm gives up on a Deployment whose progress deadline has passed."""
    for deployment in code_servers(objects(TRIAL)).values():
        spec = deployment["spec"]["template"]["spec"]
        wait = int(spec["initContainers"][0]["command"][-1].removeprefix("--wait="))
        probe = spec["containers"][0]["startupProbe"]
        assert deployment["spec"]["progressDeadlineSeconds"] > wait + probe["periodSeconds"] * probe["failureThreshold"]
