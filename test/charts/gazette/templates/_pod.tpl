{{- define "gazette.pod" -}}
automountServiceAccountToken: false
securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
{{- end }}

{{- define "gazette.container" -}}
image: {{ .Values.press.image }}
imagePullPolicy: IfNotPresent
command: [node]
securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
{{- end }}
