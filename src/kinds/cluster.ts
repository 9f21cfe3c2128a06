import schema from "../../schemas/cluster.json" with { type: "json" };
import type { NamedDefinition } from "./kind.ts";

/** `cluster`: a cluster: the pool that it is registered in, and the limits of its own queue. */
export const cluster: NamedDefinition = {
  family: "named",
  title: "Cluster",
  folder: "clusters",
  schema,
  namePaths: [["name"]],
  shownAt: "name",
  system: "union",
  isMasked: false,
  noun: "cluster",
  inSteps: "cluster",
  purpose: "A cluster: the pool that it is registered in, and the limits of its own queue.",
  example: `name: prod-us-east-1
pool: prod
queue:
  run_concurrency: 50
`,
};
