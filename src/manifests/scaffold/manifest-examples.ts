import type { Kind } from "../../model/address.ts";

/** A manifest of each kind. Together they are one valid folder without a warning. */
export const MANIFEST_EXAMPLES: Readonly<Record<Kind, string>> = {
  cluster_pool: `name: prod
config:
  object_store_ref:
    uri: s3://my-prod-bucket/prefix
  secret_store:
    type: AWS_SECRETS_MANAGER
    locator: us-east-1
`,
  cluster: `name: prod-us-east-1
pool: prod
queue:
  run_concurrency: 50
`,
  queue: `name: batch
cluster_pool: prod
clusters: ["*"]
run_concurrency: 20
action_concurrency: 400
`,
  settings: `scope:
  domain: production
  project: ml
settings:
  run.default_queue: batch
  labels:
    team: ml
`,
  cluster_pool_map: `prod:
  - prod-us-east-1
`,
  cluster_pool_attributes: `domain: production
project: ml
clusterPoolName: prod
`,
  flyte_clusters: `configmap:
  clusters:
    labelClusterMap:
      gpu:
        - id: dataplane_1
          weight: 1
    clusterConfigs:
      - name: dataplane_1
        endpoint: https://dataplane-1.example.com:443
        enabled: true
        auth:
          type: file_path
          tokenPath: /var/run/credentials/dataplane_1_token
          certPath: /var/run/credentials/dataplane_1_cacert
`,
  execution_cluster_label: `domain: production
project: ml
value: gpu
`,
};

/** What each kind is for, in a line. */
export const KIND_PURPOSES: Readonly<Record<Kind, string>> = {
  cluster_pool: "A cluster pool: clusters that share a bucket, a secret store and a registry.",
  cluster: "A cluster: the pool that it is registered in, and the limits of its own queue.",
  queue: "A queue: the clusters of a pool that it sends runs to, and how many at a time.",
  settings: "Settings of the organization (no scope), a domain, or a project in a domain.",
  cluster_pool_map: "Pools and their clusters, for the operator of a self-managed control plane.",
  cluster_pool_attributes: "The cluster pool that a project, a domain of it or a workflow runs in (flyteadmin).",
  flyte_clusters: "Flyte's clusters and labels: the Helm values that flyteadmin reads.",
  execution_cluster_label:
    "The label of the clusters that a project, a domain of it or a workflow runs on (flyteadmin).",
};
