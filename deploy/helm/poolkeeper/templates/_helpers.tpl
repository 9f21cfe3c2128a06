{{- define "poolkeeper.fullname" -}}
{{- if contains "poolkeeper" .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-poolkeeper" (.Release.Name | trunc 41 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "poolkeeper.selectorLabels" -}}
app.kubernetes.io/name: poolkeeper
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "poolkeeper.labels" -}}
{{ include "poolkeeper.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "poolkeeper.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* poolkeeper.yaml: the values' config with what follows from the chart. */}}
{{- define "poolkeeper.config" -}}
{{- $store := dict "directory" "/var/lib/poolkeeper" -}}
{{- if .Values.database.enabled -}}
{{- $store = dict "database_url" (dict "env" "POOLKEEPER_DATABASE_URL") -}}
{{- end -}}
{{- $given := .Values.config.http | default dict -}}
{{- $service := printf "%s.%s.svc" (include "poolkeeper.fullname" .) .Release.Namespace -}}
{{- $hosts := list (include "poolkeeper.fullname" .) (trimSuffix ".svc" $service) $service (printf "%s.cluster.local" $service) -}}
{{- if .Values.ingress.enabled -}}
{{- $hosts = append $hosts .Values.ingress.host -}}
{{- end -}}
{{- $hosts = concat $hosts ($given.hosts | default list) | uniq -}}
{{- $http := merge (dict "listen" "0.0.0.0:8090" "hosts" $hosts) $given -}}
{{- toYaml (merge (dict "store" $store "http" $http) .Values.config) -}}
{{- end -}}

{{/* Values that can't work together stop the installation with what to do. */}}
{{- define "poolkeeper.check" -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.database.enabled) -}}
{{- fail (printf "replicas is %d, and the store is SQLite on a volume, which one daemon can use. Set database.enabled and database.secret, or replicas=1." (int .Values.replicas)) -}}
{{- end -}}
{{- if and .Values.database.enabled (not .Values.database.secret) -}}
{{- fail "database.enabled needs database.secret: the Secret whose key database.key holds postgres://USER:PASSWORD@HOST:5432/NAME." -}}
{{- end -}}
{{- if not .Values.config.targets -}}
{{- fail "config.targets is empty: say under config what to reconcile, as in docs/reference.md (helm install ... --values my-values.yaml)." -}}
{{- end -}}
{{- if or .Values.config.store (.Values.config.http | default dict).listen -}}
{{- fail "config.store and config.http.listen are the chart's own: say where the store is under persistence or database, and the port under service." -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.enabled needs ingress.host." -}}
{{- end -}}
{{- end -}}
