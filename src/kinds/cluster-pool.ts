import schema from "../../schemas/cluster-pool.json" with { type: "json" };
import type { NamedDefinition } from "./kind.ts";

/** `cluster_pool`: a cluster pool: clusters that share a bucket, a secret store and a registry. */
export const clusterPool: NamedDefinition = {
  family: "named",
  title: "ClusterPool",
  folder: "pools",
  schema,
  namePaths: [["name"]],
  shownAt: "name",
  system: "union",
  isMasked: true,
  noun: "cluster pool",
  inSteps: "pool",
  purpose: "A cluster pool: clusters that share a bucket, a secret store and a registry.",
  example: `name: prod
config:
  object_store_ref:
    uri: s3://my-prod-bucket/prefix
  secret_store:
    type: AWS_SECRETS_MANAGER
    locator: us-east-1
`,
};
