{{/* What the API and the web application have in common. Helpers take a dict as in _labels.tpl. */}}

{{- define "tenant.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "tenant.metadata" . | nindent 2 }}
automountServiceAccountToken: false
{{- end }}

{{- define "tenant.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "tenant.metadata" . | nindent 2 }}
spec:
  selector:
    {{- include "tenant.selectorLabels" . | nindent 4 }}
  ports:
    - name: http
      port: 80
      protocol: TCP
      targetPort: http
{{- end }}

{{/* Nothing for a single pod: a budget for it would only stop a node from being drained. */}}
{{- define "tenant.podDisruptionBudget" -}}
{{- if gt (int (index .root.Values .component).replicas) 1 }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "tenant.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "tenant.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end }}

{{/* A new pod serves before an old one goes. */}}
{{- define "tenant.deploymentSpec" -}}
replicas: {{ (index .root.Values .component).replicas }}
revisionHistoryLimit: 3
strategy:
  type: RollingUpdate
  rollingUpdate:
    maxSurge: 1
    maxUnavailable: 0
selector:
  matchLabels:
    {{- include "tenant.selectorLabels" . | nindent 4 }}
{{- end }}

{{- define "tenant.podSpec" -}}
serviceAccountName: {{ .component }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: true
  seccompProfile:
    type: RuntimeDefault
{{- if gt (int (index .root.Values .component).replicas) 1 }}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "tenant.selectorLabels" . | nindent 14 }}
{{- end }}
{{- end }}

{{/* The image's own entry point, told by its argument which part to be. */}}
{{- define "tenant.container" -}}
{{- $workload := index .root.Values .component -}}
name: {{ .component }}
image: {{ $workload.image | quote }}
imagePullPolicy: IfNotPresent
args: [{{ .component }}]
ports:
  - name: http
    containerPort: 8080
    protocol: TCP
resources:
  requests:
    cpu: {{ $workload.resources.cpu | quote }}
    memory: {{ $workload.resources.memory | quote }}
  limits:
    memory: {{ $workload.resources.memory | quote }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop: [ALL]
# The pod leaves its Service before it is told to stop.
lifecycle:
  preStop:
    sleep:
      seconds: 5
{{- end }}

{{/* Takes the path of the two probes' endpoints. Live: the process answers. Ready: it can do its work. */}}
{{- define "tenant.probes" -}}
startupProbe:
  httpGet:
    path: {{ . }}/livez
    port: http
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet:
    path: {{ . }}/livez
    port: http
  periodSeconds: 10
  timeoutSeconds: 3
readinessProbe:
  httpGet:
    path: {{ . }}/readyz
    port: http
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}
