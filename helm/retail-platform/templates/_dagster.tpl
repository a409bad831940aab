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

{{/*
What a container has that opens the instance: environment and mounts, the section's own included.
(dict "root" $ "section" .Values.dagsterDaemon)
*/}}
{{- define "retail-platform.opensInstance" -}}
env:
  {{- include "retail-platform.instanceEnv" .root | nindent 2 }}
  {{- with .section.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- if or .section.envConfigMaps .section.envSecrets }}
envFrom:
  {{- range .section.envConfigMaps }}
  - configMapRef:
      name: {{ .name }}
  {{- end }}
  {{- range .section.envSecrets }}
  - secretRef:
      name: {{ .name }}
  {{- end }}
{{- end }}
volumeMounts:
  {{- include "retail-platform.instanceMounts" .root | nindent 2 }}
  {{- with .section.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* Init container: doctor waits until the instance opens, which on a first install takes a Postgres that has started. */}}
{{- define "retail-platform.waitForInstance" -}}
- name: wait-for-instance
  {{- include "retail-platform.containerDefaults" .root | nindent 2 }}
  args: [retail-platform, doctor, --check=dagster-instance, --wait=300]
  resources:
    requests: { cpu: 50m, memory: 192Mi }
    limits: { memory: 512Mi }
  {{- include "retail-platform.opensInstance" . | nindent 2 }}
{{- end }}

{{/* dagster.yaml of this release. */}}
{{- define "retail-platform.dagsterYaml" -}}
{{ tpl (.Files.Get "files/dagster.yaml") . }}
{{- end }}
