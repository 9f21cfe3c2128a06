import { isDeepStrictEqual } from "node:util";
import type { State } from "../../src/embedded/state/state.ts";
import type { Stage } from "./stage.ts";

/** Objects that no manifest names: they are there, and nobody but their owner may touch them. */
export const STRANGERS: ReadonlySet<string> = new Set(["stranger-pool", "stranger-cluster", "stranger-queue"]);

/** Makes them. */
export async function inviteStrangers(stage: Stage): Promise<void> {
  const [pool, cluster, queue] = [...STRANGERS];
  const place = { cluster_pool: pool };
  await stage.disturb("POST", "/mutate", { op: "create", kind: "cluster_pool", name: pool });
  await stage.disturb("POST", "/mutate", { op: "create", kind: "cluster", name: cluster, object: place });
  const object = { ...place, clusters: [cluster] };
  await stage.disturb("POST", "/mutate", { op: "create", kind: "queue", name: queue, object });
}

/** What of them, and of the queue that every organization has, anyone but themselves could have changed. */
export function lookAtStrangers({ pool, cluster, queue }: State): readonly unknown[] {
  const byDefault = queue.rows.get("default");
  const strangers = [...STRANGERS].map((name) => {
    const own = cluster.rows.get(name);
    const { status: _status, ...rest } = own ?? { status: null };
    return { pool: pool.rows.get(name), cluster: own === undefined ? undefined : rest, queue: queue.rows.get(name) };
  });
  return byDefault === undefined ? strangers : [...strangers, byDefault.spec.clusters];
}

/** Whether they are as they were. */
export function areSame(before: readonly unknown[], after: readonly unknown[]): boolean {
  // The queue `default` comes with the first cluster.
  return isDeepStrictEqual(before, after.slice(0, before.length));
}
