import type { Json, JsonObject } from "../../model/json/json.ts";
import type {
  ClusterLabel,
  FlyteClusterConfig,
  FlyteClusters,
  FlyteClustersBody,
  FlyteDelivery,
} from "../../model/objects/flyte-clusters.ts";
import { completeMounts } from "./credentials-volume.ts";

type ClustersBody = FlyteClustersBody["configmap"]["clusters"];
type ConfigBody = NonNullable<ClustersBody["clusterConfigs"]>[number];
type LabelMapBody = NonNullable<ClustersBody["labelClusterMap"]>;

/** Fields of a manifest that are no Helm values. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["kind", "name", "previously", "lifecycle", "sensitive", "delivery"]);

/**
 * The normal form of a manifest that follows `schemas/flyte-clusters.json`. `name` is the object's where the body has none: its
 * file's name without the extension.
 */
export function parseFlyteClusters(body: FlyteClustersBody, name: string): FlyteClusters {
  const { clusters } = body.configmap;
  const cluster_configs = (clusters.clusterConfigs ?? []).map(parseConfig);
  const written = clusters.labelClusterMap ?? {};
  const { additionalVolumes, additionalVolumeMounts } = body.flyteadmin ?? {};
  const mounts = { volumes: additionalVolumes ?? [], volume_mounts: additionalVolumeMounts ?? [] };
  return {
    name: body.name ?? name,
    cluster_configs,
    label_cluster_map: parseLabels(written),
    label_map_form: isList(written) ? "list" : "map",
    default_execution_label: clusters.defaultExecutionLabel || null,
    ...completeMounts(mounts, cluster_configs),
    delivery: parseDelivery(body, name),
    rest: parseRest(body),
  };
}

function parseConfig({ name, endpoint, enabled, inCluster, auth, kubeClientConfig }: ConfigBody): FlyteClusterConfig {
  return {
    name,
    endpoint: endpoint || null,
    enabled: enabled ?? false,
    in_cluster: inCluster ?? false,
    token_path: auth?.tokenPath || null,
    cert_path: auth?.certPath || null,
    ...(kubeClientConfig ? { kube_client_config: kubeClientConfig } : {}),
  };
}

function parseLabels(written: LabelMapBody): readonly ClusterLabel[] {
  const maps = isList(written) ? written : [written];
  return maps.flatMap(Object.entries<LabelEntries>).map(([label, entries]) => ({
    label,
    entries: entries.map(({ id, weight }) => ({ id, weight: Number(weight ?? 0) })),
  }));
}

type LabelEntries = readonly { readonly id: string; readonly weight?: number | string | null }[];

function isList(written: LabelMapBody): written is Extract<LabelMapBody, readonly unknown[]> {
  return Array.isArray(written);
}

function parseDelivery({ delivery = {}, ...body }: FlyteClustersBody, name: string): FlyteDelivery {
  const { secret_store: store } = delivery;
  return {
    path: delivery.path ?? body.name ?? name,
    namespace: delivery.namespace ?? "flyte",
    secrets: delivery.secrets ?? "placeholder",
    secret_store: store === undefined ? null : { name: store.name, kind: store.kind ?? "ClusterSecretStore" },
    remote_key: delivery.remote_key ?? "flyte/{cluster}",
  };
}

/** What is neither ours nor normalised; a map that holds nothing else is left out. */
function parseRest(body: FlyteClustersBody): JsonObject {
  const { configmap, flyteadmin = {}, ...others } = body;
  const { clusters: _clusters, ...otherMaps } = configmap;
  const { additionalVolumes: _volumes, additionalVolumeMounts: _mounts, ...otherAdmin } = flyteadmin;
  const kept = Object.entries(others).filter(([field]) => !OWN_FIELDS.has(field));
  const maps = Object.entries({ flyteadmin: otherAdmin, configmap: otherMaps });
  return asJson(Object.fromEntries([...maps.filter(([, map]) => Object.keys(map).length > 0), ...kept]));
}

/** What YAML gives is JSON: the reader takes no other tags. */
function asJson(values: Readonly<Record<string, unknown>>): JsonObject {
  return values as Readonly<Record<string, Json>>;
}
