{{/* What a schema can't say: values that contradict each other. Every message names the values and the remedy. */}}
{{- define "retail-platform.validate" -}}
{{- $landing := .Values.landing -}}
{{- if and $landing.url $landing.persistence.enabled -}}
{{- fail "landing.url and landing.persistence.enabled are both set: the landing zone is in one place. Set landing.persistence.enabled=false to use the URL, or empty landing.url." -}}
{{- end -}}
{{- if not (or $landing.url $landing.persistence.enabled) -}}
{{- fail "there is no landing zone: set landing.url (s3://bucket/prefix) or landing.persistence.enabled=true." -}}
{{- end -}}
{{- if and (eq .Values.starrocks.mode "external") (not .Values.starrocks.external.host) -}}
{{- fail "starrocks.mode is external, but starrocks.external.host is empty: set it to the frontend's host, or choose starrocks.mode=kubeStarrocks or embedded." -}}
{{- end -}}
{{- with .Values.starrocks.tls -}}
{{- if and (eq $.Values.starrocks.mode "embedded") (or (not (has .sslMode (list "disabled" "preferred"))) (eq .httpScheme "https")) -}}
{{- fail "starrocks.tls asks for encryption, but starrocks.mode is embedded, and the embedded warehouse has no TLS: choose starrocks.mode=external or kubeStarrocks, or leave starrocks.tls alone." -}}
{{- end -}}
{{- if and .ca.configMap .ca.secret -}}
{{- fail "starrocks.tls.ca.configMap and starrocks.tls.ca.secret are both set: the authority's certificate is in one place. Empty one of them." -}}
{{- end -}}
{{- end -}}
{{- if and .Values.dagster.enabled (not .Values.global.postgresqlSecretName) -}}
{{- fail "global.postgresqlSecretName is empty: Dagster's Postgres needs a Secret with the key postgresql-password. Create one and name it there." -}}
{{- end -}}
{{- if and .Values.dagster.enabled (not .Values.postgresql.enabled) (not .Values.postgresql.postgresqlHost) -}}
{{- fail "postgresql.enabled is false, but postgresql.postgresqlHost is empty: set it to the host of Dagster's Postgres, or postgresql.enabled=true." -}}
{{- end -}}
{{- if and .Values.postgresql.enabled .Values.postgresql.postgresqlHost -}}
{{- fail "postgresql.postgresqlHost is set, but postgresql.enabled is true: set postgresql.enabled=false to use the Postgres outside, or empty postgresql.postgresqlHost." -}}
{{- end -}}
{{- if and (eq .Values.computeLogManager.type "CustomComputeLogManager") (not (and .Values.computeLogManager.custom.module .Values.computeLogManager.custom.class)) -}}
{{- fail "computeLogManager.type is CustomComputeLogManager, but computeLogManager.custom has no module and class: set both, or choose NoOpComputeLogManager." -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.dagster.enabled) -}}
{{- fail "ingress.enabled is true, but dagster.enabled is false: this release has no webserver to publish. Set ingress.enabled=false." -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.enabled) -}}
{{- fail "metrics.serviceMonitor.enabled is true, but metrics.enabled is false: there is nothing to scrape. Set metrics.enabled=true." -}}
{{- end -}}
{{- with .Values.networkPolicy -}}
{{- if and .enabled .egress.enabled (not .egress.rules) (or (eq $.Values.starrocks.mode "external") (not (and $.Values.dagster.enabled $.Values.postgresql.enabled))) -}}
{{- fail "networkPolicy.egress.enabled is true, but networkPolicy.egress.rules is empty, and warehouse or Postgres are outside: nothing would reach them. Add a rule with their addresses and ports." -}}
{{- end -}}
{{- end -}}
{{- with .Values.existingDagster.postgresqlService -}}
{{- if and .name (or (not .namespace) (eq .namespace $.Release.Namespace)) -}}
{{- fail "existingDagster.postgresqlService.name is set, but its namespace is empty or this release's: name the namespace the service is in, or empty the name, which is found without help here." -}}
{{- end -}}
{{- end -}}
{{- $locations := include "retail-platform.enabledLocations" . | fromJsonArray -}}
{{- if not $locations -}}
{{- fail "no code location is enabled: set codeLocations.ingestion.enabled or another one's to true." -}}
{{- end -}}
{{- range $name := $locations -}}
{{- $own := index $.Values.codeLocations $name -}}
{{- if not $own.module -}}
{{- fail (printf "codeLocations.%s.module is missing: name the Python module `dagster api grpc` is to load." $name) -}}
{{- end -}}
{{- if gt (len (printf "%s-%s" (include "retail-platform.fullname" $) $name)) 63 -}}
{{- fail (printf "codeLocations.%s: its name is too long for a service beside the prefix %s (63 characters together); shorten it, or set fullnameOverride." $name (include "retail-platform.fullname" $)) -}}
{{- end -}}
{{- $seen := list -}}
{{- range $variable := (include "retail-platform.codeLocation" (dict "root" $ "name" $name) | fromYaml).env -}}
{{- if has $variable.name $seen -}}
{{- fail (printf "codeLocations.%s.env sets %s twice: one of them would never be read. Leave one out." $name $variable.name) -}}
{{- end -}}
{{- $seen = append $seen $variable.name -}}
{{- if has $variable.name (list "STARROCKS_USER" "STARROCKS_PASSWORD" "DAGSTER_PG_PASSWORD" "DAGSTER_HOME" "DAGSTER_CURRENT_IMAGE" "DAGSTER_CLI_API_GRPC_CONTAINER_CONTEXT" "RETAIL_EXECUTOR" "RETAIL_EXECUTOR_CONFIG") -}}
{{- fail (printf "codeLocations.%s.env sets %s, which the chart sets itself: use starrocks.users and starrocks.existingSecret (or dagster.home, image, runK8sConfig, k8sJobExecutor) instead." $name $variable.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $section := list "dagsterWebserver" "dagsterDaemon" -}}
{{- range $variable := (index $.Values $section).env -}}
{{- if has $variable.name (list "DAGSTER_HOME" "DAGSTER_PG_PASSWORD" "DAGSTER_DISABLE_TELEMETRY") -}}
{{- fail (printf "%s.env sets %s, which the chart sets itself: use dagster.home, global.postgresqlSecretName or telemetry.enabled instead." $section $variable.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $settings := include "retail-platform.settings" . | fromYaml -}}
{{- range $name := keys .Values.retail.extraEnv -}}
{{- if hasKey $settings $name -}}
{{- fail (printf "retail.extraEnv sets %s, which the chart sets itself: use the value it comes from, under retail, landing, starrocks or jobs." $name) -}}
{{- end -}}
{{- if regexMatch "(?i)password|secret|token|access_key|credential" $name -}}
{{- fail (printf "retail.extraEnv.%s looks like a secret, and extraEnv ends in a ConfigMap: put it into a Secret and name that in codeLocationDefaults.envSecrets." $name) -}}
{{- end -}}
{{- end -}}
{{- end }}
