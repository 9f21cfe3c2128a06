import type { DaemonWorld } from "./open-daemon-world.ts";

/** The operator of cluster c3 reports from a pool. */
export async function reportPool({ post }: DaemonWorld, pool: string): Promise<void> {
  await post("/report", {
    cluster: "c3",
    operator_cluster_data: {
      object_store_ref: { uri: `s3://bucket-${pool}` },
      secret_store: { type: "AWS_SECRETS_MANAGER", locator: "us-east-1" },
    },
  });
}
