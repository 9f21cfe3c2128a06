import type { Kind } from "./address.ts";

/** The folder that names the kind of the documents in it, where they name none themselves. */
export const KIND_FOLDERS = {
  cluster_pool: "pools",
  cluster: "clusters",
  queue: "queues",
  settings: "settings",
  cluster_pool_map: "cluster-pool-maps",
  cluster_pool_attributes: "cluster-pool-attributes",
  flyte_clusters: "flyte-clusters",
  execution_cluster_label: "execution-cluster-labels",
} as const satisfies Readonly<Record<Kind, string>>;

/** The file at the root of a folder of manifests that says what the folder is for. */
export const TARGET_FILE = "poolkeeper.target.yaml";
