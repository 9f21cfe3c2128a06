import type { Desired } from "../../src/model/objects/desired.ts";
import { desiredQueue } from "../plan/arbitrary-desired.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";
import { TWO_POOLS } from "./situations.ts";

/** The state and the pool of a cluster, in words. */
export const stateOf = async ({ reader }: ServedWorld, name: string) => {
  const cluster = await reader.getCluster(name);
  return cluster === undefined ? "none" : `${cluster.state} in ${cluster.pool}`;
};

/** The clusters that a queue names. */
export const selectorOf = async ({ reader }: ServedWorld, name: string) => (await reader.getQueue(name))?.spec.clusters;

/** Two pools, without the cluster c2. */
export const WITHOUT_C2: Desired = {
  ...TWO_POOLS,
  clusters: TWO_POOLS.clusters.filter(({ name }) => name !== "c2"),
  queues: [desiredQueue("pins", "pa", ["c1"]), desiredQueue("any", "pa", ["*"])],
};

/** A control plane on which two pools were applied. */
export async function serveTwoPools(generation: "2026-07" | "2026-11"): Promise<ServedWorld> {
  const world = await serveWorld(generation);
  await world.converge(TWO_POOLS);
  return world;
}
