import type { Json, JsonObject } from "../../model/json/json.ts";
import type { FlyteClusterConfig, FlyteClusters } from "../../model/objects/flyte-clusters.ts";

/** The Helm values of flyteadmin's clusters, with everything else that the manifest holds beside them. */
export function renderValues(value: FlyteClusters): JsonObject {
  const { flyteadmin, configmap, ...others } = value.rest;
  const admin = {
    ...(value.volumes.length > 0 ? { additionalVolumes: value.volumes } : {}),
    ...(value.volume_mounts.length > 0 ? { additionalVolumeMounts: value.volume_mounts } : {}),
    ...readMap(flyteadmin),
  };
  return {
    ...(Object.keys(admin).length > 0 ? { flyteadmin: admin } : {}),
    configmap: { ...readMap(configmap), clusters: renderClusters(value) },
    ...others,
  };
}

function renderClusters(value: FlyteClusters): JsonObject {
  const labels = value.label_cluster_map.map(
    ({ label, entries }) => [label, entries.map(({ id, weight }) => ({ id, weight }))] as const,
  );
  return {
    ...(value.default_execution_label === null ? {} : { defaultExecutionLabel: value.default_execution_label }),
    labelClusterMap:
      value.label_map_form === "list"
        ? labels.map(([label, entries]) => ({ [label]: entries }))
        : Object.fromEntries(labels),
    clusterConfigs: value.cluster_configs.map(renderConfig),
  };
}

function renderConfig(cluster: FlyteClusterConfig): JsonObject {
  const { token_path: tokenPath, cert_path: certPath, kube_client_config: client } = cluster;
  const files = { ...(tokenPath === null ? {} : { tokenPath }), ...(certPath === null ? {} : { certPath }) };
  return {
    name: cluster.name,
    ...(cluster.endpoint === null ? {} : { endpoint: cluster.endpoint }),
    enabled: cluster.enabled,
    ...(cluster.in_cluster ? { inCluster: true } : {}),
    ...(Object.keys(files).length > 0 ? { auth: { type: "file_path", ...files } } : {}),
    ...(client === undefined ? {} : { kubeClientConfig: { ...client } }),
  };
}

function readMap(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
