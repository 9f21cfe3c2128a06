import clusterSchema from "../../schemas/cluster.json" with { type: "json" };
import poolSchema from "../../schemas/cluster-pool.json" with { type: "json" };
import poolAttributesSchema from "../../schemas/cluster-pool-attributes.json" with { type: "json" };
import poolMapSchema from "../../schemas/cluster-pool-map.json" with { type: "json" };
import clusterLabelSchema from "../../schemas/execution-cluster-label.json" with { type: "json" };
import flyteClustersSchema from "../../schemas/flyte-clusters.json" with { type: "json" };
import queueSchema from "../../schemas/queue.json" with { type: "json" };
import settingsSchema from "../../schemas/settings.json" with { type: "json" };
import type { Kind } from "../model/address.ts";

/** The JSON Schema (2020-12) of each kind's manifest, as published in `schemas/`. */
export const MANIFEST_SCHEMAS = {
  cluster_pool: poolSchema,
  cluster: clusterSchema,
  queue: queueSchema,
  settings: settingsSchema,
  cluster_pool_map: poolMapSchema,
  cluster_pool_attributes: poolAttributesSchema,
  flyte_clusters: flyteClustersSchema,
  execution_cluster_label: clusterLabelSchema,
} as const satisfies Readonly<Record<Kind, object>>;
