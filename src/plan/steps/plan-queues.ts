import type { Address } from "../../model/address.ts";
import { patchFields, patchMaps } from "../../model/objects/limit-maps.ts";
import type { LiveQueue } from "../../model/objects/live.ts";
import type { QueueFields, QueueSpec } from "../../model/objects/spec.ts";
import { dropAt, leaveAt } from "../../model/plan/field-origins.ts";
import type { Doing } from "../../model/plan/step.ts";
import { ignores, type QueueAssignment } from "../decide/assign-registrations.ts";
import { effectiveSelector } from "../decide/effective-queue.ts";
import {
  type DistributiveOmit,
  type Draft,
  draftStep,
  type Fact,
  fact,
  type StepDraft,
  type StepOptions,
} from "../draft/draft-step.ts";
import { inPlace, recordChange, type Verdict } from "../draft/record-change.ts";
import { changedKeys, dropIgnored, keepIgnored } from "../fields/compare-fields.ts";
import { completeSpec, likeLive, liveQueueFields, type QueueView, spellAccelerators } from "../fields/queue-fields.ts";
import { isLive, isWildcard } from "../input/index-world.ts";
import { type PoolMembers, servingFacts } from "./serving-facts.ts";

/**
 * How a live queue releases clusters that leave. `direct`: one write to the final selector. `shrink`: first a write of
 * the members that stay, later the final one. `park`: it is drained, set to `*`, and gets its selector back before it is
 * activated; it takes no runs in the meantime.
 */
export type ReleaseMode = "direct" | "shrink" | "park";

/** What the queue planner needs beside an assignment. */
export interface QueueContext extends PoolMembers {
  readonly draft: Draft;
  /** Physical name of a cluster by its logical one. */
  readonly clusterOf: (logical: string) => string;
  /** Modes forced upon queues, by physical name, to break a circle of dependencies. */
  readonly modes: ReadonlyMap<string, ReleaseMode>;
  /** Queues that an unfinished rollout has written out, by physical name. */
  readonly narrowed: ReadonlySet<string>;
  /** Work in flight may be interrupted: nothing is waited for before a delete. */
  readonly forces: (address: Address) => boolean;
}

/** A desired queue with physical names, as compared and written. */
interface Wanted {
  readonly spec: QueueSpec;
  /** The live queue's fields; empty when it is not live. */
  readonly before: Partial<QueueView>;
  readonly fields: QueueView;
  readonly active: boolean;
}

/** Plans the queues that manifests declare; returns the mode in which each queue that must release does so. */
export function planQueues(
  assignments: readonly QueueAssignment[],
  context: QueueContext,
): ReadonlyMap<string, ReleaseMode> {
  return new Map(assignments.flatMap((assignment) => planQueue(assignment, context)));
}

/** The mode of each live queue that releases in what is planned for one manifest: the queue itself, and those it replaces. */
type Modes = readonly (readonly [queue: string, mode: ReleaseMode])[];

function planQueue(assignment: QueueAssignment, context: QueueContext): Modes {
  const { draft } = context;
  const { physical, current, verb, pool, predecessors } = assignment;
  const wanted = resolveWanted(assignment, context);
  draft.reads.add(`queue.${physical}`);
  for (const cluster of wanted.spec.clusters) if (cluster !== "*") draft.reads.add(`cluster.${cluster}`);
  const live = current !== null && isLive(current) ? current : null;
  const mode = live === null ? null : adjust(assignment, live, wanted, context);
  if (live === null) introduce(assignment, wanted, context);
  const retired = predecessors.flatMap((old) => retire(assignment, old, context));
  recordChange(draft, assignment, describe(assignment, live, wanted, context));
  if (live === null || verb !== "keep") draft.reads.add(`cluster_pool.${pool}`);
  return [...(mode === null ? [] : [[physical, mode] as const]), ...retired];
}

function resolveWanted(assignment: QueueAssignment, context: QueueContext): Wanted {
  const { desired, pool, current } = assignment;
  const { capabilities } = context.world;
  const selector = effectiveSelector(assignment, context.clusterOf);
  const live = current !== null && isLive(current) ? current : null;
  const limits = live === null ? spellAccelerators(desired.spec) : likeLive(desired.spec, live.spec, desired.declared);
  const spec: QueueSpec = { ...limits, cluster_pool: pool, clusters: selector };
  const before = live === null ? {} : liveQueueFields(live, capabilities);
  const shown: QueueView = {
    ...completeSpec(spec, capabilities),
    ...(capabilities.queue_state ? { state: desired.state } : {}),
  };
  const { ignore_changes, left } = desired.lifecycle;
  const kept = live === null ? shown : leaveAt(keepIgnored(shown, before, ignore_changes), before, left);
  return { spec, before, fields: kept, active: kept.state !== "drained" };
}

/** Creates or restores a queue that is not live. */
function introduce(assignment: QueueAssignment, wanted: Wanted, context: QueueContext): void {
  const { desired, physical, current, pool } = assignment;
  const { draft, world } = context;
  const base = { address: desired.address, kind: "queue" as const, name: physical };
  const set = completeSpec(wanted.spec, world.capabilities);
  const needs = [fact.pool(pool), ...memberFacts(wanted.spec)];
  if (current !== null) {
    const undelete = draftStep({
      ...base,
      op: "undelete",
      needs: [fact.pool(current.spec.cluster_pool), ...memberFacts(current.spec)],
    });
    const patch = patchMaps(set, liveQueueFields(current, world.capabilities));
    const update = draftStep({ ...base, op: "update", set: patch, needs, follows: [undelete.id] });
    if (current.state === "deleting") {
      const wait = draftStep({ ...base, op: "await", until: "deleted" });
      undelete.follows.push(wait.id);
      draft.steps.push(wait);
    }
    draft.steps.push(undelete, update);
    if (wanted.active) draft.steps.push(draftStep({ ...base, op: "activate", follows: [update.id] }));
    return;
  }
  if (physical === "default") {
    // The server makes this queue itself with the first registration, so there is one to update by then, if any is planned.
    const registers = draft.steps.some((step) => step.kind === "cluster" && step.op === "create");
    if (registers) {
      draft.steps.push(draftStep({ ...base, op: "update", set, needs: [...needs, fact.registration] }));
      return;
    }
  }
  const state = wanted.active ? "active" : "drained";
  const serving = wanted.active ? servedFacts(wanted.spec, context) : [];
  draft.steps.push(draftStep({ ...base, op: "create", set: { ...set, state }, needs: [...needs, ...serving] }));
}

/** Brings a live queue to what is wanted: selector, pool, limits and state. */
function adjust(
  assignment: QueueAssignment,
  live: LiveQueue,
  wanted: Wanted,
  context: QueueContext,
): ReleaseMode | null {
  const { desired, physical, pool } = assignment;
  const { world, draft, departures, narrowed } = context;
  const chain = new QueueChain(assignment, draft);
  const { before } = wanted;
  const fields = writable(wanted);
  const untouched = isWildcard(live.spec.clusters) || ignores(assignment, "clusters");
  const leaving = untouched ? [] : live.spec.clusters.filter((name) => departures.has(name));
  const moves = before.cluster_pool !== wanted.fields.cluster_pool;
  const stays = live.spec.clusters.filter((name) => !departures.has(name));
  const mode = leaving.length === 0 ? null : chooseMode(physical, live, wanted, leaving, stays, moves, context);
  const drains = (moves || mode === "park") && world.capabilities.queue_state;
  if (drains && live.state !== "drained") {
    chain.drain(live, desired.lifecycle.drain_timeout_ms, moves ? [fact.pool(pool)] : []);
  }
  const unpinned = leaving.map(fact.unpinned);
  if (mode === "shrink") chain.add({ op: "update", set: { clusters: stays }, gives: unpinned, phase: "release" });
  if (mode === "park") chain.add({ op: "update", set: { clusters: ["*"] }, gives: unpinned, phase: "park" });
  const differs = changedKeys(fields, before).length > 0;
  if (differs || mode === "shrink" || mode === "park") {
    const { ignore_changes, left = [] } = desired.lifecycle;
    // A selector that was written on the way is written once more in any case; what moves has one with its pool.
    const isOnTheWay = mode === "shrink" || mode === "park" || narrowed.has(physical);
    const patch = patchFields(fields, before, isOnTheWay || moves ? ["clusters"] : []);
    const kept = dropAt(patch, isOnTheWay ? left.filter(([key]) => key !== "clusters") : left);
    const set = dropIgnored(kept, ignore_changes);
    const gives = [...(mode === "direct" ? unpinned : []), ...(moves ? [fact.left(live.spec.cluster_pool)] : [])];
    const needs = [...memberFacts(wanted.spec), ...(moves ? [fact.pool(pool)] : [])];
    // Work that the queue has sent may outlast its naming the cluster: where nothing drains, the journal has to remember it.
    const { clusters } = wanted.spec;
    const narrows = !isWildcard(clusters) && live.spec.clusters.some((name) => !clusters.includes(name));
    const letsGo = (mode === "direct" || narrows) && !world.capabilities.queue_state;
    chain.add({ op: "update", set, needs, gives, ...(letsGo ? { phase: "let-go" } : {}) });
  }
  if (world.capabilities.queue_state && !drains && !wanted.active && !ignores(assignment, "state")) {
    chain.takeOut(live, desired.lifecycle.drain_timeout_ms);
  }
  const isOut = drains || live.state !== "active";
  if (world.capabilities.queue_state && wanted.active && isOut) {
    chain.add({ op: "activate", needs: servedFacts(wanted.spec, context) });
  }
  return mode;
}

/** A `*` queue goes into service only once one cluster serves in its pool, where one is to. */
function servedFacts({ clusters, cluster_pool }: QueueSpec, context: QueueContext): readonly Fact[] {
  return isWildcard(clusters) ? servingFacts(cluster_pool, context) : [];
}

function chooseMode(
  physical: string,
  live: LiveQueue,
  wanted: Wanted,
  leaving: readonly string[],
  stays: readonly string[],
  moves: boolean,
  context: QueueContext,
): ReleaseMode {
  const forced = context.modes.get(physical);
  const keepsLeaver = leaving.some((name) => wanted.spec.clusters.includes(name));
  if (forced === undefined && !keepsLeaver) return "direct";
  const canShrink = stays.length > 0 && !moves && live.state === "active";
  return canShrink && forced !== "park" ? "shrink" : "park";
}

/** What a step does to a queue, and what it needs and gives. */
type QueueWork = DistributiveOmit<Doing<"queue">, "kind"> & StepOptions;

/** The steps of one queue, each following the one before. */
class QueueChain {
  readonly #base: { readonly address: Address; readonly name: string };
  readonly #draft: Draft;
  #last: StepDraft | null = null;

  constructor(assignment: QueueAssignment, draft: Draft) {
    this.#base = { address: assignment.desired.address, name: assignment.physical };
    this.#draft = draft;
  }

  add(next: QueueWork): void {
    const follows = this.#last === null ? [] : [this.#last.id];
    const step = draftStep({ ...this.#base, ...next, kind: "queue", follows });
    this.#draft.steps.push(step);
    this.#last = step;
  }

  /** Drains the queue (unless that is under way already) and waits until it is. */
  drain(live: LiveQueue, timeout_ms: number | null, needs: readonly Fact[]): void {
    if (live.state === "active") this.add({ op: "drain", phase: "release", needs });
    this.add({ op: "await", until: "drained", timeout_ms, gives: emptiedBy(live) });
  }

  /** Brings the queue into the state `drained` permanently: it is there only once its work has ended. */
  takeOut(live: LiveQueue, timeout_ms: number | null): void {
    if (live.state === "active") this.add({ op: "drain" });
    if (live.state !== "drained") this.add({ op: "await", until: "drained", timeout_ms, gives: emptiedBy(live) });
  }
}

/**
 * Deletes a queue that was replaced, once its successor is there; where queues can't be deleted it stays behind, and a notice says
 * so. A successor that names a leaving cluster itself waits until that has left: the old queue then releases it first.
 */
function retire(assignment: QueueAssignment, old: LiveQueue, context: QueueContext): Modes {
  const { desired, physical } = assignment;
  const { draft, world } = context;
  if (!world.capabilities.queue_state) return [];
  const ready = draft.steps.filter(
    (step) => step.kind === "queue" && step.physical_name === physical && step.address === desired.address,
  );
  const removal = {
    timeout_ms: desired.lifecycle.drain_timeout_ms,
    follows: ready.slice(-1).map((step) => step.id),
  };
  return releaseAndRemove(old, desired.address, removal, context);
}

/** Deletes a queue, in the mode that is forced upon it where it names clusters that leave; returns that mode. */
export function releaseAndRemove(
  old: LiveQueue,
  address: Address,
  removal: QueueRemoval,
  context: Pick<QueueContext, "draft" | "forces" | "departures" | "modes">,
): Modes {
  const { departures, modes } = context;
  const isWide = isWildcard(old.spec.clusters);
  const stays = isWide ? [] : old.spec.clusters.filter((name) => !departures.has(name));
  if (isWide || stays.length === old.spec.clusters.length) {
    removeQueue(old, address, removal, context);
    return [];
  }
  const forced = modes.get(old.name) ?? "direct";
  const mode = forced === "shrink" && (stays.length === 0 || old.state !== "active") ? "park" : forced;
  removeQueue(old, address, { ...removal, release: { mode, stays } }, context);
  return [[old.name, mode]];
}

/** How a queue is deleted. */
interface QueueRemoval {
  /** How long its work is waited for; null: without a limit. */
  readonly timeout_ms: number | null;
  /** Ids of steps that come before it goes out of service. */
  readonly follows?: readonly string[];
  /** How it releases clusters that leave, and the members that stay; default: with its delete. */
  readonly release?: { readonly mode: ReleaseMode; readonly stays: readonly string[] };
}

/** Drains a queue, waits for its work, and deletes it. */
function removeQueue(
  queue: LiveQueue,
  address: QueueAssignment["desired"]["address"],
  { timeout_ms, follows = [], release }: QueueRemoval,
  context: Pick<QueueContext, "draft" | "forces">,
): void {
  const { draft } = context;
  const { mode = "direct", stays = [] } = release ?? {};
  const force = context.forces(address);
  draft.reads.add(`queue.${queue.name}`);
  const base = { address, kind: "queue" as const, name: queue.name };
  let before = mode === "park" ? [] : follows;
  const add = (step: QueueWork) => {
    const drafted = draftStep({ ...base, ...step, follows: before });
    draft.steps.push(drafted);
    before = [drafted.id];
  };
  const pins = isWildcard(queue.spec.clusters) ? [] : queue.spec.clusters;
  const left = new Set(stays);
  const leaving = pins.filter((name) => !left.has(name)).map(fact.unpinned);
  if (mode === "shrink") {
    const shrink = draftStep({ ...base, op: "update", phase: "release", set: { clusters: stays }, gives: leaving });
    draft.steps.push(shrink);
    before = [...before, shrink.id];
  }
  // Out of service is what lets a parked queue be written as `*` without sending its work to clusters that it never named.
  const isForced = force && mode !== "park";
  if (!isForced && queue.state === "active") add({ op: "drain" });
  if (!isForced && queue.state !== "drained") {
    add({ op: "await", until: "drained", timeout_ms, gives: emptiedBy(queue) });
  }
  if (mode === "park") {
    add({ op: "update", phase: "park", set: { clusters: ["*"] }, gives: leaving });
    before = [...before, ...follows];
  }
  const unpinned = mode === "direct" ? pins.map(fact.unpinned) : stays.map(fact.unpinned);
  add({ op: "delete", gives: [...unpinned, fact.left(queue.spec.cluster_pool)] });
}

/** A `*` queue needs clusters in service to finish; once it has, its pool's clusters may go. */
function emptiedBy({ spec }: LiveQueue): readonly Fact[] {
  return isWildcard(spec.clusters) ? [fact.emptied(spec.cluster_pool)] : [];
}

/** The fields that UpdateQueue takes: the state has calls of its own. */
function writable({ fields: { state: _state, ...fields } }: Wanted): QueueFields {
  return fields;
}

function memberFacts(spec: QueueSpec): readonly Fact[] {
  return isWildcard(spec.clusters) ? [] : spec.clusters.map((name) => fact.member(name, spec.cluster_pool));
}

function describe(assignment: QueueAssignment, live: LiveQueue | null, wanted: Wanted, context: QueueContext): Verdict {
  const { verb, predecessors, pool, byRequest } = assignment;
  const { capabilities } = context.world;
  const after = wanted.fields;
  switch (verb) {
    case "create":
      return { before: null, after, action: "create", reason: "absent" };
    case "restore":
      return { before: null, after, action: "restore", reason: "deleted_record" };
    case "keep":
    case "move": {
      if (live === null) throw new Error("unreachable: a kept queue is live");
      return { before: wanted.before, after, ...inPlace(verb) };
    }
    case "replace": {
      const old = predecessors[0];
      if (old === undefined) throw new Error("unreachable: a replacement has a predecessor");
      return {
        before: liveQueueFields(old, capabilities),
        after,
        action: "replace",
        reason: byRequest ? "by_request" : "cannot_update",
        replacePaths: old.spec.cluster_pool === pool ? [] : [["cluster_pool"]],
        previousName: old.name,
      };
    }
  }
}
