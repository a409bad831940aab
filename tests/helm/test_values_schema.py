"""Wrong values are refused before anything is installed, with a message that names the value."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from chart import CHART, ci, helm

# A wrong setting → what the message must say.
WRONG = [
    ("retail.dbThreads=3", "/retail", "additional properties 'dbThreads' not allowed"),
    ("imagee={}", "at ''", "additional properties 'imagee' not allowed"),
    ("image.tag=1.2", "/image/tag", "got number, want string"),
    ('image.digest="sha256:12"', "/image/digest", "does not match pattern"),
    ('image.pullPolicy="Sometimes"', "/image/pullPolicy", "'Always', 'IfNotPresent', 'Never'"),
    ('image.repository="shop/retail@sha256:ab"', "/image/repository", "does not match pattern"),
    ("retail.dbtThreads=0", "/retail/dbtThreads", "minimum: got 0, want 1"),
    ("retail.replicationNum=12", "/retail/replicationNum", "maximum: got 12, want 9"),
    ('retail.dbPrefix="Prod-"', "/retail/dbPrefix", "does not match pattern"),
    ('landing.url="/mnt/landing"', "/landing/url", "does not match pattern"),
    ('landing.url="s3://key:value@bucket"', "/landing/url", "does not match pattern"),
    ('landing.persistence.size="lots"', "/landing/persistence/size", "does not match pattern"),
    ('landing.persistence.accessModes=["ReadWrite"]', "/landing/persistence/accessModes/0", "must be one of"),
    ('landing.persistence.accessModes=["ReadWriteOncePod"]', "/accessModes/0", "'ReadWriteOnce', 'ReadWriteMany'"),
    ('existingDagster.serviceAccounts=["dagster"]', "/existingDagster/serviceAccounts/0", "want object"),
    ('dagsterDaemon.priorityClassName="High!"', "/dagsterDaemon/priorityClassName", "does not match pattern"),
    ('starrocks.mode="mysql"', "/starrocks/mode", "'external', 'kubeStarrocks', 'embedded'"),
    ('starrocks.external.host="http://fe:8030"', "/starrocks/external/host", "does not match pattern"),
    ("starrocks.external.port=90300", "/starrocks/external/port", "maximum: got 90,300, want 65,535"),
    ('starrocks.external.port="9030"', "/starrocks/external/port", "got string, want integer"),
    ('starrocks.users.loader={"name":"l","passwordKey":"k","password":"x"}', "/starrocks/users/loader", "'password'"),
    ('starrocks.redirectMap={"be":"be:8040"}', "/starrocks/redirectMap", "additional properties 'be' not allowed"),
    ('starrocks.existingSecret=""', "/starrocks/existingSecret", "does not match pattern"),
    ('starrocks.tls.sslMode="VERIFY"', "/starrocks/tls/sslMode", "'disabled', 'preferred', 'required'"),
    ('starrocks.tls.httpScheme="tcp"', "/starrocks/tls/httpScheme", "'http', 'https'"),
    ('starrocks.tls.ca.file="ca.pem"', "/starrocks/tls/ca", "additional properties 'file' not allowed"),
    ("codeLocations.ingestion.replicas=2", "/codeLocations/ingestion", "additional properties 'replicas' not allowed"),
    ('codeLocations.ingestion.starrocksUser="root"', "/codeLocations/ingestion/starrocksUser", "must be one of"),
    ('codeLocations.ingestion.module="retail platform"', "/codeLocations/ingestion/module", "does not match pattern"),
    ('codeLocations.Ingestion={"module":"a"}', "/codeLocations", "additional properties 'Ingestion' not allowed"),
    ('codeLocationDefaults.env=[{"name":"A","val":"b"}]', "/codeLocationDefaults/env/0", "'val' not allowed"),
    ('codeLocationDefaults.env=[{"name":"A","value":1}]', "/codeLocationDefaults/env/0/value", "want string"),
    ('codeLocationDefaults.envSecrets=["object-store"]', "/codeLocationDefaults/envSecrets/0", "want object"),
    ('codeLocationDefaults.resources.limits.memory="1GB"', "resources/limits/memory", "does not match pattern"),
    ('codeLocationDefaults.volumes=[{"name":"h","hostPath":{"path":"/"}}]', "volumes/0/hostPath", "false schema"),
    ("codeLocationDefaults.preStopSeconds=0", "/codeLocationDefaults/preStopSeconds", "minimum: got 0, want 1"),
    ("codeLocationDefaults.runK8sConfig={\"container_config\":{}}", "runK8sConfig", "'container_config' not allowed"),
    ("codeLocationDefaults.k8sJobExecutor=true", "/codeLocationDefaults/k8sJobExecutor", "got boolean, want object"),
    ('codeLocationDefaults.k8sJobExecutor.steps={"load":{"resources":{}}}', "steps/load", "'resources' not allowed"),
    ("dagsterDaemon.replicas=2", "/dagsterDaemon", "additional properties 'replicas' not allowed"),
    ('dagsterWebserver.pathPrefix="dagster"', "/dagsterWebserver/pathPrefix", "does not match pattern"),
    ('dagsterWebserver.service.type="Ingress"', "/dagsterWebserver/service/type", "must be one of"),
    ('dagsterWebserver.service.loadBalancerSourceRanges=["office"]', "/loadBalancerSourceRanges/0", "does not match"),
    ('hooks.tolerations=[{"key":"a","effect":"Never"}]', "/hooks/tolerations/0/effect", "must be one of"),
    ('dagsterDaemon.envSecrets=["logs"]', "/dagsterDaemon/envSecrets/0", "want object"),
    ('pythonLogs.pythonLogLevel="TRACE"', "/pythonLogs/pythonLogLevel", "must be one of"),
    ('postgresql.postgresqlPassword="x"', "/postgresql", "additional properties 'postgresqlPassword' not allowed"),
    ('postgresql.postgresqlScheme="mysql"', "/postgresql/postgresqlScheme", "must be one of"),
    ("podSecurityContext.runAsNonRoot=false", "/podSecurityContext/runAsNonRoot", "value must be true"),
    ("podSecurityContext.runAsUser=0", "/podSecurityContext/runAsUser", "minimum: got 0, want 1"),
    ("securityContext.readOnlyRootFilesystem=false", "/securityContext/readOnlyRootFilesystem", "value must be true"),
    ('securityContext.capabilities.add=["SYS_ADMIN"]', "/securityContext/capabilities/add/0", "NET_BIND_SERVICE"),
    ("metrics.intervalSeconds=1", "/metrics/intervalSeconds", "minimum: got 1, want 10"),
    ('helmTests.webserverUrl="dagster:80"', "/helmTests/webserverUrl", "does not match pattern"),
]  # fmt: skip

# Values that are right by themselves and wrong together → what the message must name.
CONTRADICTIONS = [
    ('landing.url="s3://bucket/x"', ["landing.url", "landing.persistence.enabled=false"]),
    ("landing.persistence.enabled=false", ["landing.url", "landing.persistence.enabled=true"]),
    ('starrocks.mode="external"', ["starrocks.external.host is empty", "kubeStarrocks"]),
    ('starrocks.tls.sslMode="required"', ["starrocks.tls", "embedded warehouse has no TLS"]),
    ('starrocks.tls.ca={"configMap":"a","secret":"b"}', ["starrocks.tls.ca.configMap", "Empty one"]),
    ('global.postgresqlSecretName=""', ["global.postgresqlSecretName", "postgresql-password"]),
    ("postgresql.enabled=false", ["postgresql.postgresqlHost is empty", "postgresql.enabled=true"]),
    ('postgresql.postgresqlHost="db"', ["postgresql.postgresqlHost is set", "postgresql.enabled=false"]),
    ('computeLogManager.type="CustomComputeLogManager"', ["computeLogManager.custom", "module and class"]),
    ('existingDagster.postgresqlService.name="pg" dagster.enabled=false', ["postgresqlService", "name the namespace"]),
    ('ingress={"enabled":true} dagster.enabled=false', ["ingress.enabled", "no webserver"]),
    ("metrics.serviceMonitor.enabled=true", ["metrics.enabled=true"]),
    (
        'networkPolicy.egress.enabled=true starrocks.mode="external" starrocks.external.host="fe"',
        ["networkPolicy.egress.rules is empty", "Add a rule"],
    ),
    (
        'networkPolicy.egress.enabled=true starrocks.mode="kubeStarrocks" dagster.enabled=false',
        ["networkPolicy.egress.rules is empty", "Postgres are outside"],
    ),
    ("codeLocations.ingestion.enabled=false codeLocations.transformation.enabled=false", ["no code location"]),
    ('codeLocations.other={"enabled":true}', ["codeLocations.other.module is missing"]),
    ('codeLocations.ingestion.env=[{"name":"STARROCKS_PASSWORD","value":"x"}]', ["existingSecret"]),
    ('codeLocationDefaults.env=[{"name":"STARROCKS_USER","value":"x"}]', ["ingestion.env sets STARROCKS_USER"]),
    ('codeLocations.ingestion.env=[{"name":"A","value":"1"},{"name":"A","value":"2"}]', ["sets A twice"]),
    ('dagsterDaemon.env=[{"name":"DAGSTER_HOME","value":"/x"}]', ["dagsterDaemon.env", "use dagster.home"]),
    ('retail.extraEnv={"STARROCKS_HOST":"x"}', ["retail.extraEnv sets STARROCKS_HOST", "starrocks"]),
    ('retail.extraEnv={"API_TOKEN":"x"}', ["retail.extraEnv.API_TOKEN", "envSecrets"]),
]  # fmt: skip


def _refusal(settings: str) -> str:
    given = [f"--set-json={setting}" for setting in settings.split(" ")] if "=" in settings else []
    done = helm("template", "rp", str(CHART), f"--values={ci('trial')}", *given)
    assert done.returncode != 0, f"{settings} was accepted"
    return done.stderr


@pytest.mark.parametrize(
    ("setting", "place", "rule"), WRONG, ids=[w[0].split("=")[0] + str(i) for i, w in enumerate(WRONG)]
)
def test_the_schema_refuses(setting: str, place: str, rule: str) -> None:
    given = f"--set-json={setting}"
    done = helm("template", "rp", str(CHART), f"--values={ci('trial')}", given)
    assert done.returncode != 0, f"{setting} was accepted"
    assert place in done.stderr
    assert rule in done.stderr


@pytest.mark.parametrize(("settings", "words"), CONTRADICTIONS, ids=[c[0].split("=")[0] for c in CONTRADICTIONS])
def test_contradictions_are_refused_with_a_remedy(settings: str, words: list[str]) -> None:
    message = _refusal(settings)
    for word in words:
        assert word in message


def test_the_schema_is_strict_everywhere() -> None:
    """Every key of values.yaml is in the schema, and no object lets unknown keys pass unless its keys are names."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    missing: list[str] = []

    def walk(value: Any, node: dict[str, Any], path: str) -> None:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        if not isinstance(value, dict):
            return
        for key, inner in value.items():
            properties = node.get("properties", {})
            if key in properties:
                walk(inner, properties[key], f"{path}.{key}")
            elif isinstance(node.get("additionalProperties"), dict):
                walk(inner, node["additionalProperties"], f"{path}.{key}")
            elif "patternProperties" in node:
                walk(inner, next(iter(node["patternProperties"].values())), f"{path}.{key}")
            else:
                missing.append(f"{path}.{key}")

    walk(values, schema, "")
    assert not missing
