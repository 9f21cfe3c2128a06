import { createHash } from "node:crypto";
import type { LiveState } from "../model/live.ts";
import type { Change, Json, JsonObject, Plan, Step } from "../model/plan.ts";
import { isLive } from "./index-world.ts";

/** A JSON text that is the same for equal values: keys sorted, no white space. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sortKeys(value));
}

/** A copy with sorted keys: much faster than to sort them while the text is made. */
function sortKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  const fields = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(fields).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(fields[key])]));
}

/** SHA-256 of a value's canonical JSON, as 64 hex digits. */
export function hashJson(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** The digest of a plan's effect: same effect, same digest. No origin, time, counter or figure goes into it. */
export function digestEffect(changes: readonly Change[], steps: readonly Step[]): string {
  const effects = changes.map(({ origin: _origin, ...effect }) => effect);
  return hashJson({ changes: effects, steps });
}

/**
 * The digest of the live state under the given keys: `KIND.NAME` is an object's managed spec, pool and life-cycle state,
 * `members.POOL` the clusters of a pool, `queues.POOL` the queues bound to it with their selectors. No heartbeats, health or metrics.
 */
export function digestLive(live: LiveState, reads: readonly string[]): string {
  if (reads.length === 0) return hashJson([]);
  const facts = new Map<string, Json>();
  for (const pool of live.pools) {
    facts.set(`cluster_pool.${pool.name}`, { config: pool.config as unknown as Json, deleted: pool.deleted });
  }
  const lists: Record<string, string[]> = {};
  const list = (key: string, name: string) => {
    const names = lists[key];
    if (names === undefined) lists[key] = [name];
    else names.push(name);
  };
  const wanted = new Set(reads);
  for (const cluster of live.clusters) {
    facts.set(`cluster.${cluster.name}`, {
      pool: cluster.pool,
      state: cluster.state,
      // Not drained of apps while in service: a drain would be refused.
      apps: cluster.state === "active" && cluster.drained?.apps === false,
    });
    if (isLive(cluster) && wanted.has(`members.${cluster.pool}`)) list(`members.${cluster.pool}`, cluster.name);
  }
  for (const queue of live.queues) {
    facts.set(`queue.${queue.name}`, { spec: queue.spec as unknown as JsonObject, state: queue.state });
    const pool = queue.spec.cluster_pool;
    if (isLive(queue) && wanted.has(`queues.${pool}`))
      list(`queues.${pool}`, `${queue.name}=${[...queue.spec.clusters].sort().join()}`);
  }
  return hashJson(reads.map((key) => [key, facts.get(key) ?? lists[key] ?? null]));
}

/** The seal of a plan file: a hash of everything else in it, so that an altered file is noticed. */
export function sealOf(plan: Omit<Plan, "seal">): string {
  const { seal: _seal, ...content } = plan as Plan;
  return hashJson(content);
}
