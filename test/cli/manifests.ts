/** The text of a pool's manifest. */
export function pool(name: string, rest = ""): string {
  return `name: ${name}
config:
  object_store_ref: { uri: "s3://bucket-${name}", endpoint: "" }
  secret_store: { type: KUBERNETES, locator: secrets }
${rest}`;
}

/** The text of a cluster's manifest. */
export function cluster(name: string, inPool: string, rest = ""): string {
  return `name: ${name}\npool: ${inPool}\n${rest}`;
}

/** The text of a queue's manifest. */
export function queue(name: string, inPool: string, clusters: readonly string[], rest = ""): string {
  return `name: ${name}
cluster_pool: ${inPool}
clusters: ${JSON.stringify(clusters)}
run_concurrency: 10
action_concurrency: 100
${rest}`;
}

/** Two pools; c1 and c2 in prod, c3 in dev; a queue that pins c1 and c2, and a `*` queue. */
export const REPOSITORY: Readonly<Record<string, string>> = {
  "pools/prod.yaml": pool("prod"),
  "pools/dev.yaml": pool("dev"),
  "clusters/c1.yaml": cluster("c1", "prod"),
  "clusters/c2.yaml": cluster("c2", "prod"),
  "clusters/c3.yaml": cluster("c3", "dev"),
  "queues/batch.yaml": queue("batch", "prod", ["c1", "c2"]),
  "queues/any.yaml": queue("any", "prod", ["*"]),
};

/** What of {@link REPOSITORY} changes when c1 goes to dev. */
export const MOVED: Readonly<Record<string, string>> = {
  "clusters/c1.yaml": cluster("c1", "dev"),
  "queues/batch.yaml": queue("batch", "prod", ["c2"]),
};
