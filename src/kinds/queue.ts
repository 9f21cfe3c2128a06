import schema from "../../schemas/queue.json" with { type: "json" };
import type { NamedDefinition } from "./kind.ts";

/** `queue`: a queue: the clusters of a pool that it sends runs to, and how many at a time. */
export const queue: NamedDefinition = {
  family: "named",
  title: "Queue",
  folder: "queues",
  schema,
  namePaths: [["name"]],
  shownAt: "name",
  system: "union",
  isMasked: false,
  noun: "queue",
  inSteps: "queue",
  purpose: "A queue: the clusters of a pool that it sends runs to, and how many at a time.",
  example: `name: batch
cluster_pool: prod
clusters: ["*"]
run_concurrency: 20
action_concurrency: 400
`,
};
