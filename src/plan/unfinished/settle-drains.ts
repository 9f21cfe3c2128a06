import { isOnTheWay, isStillParked, listOwnDrains, type OwnDrain } from "../../model/ledger/own-drains.ts";
import type { DrainedObject } from "../../model/ledger/refusal.ts";
import type { Notice } from "../../model/plan/plan.ts";
import { ignores } from "../decide/assign-registrations.ts";
import type { Decisions } from "../decide/decisions.ts";
import { type Draft, draftStep } from "../draft/draft-step.ts";
import { isLive } from "../input/index-world.ts";
import type { PlanInput, RestoredDrain } from "../input/plan-input.ts";
import { LEFT_BEHIND } from "../ownership/note-ownership.ts";
import { describeReturn } from "./handle-refusals.ts";

/** What becomes of what is out of service by the drains of changes that have ended on their way. */
export interface SettledDrains {
  /** Owned, and released by this plan: it is put back into service first. */
  readonly back: readonly DrainedObject[];
  /** On record no more, or possibly another folder's: people have to decide. */
  readonly left: readonly OwnDrain[];
  /** Drained before a restore, and perhaps wanted so by others since: people have to decide. */
  readonly restored: readonly RestoredDrain[];
}

const NOTHING: SettledDrains = { back: [], left: [], restored: [] };

type Facts = Pick<Decisions, "input" | "world" | "clusters" | "queues" | "leftovers">;

/**
 * Finds what a rollout has drained on its way and what nothing of this plan accounts for, as its object has left the manifests: it would stay
 * out of service without an owner. What a manifest names is planned by that, and what is still to be deleted is deleted.
 */
export function settleDrains(facts: Facts): SettledDrains {
  const { input, leftovers, clusters, queues } = facts;
  const { written = [], restored_drains = [], options } = input;
  const drains = listOwnDrains(written).filter(isOnTheWay);
  if (drains.length + restored_drains.length === 0) return NOTHING;
  const assignmentOf = new Map([...clusters, ...queues].map((one) => [`${one.desired.kind}.${one.physical}`, one]));
  const ending = new Set([
    ...[...clusters, ...queues].flatMap(({ predecessors }) => predecessors.map(nameObject)),
    ...leftovers.removals.map(({ object }) => nameObject(object)),
  ]);
  // Another registration may have taken the place of one that is not on record by this name: the work goes there.
  const released = new Set(leftovers.forgotten.map(({ kind, physical_name }) => `${kind}.${physical_name}`));
  const isReturned = (drain: (typeof drains)[number]) =>
    options.prune !== "none" &&
    !drain.is_restored &&
    !isStillParked(drain, facts.world.queues.get(drain.name)) &&
    released.has(nameObject(drain));
  const stray = drains.filter((object) => {
    const name = nameObject(object);
    return isOut(object, facts) && !assignmentOf.has(name) && !ending.has(name);
  });
  const [back, left] = [stray.filter(isReturned), stray.filter((object) => !isReturned(object))];
  const own = new Set(drains.map(nameObject));
  return {
    back: back.map(describeObject),
    left,
    restored: restored_drains.filter((object) => {
      const assignment = assignmentOf.get(nameObject(object));
      const isDecided = assignment !== undefined && !ignores(assignment, "state");
      return isOut(object, facts) && !isDecided && !own.has(nameObject(object));
    }),
  };
}

/**
 * What takes no work only because an unfinished rollout has drained it on its way, as `KIND.NAME`: the queue of a cluster is drained with it. What
 * it has restored was not in service before. `restored_drains`: where what a restored backup has as drained counts as well.
 */
export function listOutOnTheWay({
  live,
  written = [],
  restored_drains = [],
}: Pick<PlanInput, "live" | "written" | "restored_drains">): ReadonlySet<string> {
  const unfinished = [...listOwnDrains(written).filter(isOnTheWay), ...restored_drains];
  const drains = unfinished.filter((drain) => !drain.is_restored);
  if (drains.length === 0) return new Set();
  const own = new Set([
    ...drains.map(nameObject),
    ...drains.flatMap(({ kind, name }) => (kind === "cluster" ? [nameObject({ kind: "queue", name })] : [])),
  ]);
  const out = [...live.clusters, ...live.queues].filter(({ state }) => state === "draining" || state === "drained");
  return new Set(out.map(nameObject).filter((name) => own.has(name)));
}

/** Drafts what puts objects back into service before they are released: clusters first, so that no queue takes work that goes nowhere. */
export function planReturns(facts: Facts, draft: Draft): void {
  const { back } = settleDrains(facts);
  const follows: string[] = [];
  for (const kind of ["cluster", "queue"] as const) {
    const objects = back.filter((object) => object.kind === kind);
    const steps = objects.map(({ address, name }) =>
      draftStep({ address, kind, name, op: "activate", phase: "take-back", follows }),
    );
    draft.steps.push(...steps);
    follows.push(...steps.map(({ id }) => id));
  }
  for (const [address, objects] of Map.groupBy(back, (object) => object.address)) {
    for (const object of objects) draft.reads.add(nameObject(object));
    draft.changes.push(describeReturn(address, objects, { live: facts.input.live, reason: "interrupted" }));
  }
}

/** What stays out of service until people decide. */
export function noteLeftDrained({ left, restored }: SettledDrains): readonly Notice[] {
  return [
    ...left.map((drain) => ({ code: LEFT_BEHIND, message: describeLeft(drain), addresses: [drain.address] })),
    ...restored.map(({ kind, name, address, at }) => ({
      code: LEFT_BEHIND,
      message: `${address}: ${kind} ${name} was drained by an apply at ${at} on the way to a change. That was unfinished in the backup that was restored, and may have been decided otherwise since: it is not put back into service automatically. Put it back into service if that is what its owner wants, or let a manifest decide on its state.`,
      addresses: [address],
    })),
  ];
}

function describeLeft({ kind, name, address, is_restored }: OwnDrain): string {
  const [done, back] = is_restored ? ["restored", "into"] : ["drained", "back into"];
  return `${address}: ${kind} ${name} was ${done} on the way to a change that was interrupted, and no manifest names it now. It is not put ${back} service automatically. Put it ${back} service, delete it, or let a manifest name it.`;
}

function describeObject({ kind, name, address }: DrainedObject): DrainedObject {
  return { kind, name, address };
}

function nameObject({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind}.${name}`;
}

function isOut(object: DrainedObject, facts: Facts): boolean {
  const state = findLive(object, facts)?.state;
  return state === "draining" || state === "drained";
}

function findLive({ kind, name }: DrainedObject, { world }: Facts) {
  const live = kind === "cluster" ? world.clusters.get(name) : world.queues.get(name);
  return isLive(live) ? live : undefined;
}
