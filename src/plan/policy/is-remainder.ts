import { isDeepStrictEqual } from "node:util";
import { type Address, parseAddress } from "../../model/address.ts";
import { isObject, type Json, type JsonObject } from "../../model/json/json.ts";
import { isPartOf, mergeMaps, withoutGone } from "../../model/objects/limit-maps.ts";
import type { LifecycleState } from "../../model/objects/live.ts";
import { isAsWritten } from "../../model/objects/selector.ts";
import { isShared, leaveAt, listPaths } from "../../model/plan/field-origins.ts";
import { type Change, isDestructive, isNoOp, type Plan } from "../../model/plan/plan.ts";
import { fieldsSet, type Op, type Seen, type Step } from "../../model/plan/step.ts";
import { findUnsaidRoutes } from "./find-unsaid-routes.ts";

/**
 * Whether everything that a plan does above a grade is what is left of an approved plan, so that it may run under the same
 * approval: each address is led to the same values under the same name, from what was shown or from what the approved plan's own steps
 * brought about; nothing is disrupted that the approved plan did not disrupt, and work goes nowhere else than it said. What is left of
 * a rollout that stopped anywhere is a remainder of it. Whether the revisions agree is for the caller.
 */
export function isRemainder(plan: Plan, approved: Plan, isAbove: (address: Address) => boolean): boolean {
  return findBeside(plan, approved, isAbove).length === 0;
}

/** The addresses at which a plan does something above the grade that an approved plan does not hold, in the plan's order. */
export function findBeside(plan: Plan, approved: Plan, isAbove: (address: Address) => boolean): readonly Address[] {
  const unsaid = findUnsaidRoutes(plan, approved);
  const isSameTarget = isDeepStrictEqual(plan.target, approved.target);
  const [mine, theirs] = [indexPlan(plan), indexPlan(approved)];
  const isCovered = (address: Address) => {
    const own = mine.changes.get(address) ?? [];
    const startsAsShown = own.every((change) => comesFrom(change, theirs));
    const endsAsShown = (mine.steps.get(address) ?? []).every((step) => isAsSeen(step, theirs));
    return !unsaid.has(address) && startsAsShown && endsAsShown && leadsWhereApproved(address, mine, theirs);
  };
  const addresses = new Set([...mine.changes.keys(), ...mine.steps.keys()]);
  return [...addresses].filter((address) => isAbove(address) && !(isSameTarget && isCovered(address)));
}

interface Indexed {
  /** Those that change something. An address has a second one where its former registration has to be set back, too. */
  readonly changes: ReadonlyMap<Address, readonly Change[]>;
  readonly steps: ReadonlyMap<Address, readonly Step[]>;
  /** Writes by what they do to which object, whosever change they belong to. */
  readonly writes: ReadonlyMap<string, readonly Step[]>;
  /** Writes by the object that they are made to. */
  readonly objects: ReadonlyMap<string, readonly Step[]>;
}

function indexPlan({ changes, steps }: Plan): Indexed {
  const effective = changes.filter((change) => !isNoOp(change));
  return {
    changes: Map.groupBy(effective, (change) => change.address),
    steps: Map.groupBy(steps, (step) => step.address),
    writes: Map.groupBy(steps, nameEffect),
    objects: Map.groupBy(steps, ({ kind, physical_name }) => `${kind}.${physical_name}`),
  };
}

/**
 * Whether each write at an address was approved. Of an update in place it is enough that it sets what an approved one sets,
 * regardless of the change that this belonged to: a `*` queue that was written out for the sake of a cluster has a change of its own as long as it is
 * not set back. What creates, moves, drains or deletes has to lead where the approved change leads as well: to delete a cluster takes
 * the same write as to replace it.
 */
function leadsWhereApproved(address: Address, mine: Indexed, theirs: Indexed): boolean {
  const writes = (mine.steps.get(address) ?? []).filter(({ op }) => op !== "await");
  const own = mine.changes.get(address) ?? [];
  const approved = theirs.changes.get(address) ?? [];
  const leadsThere = (change: Change) => approved.some((other) => goesOn(change, other));
  if (writes.length === 0) return own.every(leadsThere);
  return writes.every((step) => {
    const change = findChange(step, own);
    const isApproved = setsNothingNew(step, change?.before ?? {}, theirs);
    // Of a pool, values are no proof: its credentials are not among those that are shown.
    const isProven = change !== undefined && leadsThere(change) && step.kind !== "cluster_pool";
    if (isInPlace(step)) return isApproved || isProven;
    const isStray = change !== undefined && !leadsThere(change);
    return !isStray && (isApproved || (isProven && theirs.writes.has(nameEffect(step))));
  });
}

/**
 * Whether what a change takes away is what was shown, or what the approved plan's own steps put there: each field that it changes, and all of
 * what it destroys.
 */
function comesFrom(change: Change, theirs: Indexed): boolean {
  const { before, after } = change;
  if (before === null) return true;
  const isDestroyed = after === null || isDestructive(change);
  const keys = Object.keys({ ...before, ...after });
  const taken = keys.filter((key) => isDestroyed || !isDeepStrictEqual(before[key], after[key]));
  const known = listKnown(change, theirs);
  const isDefault = (key: string) => !isDestroyed && isLeftToDefaults(key, change, theirs);
  const isKnown = (key: string) =>
    known(key).some((value) => isDeepStrictEqual(value, before[key]) || isLeftOf(key, value, before[key], theirs));
  return taken.every((key) => isDefault(key) || isKnown(key));
}

/** Whether a selector is what the control plane leaves of one by dropping clusters that the approved plan deletes. */
function isLeftOf(key: string, then: Json | undefined, now: Json | undefined, { writes }: Indexed): boolean {
  if (key !== "clusters" || !Array.isArray(then) || !Array.isArray(now)) return false;
  const isGone = (name: string) => writes.has(`delete cluster.${name}`);
  return isAsWritten(then.map(String), now.map(String), isGone);
}

/**
 * Whether a step ends what it was shown to end. No writer brings a state back without it being counted: from the state that was shown on, the
 * object has gone no further than a drain takes it. What an earlier release planned, or a server does not count, is identified by its fields alone.
 */
function isAsSeen({ kind, physical_name, seen }: Step, { objects }: Indexed): boolean {
  const shown = (objects.get(`${kind}.${physical_name}`) ?? []).flatMap((step) => step.seen ?? []);
  return seen === undefined || shown.length === 0 || shown.some((then) => leadsTo(then, seen));
}

/** The way of what goes. */
const WAY: readonly LifecycleState[] = ["active", "draining", "drained", "deleting", "deleted"];

function leadsTo(then: Seen, now: Seen): boolean {
  const passed = WAY.indexOf(now.state) - WAY.indexOf(then.state);
  const counted = BigInt(now.generation) - BigInt(then.generation);
  return passed >= 0 && counted >= 0n && counted <= BigInt(passed);
}

/** Whether an approved plan creates an object without a field: it begins with the control plane's default, which nothing shows. */
function isLeftToDefaults(key: string, { address, physical_name }: Change, { writes }: Indexed): boolean {
  const kind = parseAddress(address)?.kind;
  const creations = ["create", "undelete"].flatMap((op) => writes.get(`${op} ${kind}.${physical_name}`) ?? []);
  return creations.some((step) => !Object.hasOwn(fieldsSet(step), key));
}

/** Gives the values of a field of an object that an approved plan shows or brings about; undefined: the field is not there. */
function listKnown(
  { address, physical_name, previous_physical_name }: Change,
  { changes, objects }: Indexed,
): (key: string) => readonly (Json | undefined)[] {
  const names = new Set([physical_name, previous_physical_name]);
  const shown = (changes.get(address) ?? []).filter(
    (change) => names.has(change.physical_name) || names.has(change.previous_physical_name),
  );
  const kind = parseAddress(address)?.kind;
  const own = [...names].flatMap((name) => objects.get(`${kind}.${name}`) ?? []);
  return (key) => [
    ...shown.flatMap(({ before, after }) => [
      ...(before === null ? [] : [before[key]]),
      ...(after === null ? [] : [after[key]]),
    ]),
    ...own.flatMap((step) => [
      ...(Object.hasOwn(fieldsSet(step), key) ? [fieldsSet(step)[key]] : []),
      ...(key === "state" ? (STATES_OF[step.op] ?? []) : []),
    ]),
  ];
}

/** The states that an object has while an op runs, and after it. */
const STATES_OF: Readonly<Partial<Record<Op, readonly string[]>>> = {
  drain: ["draining", "drained"],
  activate: ["active"],
  create: ["active"],
  undelete: ["active"],
};

/** The change that a write of an address is for; undefined where the address has none. */
function findChange({ physical_name: name }: Step, changes: readonly Change[]): Change | undefined {
  return (
    changes.find(({ physical_name }) => physical_name === name) ??
    changes.find(({ previous_physical_name }) => previous_physical_name === name) ??
    changes[0]
  );
}

function isInPlace({ op }: Step): boolean {
  return op === "update" || op === "activate";
}

/** Whether an approved write sets all that a write sets; of an update, all that is not so before. */
function setsNothingNew(step: Step, before: JsonObject, { writes }: Indexed): boolean {
  const set = fieldsSet(step);
  const made = withoutGone(mergeMaps(before, set));
  const different = Object.entries(set).filter(([key]) => !isDeepStrictEqual(before[key], made[key]));
  return (writes.get(nameEffect(step)) ?? []).some((approved) =>
    step.op === "update"
      ? different.every(([key, value]) => isPartOf(key, value, fieldsSet(approved)[key]))
      : isDeepStrictEqual(approved.set, step.set),
  );
}

/** Whether a change leads where an approved one leads: as that one does, or as what is left of it. */
function goesOn(change: Change, approved: Change): boolean {
  const isSamePlace = change.physical_name === approved.physical_name && endsAsApproved(change, approved);
  return isSamePlace && (isSameKind(change, approved) || isLaterForm(change, approved));
}

/** What was shown to be changed outside alone may stay as it is: that is no other end of what was approved. */
function endsAsApproved({ before, after }: Change, approved: Change): boolean {
  if (isDeepStrictEqual(after, approved.after)) return true;
  if (isDeepStrictEqual(after, dropSettled(approved.after, after))) return true;
  if (before === null || approved.after === null || !isShared(approved)) return false;
  return isDeepStrictEqual(after, leaveAt(approved.after, before, listPaths(approved, "drift")));
}

/**
 * An approved end without the selector and the state of a cluster's own queue, where a later plan does not show them: they are shown only
 * where they are not as they should be.
 */
function dropSettled(approved: JsonObject | null, after: JsonObject | null): JsonObject | null {
  const { queue, ...rest } = approved ?? {};
  if (approved === null || after === null || !isObject(queue)) return approved;
  const shown = isObject(after.queue) ? after.queue : {};
  const isSettled = (key: string) => (key === "clusters" || key === "state") && !Object.hasOwn(shown, key);
  const left = Object.fromEntries(Object.entries(queue).filter(([key]) => !isSettled(key)));
  return Object.keys(left).length === 0 && after.queue === undefined ? rest : { ...rest, queue: left };
}

function isSameKind(change: Change, approved: Change): boolean {
  return change.action === approved.action && isDeepStrictEqual(change.replace_paths, approved.replace_paths);
}

/** A change of which a part was applied is an update of what is there by then. */
function isLaterForm({ action }: Change, approved: Change): boolean {
  return action === "update" && approved.after !== null;
}

function nameEffect({ op, kind, physical_name }: Step): string {
  return `${op} ${kind}.${physical_name}`;
}
