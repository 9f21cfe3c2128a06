import type { Address } from "../../model/address.ts";
import type { Json, JsonObject } from "../../model/json/json.ts";
import type { LiveCluster, LiveQueue } from "../../model/objects/live.ts";
import type { Doing } from "../../model/plan/step.ts";
import { type ClusterAssignment, ignores } from "../decide/assign-registrations.ts";
import type { Departure } from "../decide/departures.ts";
import { endState, endsInService } from "../decide/end-state.ts";
import { type Draft, draftStep, type Fact, fact, type StepDraft, type StepOptions } from "../draft/draft-step.ts";
import { inPlace, recordChange, type Verdict } from "../draft/record-change.ts";
import { settledState } from "../fields/queue-fields.ts";
import { isLive, type World } from "../input/index-world.ts";
import { type CoNamedQueue, carriedLimits, compareCoNamedQueue } from "./co-named-queue.ts";

/** What the cluster planner needs beside an assignment. */
export interface ClusterContext {
  readonly world: World;
  readonly draft: Draft;
  /** The clusters that leave in this plan; one that an exclusion keeps where it is, is none of them. */
  readonly departures: ReadonlyMap<string, Departure>;
  /** Those of them that stay until the drained `*` queues of their pool have finished. */
  readonly last: ReadonlySet<string>;
  /** Work in flight may be interrupted: nothing is waited for before a delete. */
  readonly forces: (address: Address) => boolean;
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
  if (live === null) introduce(chain, assignment);
  else if (verb === "move") move(chain, live, assignment, context);
  // Brought up to date first, then put into service. But what was in service, and was drained for its move, waits for no limit: it may be refused.
  if (verb !== "move") adjustQueue(chain, queue);
  putIntoService(chain, assignment, context);
  if (verb === "move") adjustQueue(chain, queue);
  if (verb === "keep" && queue.activate) chain.add({ kind: "queue", op: "activate" });
  const ready = chain.last();
  for (const old of predecessors) {
    removeCluster(old, desired.address, desired.lifecycle.drain_timeout_ms, context, ready === null ? [] : [ready]);
  }
  recordChange(draft, assignment, describe(assignment, queue, world));
  if (pool !== current?.pool || live === null) draft.reads.add(`cluster_pool.${pool}`);
}

/** A `*` queue that is drained needs a cluster to finish: what leaves before the last one leaves it another. */
function emptiedFacts(cluster: string, pool: string, { departures, last }: ClusterContext): readonly Fact[] {
  return departures.has(cluster) && !last.has(cluster) ? [] : [fact.emptied(pool)];
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

  /** Adds a step on the cluster, or on its co-named queue, after the chain's last one. */
  add(step: Doing<"cluster" | "queue"> & StepOptions): void {
    const follows = this.#last === null ? [] : [this.#last];
    const drafted = draftStep({ ...step, address: this.address, name: this.name, follows });
    this.#draft.steps.push(drafted);
    this.#last = drafted.id;
  }

  /** The last step gives these facts; where there is none, they hold already. */
  give(facts: readonly Fact[]): void {
    const last = this.#draft.steps.findLast((step) => step.id === this.#last);
    last?.gives.push(...facts);
  }

  /** The id of the last step, or null where the chain is empty. */
  last(): string | null {
    return this.#last;
  }
}

/** Registers or restores a cluster that is not live. */
function introduce(chain: Chain, assignment: ClusterAssignment): void {
  const { current, pool } = assignment;
  if (current === null) {
    chain.add({ kind: "cluster", op: "create", set: { pool }, needs: [fact.pool(pool)], gives: [fact.registration] });
    return;
  }
  if (current.state === "deleting") chain.add({ kind: "cluster", op: "await", until: "deleted" });
  chain.add({ kind: "cluster", op: "undelete", needs: [fact.pool(current.pool)] });
  if (current.pool !== pool) chain.add({ kind: "cluster", op: "move", set: { pool }, needs: [fact.pool(pool)] });
}

/** Moves a live cluster in place: out of service first; it comes back into service with the rest. */
function move(chain: Chain, live: LiveCluster, assignment: ClusterAssignment, context: ClusterContext): void {
  const { desired, physical, pool } = assignment;
  // Nothing is taken out of service for a pool that may turn out not to be there.
  const needs = [fact.pool(pool), fact.unpinned(physical), ...emptiedFacts(physical, live.pool, context)];
  if (context.world.capabilities.cluster_state) {
    const timeout_ms = desired.lifecycle.drain_timeout_ms;
    if (live.state === "active") chain.add({ kind: "cluster", op: "drain", needs });
    if (live.state !== "drained") chain.add({ kind: "cluster", op: "await", until: "drained", timeout_ms, needs });
  }
  // An update of the pool that it leaves would write it back as a member: the two must not run side by side.
  chain.add({
    kind: "cluster",
    op: "move",
    set: { pool },
    needs: [...needs, fact.pool(live.pool)],
    gives: [fact.left(live.pool)],
  });
}

/**
 * The last steps of a cluster: into the state that its manifest wants, and waited for where it has just been registered or moved, so
 * that what relies on it comes after. What is in service already gives its facts by an optional wait only.
 */
function putIntoService(chain: Chain, assignment: ClusterAssignment, context: ClusterContext): void {
  const { desired, physical, pool, current, verb, predecessors } = assignment;
  const live = current !== null && isLive(current) ? current : null;
  const { cluster_state: hasStates } = context.world.capabilities;
  const created = current === null;
  const inService = created || !hasStates || (live?.state === "active" && verb !== "move");
  const wantsActive = endsInService(assignment, context.world);
  const gives = [fact.member(physical, pool), ...(wantsActive ? [fact.serving(physical)] : [])];
  if (wantsActive && !inService) chain.add({ kind: "cluster", op: "activate" });
  // A `*` queue that is drained as well needs clusters in service to finish.
  const emptied = created ? [] : emptiedFacts(physical, pool, context);
  if (!wantsActive && inService)
    chain.add({ kind: "cluster", op: "drain", needs: [fact.unpinned(physical), ...emptied] });
  const { await: until, drain_timeout_ms: timeout_ms } = desired.lifecycle;
  const registered = created && predecessors.length > 0;
  const waits = wantsActive && (until === "healthy" || registered);
  if (!waits) {
    // The server drains no cluster that another queue names: one that still names it afterwards does so again after the drain.
    const drains = !wantsActive && context.departures.has(physical);
    if (live === null || verb === "move" || !inService || drains) chain.give(gives);
    // What is drained takes no new work; it is as its manifest wants only once the rest has ended.
    const drainsOn = inService || (live?.state === "draining" && verb !== "move");
    if (!wantsActive && drainsOn && !ignores(assignment, "state"))
      chain.add({ kind: "cluster", op: "await", until: "drained", timeout_ms });
    return;
  }
  // A kept cluster that has to be healthy is waited for only where something is to rely on it now.
  const optional = live !== null && verb !== "move" && predecessors.length === 0;
  chain.add({ kind: "cluster", op: "await", until, timeout_ms, gives, optional });
}

function adjustQueue(chain: Chain, queue: CoNamedQueue): void {
  if (queue.set !== null) chain.add({ kind: "queue", op: "update", set: queue.set });
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
    active: verb === "keep" && current?.state === "active" && endsInService(assignment, world),
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
  const { draft, world } = context;
  const force = context.forces(address);
  draft.reads.add(`cluster.${cluster.name}`);
  const step = { address, kind: "cluster" as const, name: cluster.name };
  const needs = [fact.unpinned(cluster.name), ...emptiedFacts(cluster.name, cluster.pool, context)];
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
  // An update of its pool would write it back as a member: the two must not run side by side.
  const last = [...needs, fact.idle(cluster.name), fact.pool(cluster.pool)];
  add(draftStep({ ...step, op: "delete", needs: last, gives: lingers ? [] : gone }));
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
  const { current, predecessors, pool, verb, byRequest } = assignment;
  const after: JsonObject = {
    pool,
    ...(world.capabilities.cluster_state ? { state: endState(assignment, world) } : {}),
    ...(Object.keys(queue.after).length === 0 ? {} : { queue: queue.after }),
  };
  switch (verb) {
    case "create":
      return { before: null, after, action: "create", reason: "absent" };
    case "restore":
      return { before: null, after, action: "restore", reason: "deleted_record" };
    case "keep":
    case "move": {
      if (current === null) throw new Error("unreachable: a kept cluster has a record");
      const before = liveClusterFields(current, world, queue.before);
      return { before, after, ...inPlace(verb) };
    }
    case "replace": {
      const old = predecessors[0];
      if (old === undefined) throw new Error("unreachable: a replacement has a predecessor");
      return {
        before: liveClusterFields(old, world, pickLeft(world.queues.get(old.name), queue, world)),
        after,
        action: "replace",
        reason: byRequest ? "by_request" : "cannot_update",
        replacePaths: old.pool === pool ? [] : [["pool"]],
        previousName: old.name,
      };
    }
  }
}

/** What its successor's queue is to have of the limits that the queue of a replaced cluster has, without defaults. */
function pickLeft(left: LiveQueue | undefined, { after }: CoNamedQueue, { capabilities }: World): JsonObject {
  const limits = left !== undefined && isLive(left) ? carriedLimits(left, capabilities) : {};
  return Object.fromEntries(Object.entries<Json>(limits).filter(([limit]) => limit in after));
}

function noteReads(assignment: ClusterAssignment, draft: Draft): void {
  const { physical, predecessors } = assignment;
  draft.reads.add(`cluster.${physical}`);
  draft.reads.add(`queue.${physical}`);
  for (const old of predecessors) draft.reads.add(`queue.${old.name}`).add(`members.${old.pool}`);
}
