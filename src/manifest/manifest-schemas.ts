import clusterSchema from "../../schemas/cluster.json" with { type: "json" };
import poolSchema from "../../schemas/cluster-pool.json" with { type: "json" };
import queueSchema from "../../schemas/queue.json" with { type: "json" };
import type { NamedKind } from "../model/address.ts";

/** The JSON Schema (2020-12) of each kind's manifest, as published in `schemas/`. */
export const MANIFEST_SCHEMAS = {
  cluster_pool: poolSchema,
  cluster: clusterSchema,
  queue: queueSchema,
} as const satisfies Readonly<Record<NamedKind, object>>;
