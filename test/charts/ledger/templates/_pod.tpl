{{- define "pod" -}}
metadata:
  labels: { app: {{ . }} }
spec:
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }
  containers:
    - name: {{ . }}
      image: registry.example/ledger:1.0.0
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
      ports: [{ containerPort: 3000 }]
{{- end }}
