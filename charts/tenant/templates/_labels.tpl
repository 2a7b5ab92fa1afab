{{/* Every helper takes a dict: root (the top context) and component (api, web or database). */}}

{{/* Never changes during the life of a release: a Deployment's selector is immutable. */}}
{{- define "tenant.selectorLabels" -}}
app.kubernetes.io/name: {{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end }}

{{/* No chart version among them, so that a new chart rewrites only the objects it changes. */}}
{{- define "tenant.labels" -}}
{{ include "tenant.selectorLabels" . }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: {{ .root.Chart.Name }}
{{- end }}

{{- define "tenant.metadata" -}}
name: {{ .component }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "tenant.labels" . | nindent 2 }}
{{- end }}
