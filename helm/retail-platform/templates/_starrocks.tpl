{{/* The warehouse: where it is, who connects, and waiting for it. */}}

{{- define "retail-platform.starrocks.host" -}}
{{- if eq .Values.starrocks.mode "external" -}}
{{- .Values.starrocks.external.host -}}
{{- else if eq .Values.starrocks.mode "kubeStarrocks" -}}
{{- with .Values.starrocks.kubeStarrocks -}}
{{ .name }}-fe-service.{{ .namespace | default $.Release.Namespace }}.svc.cluster.local
{{- end -}}
{{- else -}}
{{ include "retail-platform.fullname" . }}-warehouse
{{- end -}}
{{- end }}

{{/* Ports are those of the services unless the warehouse is outside. */}}
{{- define "retail-platform.starrocks.port" -}}
{{- if eq .Values.starrocks.mode "external" }}{{ .Values.starrocks.external.port }}{{ else }}9030{{ end -}}
{{- end }}

{{- define "retail-platform.starrocks.httpPort" -}}
{{- if eq .Values.starrocks.mode "external" }}{{ .Values.starrocks.external.httpPort }}{{ else }}8030{{ end -}}
{{- end }}

{{/* The FE redirects loads to the backends by their own names. */}}
{{- define "retail-platform.starrocks.allowedHosts" -}}
{{- $hosts := .Values.starrocks.allowedHosts -}}
{{- if eq .Values.starrocks.mode "kubeStarrocks" -}}
{{- $namespace := .Values.starrocks.kubeStarrocks.namespace | default .Release.Namespace -}}
{{- range $kind := list "be" "cn" -}}
{{- $hosts = append $hosts (printf ".%s-%s-search.%s.svc.cluster.local" $.Values.starrocks.kubeStarrocks.name $kind $namespace) -}}
{{- end -}}
{{- end -}}
{{- $hosts | toJson -}}
{{- end }}

{{/*
User and password of a role, as environment: (dict "root" $ "role" "loader" "prefix" "STARROCKS_").
The embedded warehouse has one user, the administrator.
*/}}
{{- define "retail-platform.starrocks.credentials" -}}
{{- $role := ternary "admin" .role (eq .root.Values.starrocks.mode "embedded") -}}
{{- $user := index .root.Values.starrocks.users $role -}}
- name: {{ .prefix }}USER
  value: {{ $user.name | quote }}
- name: {{ .prefix }}PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.starrocks.existingSecret }}
      key: {{ $user.passwordKey }}
{{- end }}

{{/* Settings that are the same for everything that runs platform code. YAML, for the ConfigMap and for fromYaml. */}}
{{- define "retail-platform.settings" -}}
STARROCKS_HOST: {{ include "retail-platform.starrocks.host" . | quote }}
STARROCKS_PORT: {{ include "retail-platform.starrocks.port" . | quote }}
STARROCKS_HTTP_PORT: {{ include "retail-platform.starrocks.httpPort" . | quote }}
STARROCKS_ALLOWED_HOSTS: {{ include "retail-platform.starrocks.allowedHosts" . | quote }}
STARROCKS_REDIRECT_MAP: {{ .Values.starrocks.redirectMap | toJson | quote }}
{{- with .Values.starrocks.tls }}
STARROCKS_SSL_MODE: {{ .sslMode }}
STARROCKS_HTTP_SCHEME: {{ .httpScheme }}
{{- if or .ca.configMap .ca.secret }}
STARROCKS_SSL_CA: /etc/retail/ca/{{ .ca.key }}
{{- end }}
{{- end }}
RETAIL_HOME: /tmp/retail
RETAIL_LANDING_URL: {{ .Values.landing.url | default "/var/lib/retail/landing" | quote }}
{{- $landing := .Values.landing.url | default "/var/lib/retail/landing" | trimSuffix "/" }}
RETAIL_CHECKS_URL: {{ .Values.retail.checksUrl | default (printf "%s/checks" $landing) | quote }}
RETAIL_DB_PREFIX: {{ .Values.retail.dbPrefix | quote }}
RETAIL_DBT_THREADS: {{ .Values.retail.dbtThreads | quote }}
RETAIL_REPLICATION_NUM: {{ .Values.retail.replicationNum | quote }}
{{- with .Values.jobs }}
RETAIL_JOB_K8S_CONFIG: {{ include "retail-platform.jobConfig" . | quote }}
{{- end }}
# dbt writes where the read-only root lets it
DBT_TARGET_PATH: /tmp/dbt/target
DBT_LOG_PATH: /tmp/dbt/logs
{{- end }}

{{/* They, as environment. */}}
{{- define "retail-platform.platformEnv" -}}
- configMapRef:
    name: {{ include "retail-platform.fullname" . }}-env
{{- end }}

{{/* Init container: doctor waits until the warehouse answers, and says what is wrong meanwhile. No credentials. */}}
{{- define "retail-platform.waitForWarehouse" -}}
- name: wait-for-warehouse
  {{- include "retail-platform.containerDefaults" . | nindent 2 }}
  command: [retail-platform, doctor, --check=warehouse-answers, --wait={{ .Values.starrocks.waitForWarehouse.timeoutSeconds }}]
  envFrom:
    {{- include "retail-platform.platformEnv" . | nindent 4 }}
  resources:
    requests: { cpu: 20m, memory: 128Mi }
    limits: { memory: 384Mi }
  volumeMounts:
    {{- include "retail-platform.commonMounts" . | nindent 4 }}
{{- end }}
