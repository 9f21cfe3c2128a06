import { ATTRIBUTES_KINDS, type NamedKind } from "../../kinds/registry.ts";
import type { Address } from "../../model/address.ts";
import { listPlaced } from "../../model/objects/desired.ts";
import type { LivePool } from "../../model/objects/live.ts";
import { indexWorld, isLive, type World } from "../input/index-world.ts";
import { leaveFields } from "../input/leave-fields.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { compareFlyteClusters } from "../placements/compare-flyte-clusters.ts";
import { comparePoolMaps } from "../placements/compare-pool-maps.ts";
import { compareRows } from "../placements/compare-rows.ts";
import { compareSettings } from "../placements/compare-settings.ts";
import { joinPlacements } from "../placements/placement.ts";
import { assignClusters } from "./assign-clusters.ts";
import { assignQueues } from "./assign-queues.ts";
import {
  findPools,
  indexMemory,
  isOwnedByOther,
  type Memory,
  mayBeOurs,
  type PoolAssignment,
} from "./assign-registrations.ts";
import { chooseName } from "./choose-name.ts";
import type { Decisions } from "./decisions.ts";
import { findDepartures } from "./departures.ts";
import { findLeftovers } from "./find-removals.ts";
import { findContinued, listLeftInTheWay, takeUpLeft } from "./former-records.ts";
import { undoOwnMarks } from "./undo-own-marks.ts";

/** Decides, kind by kind, what stands for each desired object, what becomes of it, and what is left over. */
export function decide(given: PlanInput): Decisions {
  const input = leaveFields(given);
  const decisions = { ...decideOn(input), takenUp: new Set<string>() };
  const takenUp = listLeftInTheWay(decisions);
  return takenUp.size === 0 ? decisions : { ...decideOn(takeUpLeft(input, takenUp)), takenUp };
}

function decideOn(input: PlanInput): Omit<Decisions, "takenUp"> {
  const world = indexWorld(input.live);
  const memory = indexMemory(input);
  const pools = assignPools(input, world, memory);
  const poolOf = nameLookup(pools);
  const poolsAfter = new Set(pools.map((pool) => pool.physical));
  if (isLive(world.pools.get("default"))) poolsAfter.add("default");
  for (const pool of world.pools.values()) {
    const mayGo = input.options.prune !== "none" && !poolsAfter.has(pool.name);
    if (isLive(pool) && !mayGo) poolsAfter.add(pool.name);
  }
  const asBefore = undoOwnMarks(input, world);
  const clusters = assignClusters(input, world, memory, poolOf, poolsAfter).map(asBefore);
  const clusterOf = nameLookup(clusters);
  const queues = assignQueues(input, world, memory, {
    poolOf,
    poolsAfter,
    clustersAfter: new Set([...clusters.map((cluster) => cluster.physical), ...liveNames(world)]),
    placedIn: new Map(clusters.map(({ physical, pool }) => [physical, pool])),
  }).map(asBefore);
  const continued = indexContinued({ input, pools, clusters, queues }, memory);
  const names = assignedNames({ pools, clusters, queues });
  const leftovers = findLeftovers(input, world, names, new Set(listAddresses(continued)));
  const departures = findDepartures(clusters, leftovers.removals, world);
  const poolByName = new Map(pools.map((pool) => [pool.physical, pool]));
  const queueOf = nameLookup([...clusters, ...queues]);
  const placements = joinPlacements([
    compareSettings(input, queueOf),
    comparePoolMaps(input, { world, poolOf, poolsAfter }),
    compareFlyteClusters(input, memory.former),
    compareRows(ATTRIBUTES_KINDS, input, poolOf),
  ]);
  const found = { pools, poolByName, clusters, queues, departures, leftovers, continued, clusterOf, placements };
  return { input, world, ...found };
}

function assignPools(input: PlanInput, world: World, memory: Memory): readonly PoolAssignment[] {
  return input.desired.pools.map((desired) => {
    const { records, foundBy } = findPools(desired, world, memory);
    const current: LivePool | undefined = records[0];
    const base = { desired, pool: "", predecessors: [], foundBy, byRequest: false };
    if (current !== undefined) return { ...base, physical: current.name, verb: "keep", current };
    // A name that no manifest gives makes nothing ours: not what is deleted, either.
    const isFree = (name: string) =>
      !isLive(world.pools.get(name)) &&
      !isOwnedByOther(desired, name, memory) &&
      (name === desired.name || !world.pools.has(name) || mayBeOurs("cluster_pool", name, memory));
    const physical = chooseName(desired.name, desired.name, "pool", isFree);
    const deleted = world.pools.get(physical);
    if (deleted !== undefined) return { ...base, physical, verb: "restore", current: deleted };
    return { ...base, physical, verb: "create", current: null };
  });
}

/** Physical names by logical ones; a name that no manifest declares is its own. */
function nameLookup(
  assignments: readonly { readonly desired: { readonly name: string }; readonly physical: string }[],
): (logical: string) => string {
  const names = new Map(assignments.map(({ desired, physical }) => [desired.name, physical]));
  return (logical) => names.get(logical) ?? logical;
}

function liveNames(world: World): readonly string[] {
  return [...world.clusters.values()].filter((cluster) => isLive(cluster)).map((cluster) => cluster.name);
}

/** Names of live objects that some manifest stands for, predecessors included. */
function assignedNames(
  decisions: Pick<Decisions, "pools" | "clusters" | "queues">,
): Record<NamedKind, ReadonlySet<string>> {
  const { pools, clusters, queues } = decisions;
  const names = { cluster_pool: new Set<string>(), cluster: new Set<string>(), queue: new Set<string>() };
  for (const { physical } of pools) names.cluster_pool.add(physical);
  for (const { physical, predecessors } of clusters) {
    // Its co-named queue is the cluster's, and the one that a replacement leaves behind is not pruned.
    for (const name of [physical, ...predecessors.map((old) => old.name)]) {
      names.cluster.add(name);
      names.queue.add(name);
    }
  }
  for (const { physical, predecessors } of queues) {
    names.queue.add(physical);
    for (const old of predecessors) names.queue.add(old.name);
  }
  return names;
}

function indexContinued(
  { input, pools, clusters, queues }: Pick<Decisions, "input" | "pools" | "clusters" | "queues">,
  { former }: Memory,
): Decisions["continued"] {
  if (input.owned.length === 0) return new Map();
  const registered = [...pools, ...clusters, ...queues].map(({ desired, current, predecessors }) => ({
    desired,
    registrations: [...(current === null ? [] : [current]), ...predecessors].map(({ name }) => name),
  }));
  // What stands in a place is known by its own name: every record that a manifest continues is all its own.
  const placed = listPlaced(input.desired).map((desired) => ({
    desired,
    registrations: (former.of.get(desired.address) ?? []).map(({ physical_name }) => physical_name),
  }));
  return new Map(
    [...registered, ...placed].flatMap((object) => {
      const records = findContinued(object, former);
      return records.length === 0 ? [] : [[object.desired.address, records] as const];
    }),
  );
}

function listAddresses(continued: Decisions["continued"]): readonly Address[] {
  return [...continued.values()].flat().map(({ address }) => address);
}
