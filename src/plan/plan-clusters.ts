import type { Address } from "../model/address.ts";
import type { LiveCluster } from "../model/live.ts";
import type { JsonObject } from "../model/plan.ts";
import type { ClusterAssignment } from "./assign-registrations.ts";
import { type CoNamedQueue, carriedLimits, compareCoNamedQueue } from "./co-named-queue.ts";
import { type Draft, draftStep, fact, type StepDraft } from "./draft.ts";
import { isLive, type World } from "./index-world.ts";
import { settledState } from "./queue-fields.ts";
import { recordChange, type Verdict } from "./record-change.ts";

/** What the cluster planner needs beside an assignment. */
export interface ClusterContext {
  readonly world: World;
  readonly draft: Draft;
  /** Work in flight may be interrupted: nothing is waited for before a delete. */
  readonly force: boolean;
}

/** Plans the clusters that manifests declare, each as a chain of steps: register, restore, move, replace, drain, activate. */
export function planClusters(assignments: readonly ClusterAssignment[], context: ClusterContext): void {
  for (const assignment of assignments) planCluster(assignment, context);
}

function planCluster(assignment: ClusterAssignment, context: ClusterContext): void {
  const { desired, physical, current, pool, predecessors, verb } = assignment;
  const { world, draft } = context;
  noteReads(assignment, draft);
  const queue = compareQueue(assignment, world);
  const live = current !== null && isLive(current) ? current : null;
  const chain = new Chain(desired.address, physical, draft);
  if (live === null) introduce(chain, assignment, context);
  else if (verb === "move") move(chain, live, assignment, context);
  adjustQueue(chain, queue);
  adjustState(chain, assignment, live, context);
  const ready = chain.last();
  for (const old of predecessors) {
    removeCluster(old, desired.address, desired.lifecycle.drain_timeout_ms, context, ready === null ? [] : [ready]);
  }
  recordChange(draft, assignment, describe(assignment, queue, world));
  if (pool !== current?.pool || live === null) draft.reads.add(`cluster_pool.${pool}`);
}

/** The steps of one object, each following the one before. */
class Chain {
  readonly address: Address;
  readonly name: string;
  readonly #draft: Draft;
  #last: string | null = null;

  constructor(address: Address, name: string, draft: Draft) {
    this.address = address;
    this.name = name;
    this.#draft = draft;
  }

  /** Adds a step on the cluster (or on `queue`, its co-named queue) after the chain's last one. */
  add(
    step: Omit<Parameters<typeof draftStep>[0], "address" | "name" | "kind" | "follows"> & { queue?: boolean },
  ): void {
    const { queue, ...rest } = step;
    const kind = queue === true ? "queue" : "cluster";
    const follows = this.#last === null ? [] : [this.#last];
    const drafted = draftStep({ ...rest, kind, address: this.address, name: this.name, follows });
    this.#draft.steps.push(drafted);
    this.#last = drafted.id;
  }

  last(): string | null {
    return this.#last;
  }
}

/** Registers or restores a cluster that is not live. */
function introduce(chain: Chain, assignment: ClusterAssignment, context: ClusterContext): void {
  const { desired, physical, current, pool, predecessors } = assignment;
  const member = fact.member(physical, pool);
  const serving = [member, fact.serving(physical)];
  if (current !== null) {
    restore(chain, current, assignment);
    return;
  }
  const waits = predecessors.length > 0 || desired.lifecycle.await === "healthy";
  chain.add({
    op: "create",
    set: { pool },
    needs: [fact.pool(pool)],
    gives: waits ? [fact.registration] : [fact.registration, ...serving],
  });
  if (!waits) return;
  const timeout_ms = desired.lifecycle.drain_timeout_ms;
  chain.add({ op: "await", until: desired.lifecycle.await, timeout_ms, gives: serving });
  context.draft.reads.add(`queue.${physical}`);
}

function restore(chain: Chain, record: LiveCluster, assignment: ClusterAssignment): void {
  const { desired, physical, pool } = assignment;
  const serving = [fact.member(physical, pool), fact.serving(physical)];
  const active = desired.state === "active";
  const moves = record.pool !== pool;
  if (record.state === "deleting") chain.add({ op: "await", until: "deleted" });
  chain.add({ op: "undelete", needs: [fact.pool(record.pool)], gives: active || moves ? [] : serving });
  if (moves) chain.add({ op: "move", set: { pool }, needs: [fact.pool(pool)], gives: active ? [] : serving });
  if (active) chain.add({ op: "activate", gives: serving });
}

/** Moves a live cluster in place: out of service, to the other pool, back into service. */
function move(chain: Chain, live: LiveCluster, assignment: ClusterAssignment, context: ClusterContext): void {
  const { desired, physical, pool } = assignment;
  const serving = [fact.member(physical, pool), fact.serving(physical)];
  const active = desired.state === "active";
  takeOutOfService(chain, live, desired.lifecycle.drain_timeout_ms, context);
  chain.add({
    op: "move",
    set: { pool },
    needs: [fact.pool(pool), fact.unpinned(physical)],
    gives: [fact.left(live.pool), ...(active ? [] : serving)],
  });
  if (active) chain.add({ op: "activate", gives: serving });
}

function takeOutOfService(chain: Chain, live: LiveCluster, timeout_ms: number | null, context: ClusterContext): void {
  if (!context.world.capabilities.cluster_state) return;
  const unpinned = fact.unpinned(live.name);
  if (live.state === "active") chain.add({ op: "drain", needs: [unpinned] });
  if (live.state !== "drained") chain.add({ op: "await", until: "drained", timeout_ms, needs: [unpinned] });
}

/** Brings a live cluster into the state its manifest wants. */
function adjustState(
  chain: Chain,
  assignment: ClusterAssignment,
  live: LiveCluster | null,
  context: ClusterContext,
): void {
  const { desired, verb, physical, pool } = assignment;
  if (!context.world.capabilities.cluster_state || desired.lifecycle.ignore_changes.includes("state")) return;
  const created = live === null && assignment.current === null;
  const active = created || live?.state === "active";
  if (desired.state === "drained" && active && verb !== "move") {
    chain.add({ op: "drain", needs: [fact.unpinned(physical)] });
  }
  if (desired.state === "active" && live !== null && live.state !== "active" && verb !== "move") {
    chain.add({ op: "activate", gives: [fact.member(physical, pool), fact.serving(physical)] });
  }
}

function adjustQueue(chain: Chain, queue: CoNamedQueue): void {
  if (queue.set !== null) chain.add({ op: "update", queue: true, set: queue.set });
  if (queue.activate) chain.add({ op: "activate", queue: true });
}

function compareQueue(assignment: ClusterAssignment, world: World): CoNamedQueue {
  const { desired, physical, current, predecessors, pool, verb } = assignment;
  const { capabilities } = world;
  const queue = world.queues.get(physical);
  const live = queue !== undefined && isLive(queue) && (verb === "move" || queue.spec.cluster_pool === pool);
  const left = predecessors[0] === undefined ? undefined : world.queues.get(predecessors[0].name);
  return compareCoNamedQueue({
    desired,
    name: physical,
    live: live ? queue : undefined,
    capabilities,
    carried: verb === "replace" ? carriedLimits(left, capabilities) : {},
    active: verb === "keep" && desired.state === "active" && current?.state === "active",
  });
}

/**
 * Takes a cluster out of service, waits for its work, and deletes its record. Where clusters can't be drained, the waits
 * stand on its queues (see plan-idle-waits).
 */
export function removeCluster(
  cluster: LiveCluster,
  address: Address,
  timeout_ms: number | null,
  context: ClusterContext,
  follows: readonly string[] = [],
): void {
  const { draft, world, force } = context;
  draft.reads.add(`cluster.${cluster.name}`);
  const step = { address, kind: "cluster" as const, name: cluster.name };
  const needs = [fact.unpinned(cluster.name)];
  const chain: StepDraft[] = [];
  const add = (next: StepDraft) => {
    const last = chain.at(-1);
    next.follows.push(...(last === undefined ? follows : [last.id]));
    chain.push(next);
  };
  if (world.capabilities.cluster_state && !force) {
    if (cluster.state === "active") add(draftStep({ ...step, op: "drain", needs }));
    if (cluster.state !== "drained") add(draftStep({ ...step, op: "await", until: "drained", timeout_ms, needs }));
  }
  const gone = [fact.left(cluster.pool), fact.gone(cluster.name)];
  const lingers = world.capabilities.cluster_state && force;
  add(draftStep({ ...step, op: "delete", needs: [...needs, fact.idle(cluster.name)], gives: lingers ? [] : gone }));
  if (lingers) add(draftStep({ ...step, op: "await", until: "deleted", gives: gone }));
  draft.steps.push(...chain);
}

/** A live cluster's managed fields under manifest names, with what is shown of its queue. */
export function liveClusterFields(cluster: LiveCluster, world: World, queue: JsonObject = {}): JsonObject {
  return {
    pool: cluster.pool,
    ...(world.capabilities.cluster_state ? { state: settledState(cluster.state) } : {}),
    ...(Object.keys(queue).length === 0 ? {} : { queue }),
  };
}

function describe(assignment: ClusterAssignment, queue: CoNamedQueue, world: World): Verdict {
  const { desired, current, predecessors, pool, verb, byRequest } = assignment;
  const ignoresState = desired.lifecycle.ignore_changes.includes("state") && current !== null && verb === "keep";
  const state = ignoresState ? settledState(current.state) : desired.state;
  const shows = world.capabilities.cluster_state || desired.state === "drained";
  const after: JsonObject = {
    pool,
    ...(shows ? { state } : {}),
    ...(Object.keys(queue.after).length === 0 ? {} : { queue: queue.after }),
  };
  switch (verb) {
    case "create":
      return { before: null, after, actions: ["create"], reason: "absent" };
    case "restore":
      return { before: null, after, actions: ["create"], reason: "restore" };
    case "keep":
    case "move": {
      if (current === null) throw new Error("unreachable: a kept cluster has a record");
      const before = withState(liveClusterFields(current, world, queue.before), shows);
      return { before, after, actions: ["update"], reason: verb === "move" ? "move" : "differs" };
    }
    case "replace": {
      const old = predecessors[0];
      if (old === undefined) throw new Error("unreachable: a replacement has a predecessor");
      return {
        before: withState(liveClusterFields(old, world), shows),
        after,
        actions: ["create", "delete"],
        reason: byRequest ? "replace_by_request" : "replace_because_cannot_update",
        replacePaths: old.pool === pool ? [] : [["pool"]],
        previousName: old.name,
      };
    }
  }
}

/** Where a generation has no states, a manifest that asks for one is shown against `active`. */
function withState(fields: JsonObject, shows: boolean): JsonObject {
  return shows && !("state" in fields) ? { ...fields, state: "active" } : fields;
}

function noteReads(assignment: ClusterAssignment, draft: Draft): void {
  const { physical, predecessors } = assignment;
  draft.reads.add(`cluster.${physical}`);
  draft.reads.add(`queue.${physical}`);
  for (const old of predecessors) draft.reads.add(`queue.${old.name}`).add(`members.${old.pool}`);
}
