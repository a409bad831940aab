{{/*
A code location, resolved: codeLocationDefaults with the location's own keys over them. YAML, for fromYaml.
(dict "root" $ "name" "ingestion")
*/}}
{{- define "retail-platform.codeLocation" -}}
{{- $own := index .root.Values.codeLocations .name -}}
{{- $merged := mergeOverwrite (deepCopy .root.Values.codeLocationDefaults) (deepCopy $own) -}}
{{- $_ := set $merged "fullname" (printf "%s-%s" (include "retail-platform.fullname" .root) .name) -}}
{{- $image := deepCopy .root.Values.image -}}
{{- range $key, $value := $merged.image -}}
{{- if $value -}}{{- $_ := set $image $key $value -}}{{- end -}}
{{- end -}}
{{- if and $merged.image.tag (not $merged.image.digest) -}}{{- $_ := set $image "digest" "" -}}{{- end -}}
{{- $_ := set $merged "imageName" (include "retail-platform.imageName" (dict "image" $image "tag" .root.Chart.AppVersion)) -}}
{{- $account := $merged.serviceAccount.name -}}
{{- if and $merged.serviceAccount.create (not $account) -}}
{{- $account = $merged.fullname -}}
{{- end -}}
{{- $_ := set $merged "serviceAccountName" ($account | default "default") -}}
{{- if include "retail-platform.landingOnOneNode" .root -}}
{{- $_ := set $merged "labels" (mergeOverwrite (include "retail-platform.landingLabel" .root | fromYaml) $merged.labels) -}}
{{- if not $merged.affinity -}}
{{- $_ := set $merged "affinity" (include "retail-platform.landingAffinity" .root | fromYaml) -}}
{{- end -}}
{{- end -}}
{{- toYaml $merged -}}
{{- end }}

{{/*
What server and run pods of a code location share: environment, secrets, volumes, mounts. YAML, for fromYaml. Both the
Deployment and the container context are made from this, so a run can't lack what its server has.
(dict "root" $ "location" <resolved> "name" "ingestion")
*/}}
{{- define "retail-platform.codeLocation.shared" -}}
env:
  {{- include "retail-platform.starrocks.credentials" (dict "root" .root "role" .location.starrocksUser "prefix" "STARROCKS_") | nindent 2 }}
  {{- with .location.k8sJobExecutor }}
  {{- if .enabled }}
  - name: RETAIL_EXECUTOR
    value: k8s
  {{- /* Kubernetes removes the steps of a run whose pod is gone: cancelled, or resumed in another, which starts them anew. */}}
  {{- $config := dict "enable_owner_references" true }}
  {{- if .maxConcurrent }}{{- $_ := set $config "max_concurrent" (int .maxConcurrent) }}{{ end }}
  {{- with .steps }}{{- $_ := set $config "per_step_k8s_config" (include "retail-platform.jobConfig" . | fromJson) }}{{ end }}
  - name: RETAIL_EXECUTOR_CONFIG
    value: {{ $config | toJson | quote }}
  {{- end }}
  {{- end }}
  {{- with .location.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
envConfigMaps:
  - name: {{ include "retail-platform.fullname" .root }}-env
  {{- with .location.envConfigMaps }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
envSecrets:
  {{- toYaml .location.envSecrets | nindent 2 }}
volumes:
  {{- include "retail-platform.commonVolumes" .root | nindent 2 }}
  {{- include "retail-platform.landingVolume" .root | nindent 2 }}
  {{- with .location.volumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
volumeMounts:
  {{- include "retail-platform.commonMounts" .root | nindent 2 }}
  {{- include "retail-platform.landingMount" .root | nindent 2 }}
  {{- with .location.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "retail-platform.landingVolume" -}}
{{- if .Values.landing.persistence.enabled -}}
- name: landing
  persistentVolumeClaim:
    claimName: {{ .Values.landing.persistence.existingClaim | default (printf "%s-landing" (include "retail-platform.fullname" .)) }}
{{- end -}}
{{- end }}

{{- define "retail-platform.landingMount" -}}
{{- if .Values.landing.persistence.enabled -}}
- name: landing
  mountPath: /var/lib/retail/landing
{{- end -}}
{{- end }}

{{/* Whether the landing zone is a volume that one node mounts at a time; empty if not. */}}
{{- define "retail-platform.landingOnOneNode" -}}
{{- with .Values.landing.persistence -}}
{{- if and .enabled (not (has "ReadWriteMany" .accessModes)) -}}yes{{- end -}}
{{- end -}}
{{- end }}

{{- define "retail-platform.landingLabel" -}}
retail-platform/landing: volume
{{- end }}

{{/* Whoever mounts such a volume goes where it is mounted already: anywhere else a pod would wait for it for ever. */}}
{{- define "retail-platform.landingAffinity" -}}
podAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    - topologyKey: kubernetes.io/hostname
      labelSelector:
        matchLabels:
          {{- include "retail-platform.releaseLabels" . | nindent 10 }}
          {{- include "retail-platform.landingLabel" . | nindent 10 }}
{{- end }}

{{/*
Dagster's container context: what the launcher gives the run pods of a code location. JSON.
(dict "root" $ "location" <resolved> "shared" <shared> "name" "ingestion")
*/}}
{{- define "retail-platform.codeLocation.containerContext" -}}
{{- $context := dict
  "namespace" .root.Release.Namespace
  "image_pull_policy" .root.Values.image.pullPolicy
  "image_pull_secrets" .root.Values.imagePullSecrets
  "service_account_name" .location.serviceAccountName
  "env" .shared.env
  "env_config_maps" (include "retail-platform.namesOf" .shared.envConfigMaps | fromJsonArray)
  "env_secrets" (include "retail-platform.namesOf" .shared.envSecrets | fromJsonArray)
  "volumes" .shared.volumes
  "volume_mounts" .shared.volumeMounts
  "resources" (.location.runResources | default .location.resources)
  "security_context" .root.Values.securityContext
-}}
{{- $labels := include "retail-platform.releaseLabels" .root | fromYaml -}}
{{- $labels = mergeOverwrite $labels (deepCopy .root.Values.commonLabels) (deepCopy .location.labels) -}}
{{- $_ := set $context "labels" $labels -}}
{{- $pod := dict
  "security_context" .root.Values.podSecurityContext
  "automount_service_account_token" .location.k8sJobExecutor.enabled
  "enable_service_links" false
-}}
{{- range $ours, $theirs := dict "nodeSelector" "node_selector" "tolerations" "tolerations" "affinity" "affinity" "priorityClassName" "priority_class_name" -}}
{{- with index $.location $ours -}}{{- $_ := set $pod $theirs . -}}{{- end -}}
{{- end -}}
{{- $own := .location.runK8sConfig -}}
{{- $job := dict "ttl_seconds_after_finished" (int .root.Values.runLauncher.ttlSecondsAfterFinished) -}}
{{- $config := dict "pod_spec_config" (mergeOverwrite $pod (deepCopy ($own.podSpecConfig | default dict))) -}}
{{- $_ := set $config "job_spec_config" (mergeOverwrite $job (deepCopy ($own.jobSpecConfig | default dict))) -}}
{{- range $ours, $theirs := dict "containerConfig" "container_config" "podTemplateSpecMetadata" "pod_template_spec_metadata" "jobMetadata" "job_metadata" -}}
{{- with index $own $ours -}}{{- $_ := set $config $theirs . -}}{{- end -}}
{{- end -}}
{{- $_ := set $context "run_k8s_config" $config -}}
{{- dict "k8s" $context | toJson -}}
{{- end }}

{{- define "retail-platform.namesOf" -}}
{{- $names := list -}}
{{- range . -}}{{- $names = append $names .name -}}{{- end -}}
{{- $names | toJson -}}
{{- end }}

{{/* Names of the code locations that are on, sorted. JSON. */}}
{{- define "retail-platform.enabledLocations" -}}
{{- $names := list -}}
{{- range $name := keys .Values.codeLocations | sortAlpha -}}
{{- $location := index $.Values.codeLocations $name -}}
{{- if not (eq (toString $location.enabled) "false") -}}{{- $names = append $names $name -}}{{- end -}}
{{- end -}}
{{- $names | toJson -}}
{{- end }}

{{/* The workspace: one gRPC server for each location. */}}
{{- define "retail-platform.workspace" -}}
load_from:
{{- range $name := include "retail-platform.enabledLocations" . | fromJsonArray }}
{{- $location := include "retail-platform.codeLocation" (dict "root" $ "name" $name) | fromYaml }}
  - grpc_server:
      host: {{ $location.fullname }}{{ if not $.Values.dagster.enabled }}.{{ $.Release.Namespace }}{{ end }}
      port: {{ $location.port }}
      location_name: {{ $name }}
{{- end }}
{{- end }}

{{/* The `dagster-k8s/config` tag of every job under `jobs`, in the words of the tag. JSON. */}}
{{- define "retail-platform.jobConfig" -}}
{{- $jobs := dict -}}
{{- range $job, $given := . -}}
{{- $config := dict -}}
{{- range $ours, $theirs := dict "containerConfig" "container_config" "podSpecConfig" "pod_spec_config" "podTemplateSpecMetadata" "pod_template_spec_metadata" "jobSpecConfig" "job_spec_config" "jobMetadata" "job_metadata" -}}
{{- with index $given $ours -}}{{- $_ := set $config $theirs . -}}{{- end -}}
{{- end -}}
{{- $_ := set $jobs $job $config -}}
{{- end -}}
{{- $jobs | toJson -}}
{{- end }}
