{{/* Names, labels and images. */}}

{{- define "retail-platform.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/* Prefix of every object's name. Short enough for the longest suffix within 63 characters. */}}
{{- define "retail-platform.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "retail-platform.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Labels that find this release's pods; run pods carry them too. */}}
{{- define "retail-platform.releaseLabels" -}}
app.kubernetes.io/part-of: retail-platform
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "retail-platform.labels" -}}
{{ include "retail-platform.releaseLabels" . }}
app.kubernetes.io/name: {{ include "retail-platform.name" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Selector of one component: (dict "root" $ "component" "...") */}}
{{- define "retail-platform.selector" -}}
{{ include "retail-platform.releaseLabels" .root }}
app.kubernetes.io/name: {{ include "retail-platform.name" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* An image: (dict "image" {repository tag digest} "tag" default) */}}
{{- define "retail-platform.imageName" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .tag }}
{{- end -}}
{{- end }}

{{- define "retail-platform.image" -}}
{{- include "retail-platform.imageName" (dict "image" .Values.image "tag" .Chart.AppVersion) -}}
{{- end }}

{{/* Service account of webserver, daemon and hooks. */}}
{{- define "retail-platform.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (printf "%s-dagster" (include "retail-platform.fullname" .)) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{/* What every pod of the platform starts with. */}}
{{- define "retail-platform.podDefaults" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
enableServiceLinks: false {{- /* injected addresses of services would pass for settings */}}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end }}

{{/* What every container of the platform starts with. */}}
{{- define "retail-platform.containerDefaults" -}}
image: {{ include "retail-platform.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- end }}

{{/* The writable places under a read-only root, and the authority of the warehouse's certificate. */}}
{{- define "retail-platform.commonVolumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: {{ .Values.scratchSizeLimit }}
- name: dagster-home
  emptyDir:
    sizeLimit: {{ .Values.scratchSizeLimit }}
{{- with .Values.starrocks.tls.ca }}
{{- if .configMap }}
- name: starrocks-ca
  configMap:
    name: {{ .configMap }}
{{- else if .secret }}
- name: starrocks-ca
  secret:
    secretName: {{ .secret }}
    items: [{ key: {{ .key }}, path: {{ .key }} }] # a certificate's Secret also holds its private key
{{- end }}
{{- end }}
{{- end }}

{{- define "retail-platform.commonMounts" -}}
- name: tmp
  mountPath: /tmp
- name: dagster-home
  mountPath: {{ .Values.dagster.home }}
{{- with .Values.starrocks.tls.ca }}
{{- if or .configMap .secret }}
- name: starrocks-ca
  mountPath: /etc/retail/ca
  readOnly: true
{{- end }}
{{- end }}
{{- end }}

{{/* Where replicas go when nothing is said: evenly over nodes. (dict "root" $ "component" "..." "given" [...]) */}}
{{- define "retail-platform.topologySpread" -}}
{{- if .given -}}
{{ toYaml .given }}
{{- else -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "retail-platform.selector" . | nindent 6 }}
{{- end -}}
{{- end }}

{{/* nodeSelector, tolerations, affinity, priority of a section of the values, where given. */}}
{{- define "retail-platform.scheduling" -}}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
