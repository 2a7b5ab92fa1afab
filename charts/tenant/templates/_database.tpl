{{/*
A quarter of the memory, as PostgreSQL's manual advises, in MB: takes a quantity in Mi or Gi. Nothing for any other
notation, and PostgreSQL's own default stands.
https://www.postgresql.org/docs/current/runtime-config-resource.html
*/}}
{{- define "tenant.sharedBuffers" -}}
{{- if hasSuffix "Gi" . }}
{{- if regexMatch "^[0-9]+Gi$" . }}{{ mul (trimSuffix "Gi" .) 256 }}MB{{ end }}
{{- else if regexMatch "^[0-9]+Mi$" . }}{{ div (trimSuffix "Mi" .) 4 }}MB{{ end }}
{{- end }}
