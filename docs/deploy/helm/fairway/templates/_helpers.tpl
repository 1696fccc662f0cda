{{/* "fairway" for a release of that name, else RELEASE-fairway. */}}
{{- define "fairway.name" -}}
{{- if contains "fairway" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-fairway" (.Release.Name | trunc 42 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "fairway.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{/* What selects; of (list . "gateway"). */}}
{{- define "fairway.selector" -}}
app.kubernetes.io/name: fairway
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "fairway.labels" -}}
{{ include "fairway.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version }}
{{- end -}}

{{- define "fairway.container.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "fairway.config.gateway" -}}
apiVersion: fairway.dev/v1alpha1
kind: Configuration
preset: gateway
listen:
  address: 0.0.0.0:7443
  tlsCertFile: /etc/fairway-tls/tls.crt
  tlsPrivateKeyFile: /etc/fairway-tls/tls.key
{{- $clients := .Values.gateway.clientCertificates }}
{{- $reviews := ne .Values.gateway.tokens "PassThrough" }}
{{- if or $clients.enabled $reviews }}
identity:
  {{- if $clients.enabled }}
  clientCAFile: /etc/fairway-client-ca/ca.crt
  {{- if ne $clients.impersonation "Refuse" }}
  impersonation: {{ $clients.impersonation }}
  {{- end }}
  {{- end }}
  {{- if $reviews }}
  tokens: {{ .Values.gateway.tokens }}
  {{- end }}
{{- end }}
admin:
  address: 0.0.0.0:7480
replicas:
  divide: true
log:
  format: json
{{- end -}}

{{- define "fairway.config.sidecar" -}}
apiVersion: fairway.dev/v1alpha1
kind: Configuration
preset: sidecar
listen:
  address: 127.0.0.1:7443
  kubeconfig: /run/fairway/kubeconfig
admin:
  address: 0.0.0.0:7480
# Argo's chart leaves a pod 30 seconds, the controller's own end included.
shutdown:
  grace: 15s
log:
  format: json
rules:
- name: gets
  lane: writes
  matchingPrecedence: 790
  verbs: [get]
  requests: Resource
{{- end -}}

{{/* One of these with what is given over it; of (list . "gateway"). */}}
{{- define "fairway.config" -}}
{{- $ours := include (printf "fairway.config.%s" (index . 1)) (index . 0) | fromYaml -}}
{{- $given := (index (index . 0).Values (index . 1)).config | default dict | deepCopy -}}
{{- mergeOverwrite $ours $given | toYaml -}}
{{- end -}}
