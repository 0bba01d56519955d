{{- /* The stages that the mode has, as YAML. */ -}}
{{- define "stages" -}}
{{- $chosen := dict }}
{{- range $name, $stage := .Values.stages }}
{{- if eq ($stage.mode | default $.Values.mode) $.Values.mode }}
{{- $_ := set $chosen $name $stage }}
{{- end }}
{{- end }}
{{- toYaml $chosen }}
{{- end }}

{{- /* Settings as environment variables. */ -}}
{{- define "settings" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  {{- if kindIs "string" $value }}
  value: {{ $value | quote }}
  {{- else if $value.secret }}
  valueFrom: { secretKeyRef: { name: {{ $value.secret }}, key: {{ $value.key }} } }
  {{- else }}
  valueFrom: { configMapKeyRef: { name: {{ $value.configMap }}, key: {{ $value.key }} } }
  {{- end }}
{{- end }}
{{- end }}
