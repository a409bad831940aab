{{/* Webserver, daemon and hooks: the instance's environment and files. */}}

{{- define "retail-platform.postgresqlHost" -}}
{{- if .Values.postgresql.enabled -}}
{{ include "retail-platform.fullname" . }}-postgresql
{{- else -}}
{{ .Values.postgresql.postgresqlHost }}
{{- end -}}
{{- end }}

{{- define "retail-platform.instanceEnv" -}}
- name: DAGSTER_HOME
  value: {{ .Values.dagster.home | quote }}
- name: DAGSTER_DISABLE_TELEMETRY
  value: {{ ternary "0" "1" .Values.telemetry.enabled | quote }}
{{- include "retail-platform.postgresqlPassword" . }}
{{- end }}

{{- define "retail-platform.postgresqlPassword" -}}
{{- with .Values.global.postgresqlSecretName }}
- name: DAGSTER_PG_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: postgresql-password
{{- end }}
{{- end }}

{{- define "retail-platform.instanceMounts" -}}
{{ include "retail-platform.commonMounts" . }}
- name: instance
  mountPath: {{ .Values.dagster.home }}/dagster.yaml
  subPath: dagster.yaml
  readOnly: true
{{- end }}

{{- define "retail-platform.instanceVolumes" -}}
{{ include "retail-platform.commonVolumes" . }}
- name: instance
  configMap:
    name: {{ include "retail-platform.fullname" . }}-instance
{{- end }}

{{/* dagster.yaml of this release. */}}
{{- define "retail-platform.dagsterYaml" -}}
{{ tpl (.Files.Get "files/dagster.yaml") . }}
{{- end }}
