"""starrocks.tls reaches every container that talks to the warehouse, and of a Secret only the certificate."""

from __future__ import annotations

from typing import Any

from chart import Object, ci, code_servers, containers, named, objects, pod_specs
from run_pod import container_context


def _reads_settings(container: Object) -> bool:
    return any(
        source.get("configMapRef", {}).get("name", "").endswith("-env") for source in container.get("envFrom", [])
    )


def _env(values: str, *settings: str) -> dict[str, Any]:
    return dict(named(objects(ci(values), *settings), "ConfigMap", "-env")["data"])


def test_settings_are_those_of_the_platform() -> None:
    assert _env("production")["STARROCKS_SSL_MODE"] == "verify_ca"
    assert _env("production")["STARROCKS_SSL_CA"] == "/etc/retail/ca/ca.crt"
    outside = _env("external-warehouse")
    assert outside["STARROCKS_SSL_CA"] == "/etc/retail/ca/company.pem"
    assert (outside["STARROCKS_SSL_MODE"], outside["STARROCKS_HTTP_SCHEME"]) == ("verify_identity", "https")
    assert "STARROCKS_SSL_CA" not in _env("trial")


def test_whoever_has_the_path_has_the_file() -> None:
    for values in ("production", "external-warehouse"):
        found = objects(ci(values))
        readers = [(label, container) for label, container in containers(found) if _reads_settings(container)]
        assert len(readers) >= 8
        for label, container in readers:
            mounts = {m["mountPath"]: m for m in container["volumeMounts"]}
            assert mounts["/etc/retail/ca"]["readOnly"] is True, label
        for label, spec in pod_specs(found):
            volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
            if any(_reads_settings(container) for container in spec["containers"]):
                assert "starrocks-ca" in volumes, label


def test_run_pods_have_it_and_nobody_the_private_key() -> None:
    found = objects(ci("production"))
    for deployment in code_servers(found).values():
        context = container_context(deployment["spec"]["template"]["spec"]["containers"][0])
        (volume,) = [volume for volume in context["volumes"] if volume["name"] == "starrocks-ca"]
        assert volume["secret"] == {"secretName": "starrocks-tls", "items": [{"key": "ca.crt", "path": "ca.crt"}]}


def test_a_redirect_may_name_a_scheme() -> None:
    setting = 'starrocks.redirectMap={"be:8040":"http://be:8040"}'
    assert _env("production", setting)["STARROCKS_REDIRECT_MAP"] == '{"be:8040":"http://be:8040"}'
