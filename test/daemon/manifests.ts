import type { PushedFile } from "../set-up/create-git-repository.ts";

/** Files of a repository by path. */
export type Files = Readonly<Record<string, PushedFile>>;

/** A pool with a bucket of its own. */
export function pool(name: string): string {
  return `name: ${name}\nconfig:\n  object_store_ref: { uri: s3://bucket-${name} }\n  secret_store: { type: AWS_SECRETS_MANAGER, locator: us-east-1 }\n`;
}

/** A cluster of a pool. */
export function cluster(name: string, itsPool: string): string {
  return `name: ${name}\npool: ${itsPool}\n`;
}

/** A queue of the pool `pa`, on whatever cluster is there. */
export function queue(name: string, runs: number, clusters: readonly string[] = ["*"]): string {
  return `name: ${name}\ncluster_pool: pa\nclusters: ${JSON.stringify(clusters)}\nrun_concurrency: ${runs}\naction_concurrency: 10\n`;
}

/** Two pools; c1 and c2 in pa, c3 in pb; a queue on all of pa. */
export const FILES: Files = {
  "pools/pa.yaml": pool("pa"),
  "pools/pb.yaml": pool("pb"),
  "clusters/c1.yaml": cluster("c1", "pa"),
  "clusters/c2.yaml": cluster("c2", "pa"),
  "clusters/c3.yaml": cluster("c3", "pb"),
  "queues/any.yaml": queue("any", 1),
};

/** What c1's move to pb changes. */
export const MOVE: Files = { "clusters/c1.yaml": cluster("c1", "pb") };
