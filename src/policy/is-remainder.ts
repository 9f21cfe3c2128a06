import { isDeepStrictEqual } from "node:util";
import type { Address } from "../model/address.ts";
import type { Change, JsonObject, Plan, Step } from "../model/plan.ts";

/**
 * Whether everything that a plan does above a grade is what is left of an approved plan, so that it may run under the same
 * approval: each address is led to the same values under the same name, and nothing is disrupted that the approved plan did not
 * disrupt. What is left of a rollout that stopped anywhere is a remainder of it. Whether the revisions agree is for the caller.
 */
export function isRemainder(plan: Plan, approved: Plan, isAbove: (address: Address) => boolean): boolean {
  return findBeside(plan, approved, isAbove).length === 0;
}

/** The addresses at which a plan does something above the grade that an approved plan does not hold, in the plan's order. */
export function findBeside(plan: Plan, approved: Plan, isAbove: (address: Address) => boolean): readonly Address[] {
  const isSameTarget = isDeepStrictEqual(plan.target, approved.target);
  const [mine, theirs] = [indexPlan(plan), indexPlan(approved)];
  const addresses = [...new Set([...mine.changes.keys(), ...mine.steps.keys()])];
  return addresses.filter((address) => isAbove(address) && !(isSameTarget && isCovered(address, mine, theirs)));
}

interface Indexed {
  /** Those that change something. An address has a second one where its former registration has to be set back, too. */
  readonly changes: ReadonlyMap<Address, readonly Change[]>;
  readonly steps: ReadonlyMap<Address, readonly Step[]>;
  /** Writes by what they do to which object, whosever change they belong to. */
  readonly writes: ReadonlyMap<string, readonly Step[]>;
}

function indexPlan({ changes, steps }: Plan): Indexed {
  const effective = changes.filter(({ actions }) => actions[0] !== "no-op");
  return {
    changes: Map.groupBy(effective, (change) => change.address),
    steps: Map.groupBy(steps, (step) => step.address),
    writes: Map.groupBy(steps, nameEffect),
  };
}

/**
 * Whether each write at an address was approved. Of an update in place it is enough that it sets what an approved one sets,
 * whatever change that belonged to: a `*` queue that was written out for the sake of a cluster has a change of its own as long as it is
 * not set back. What creates, moves, drains or deletes has to lead where the approved change leads as well: to delete a cluster takes
 * the same write as to replace it.
 */
function isCovered(address: Address, mine: Indexed, theirs: Indexed): boolean {
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
  const different = Object.entries(step.set ?? {}).filter(([key, value]) => !isDeepStrictEqual(before[key], value));
  return (writes.get(nameEffect(step)) ?? []).some(({ set }) =>
    step.op === "update"
      ? different.every(([key, value]) => isDeepStrictEqual(set?.[key], value))
      : isDeepStrictEqual(set, step.set),
  );
}

/** Whether a change leads where an approved one leads: as that one does, or as what is left of it. */
function goesOn(change: Change, approved: Change): boolean {
  const isSamePlace =
    change.physical_name === approved.physical_name && isDeepStrictEqual(change.after, approved.after);
  return isSamePlace && (isSameKind(change, approved) || isLaterForm(change, approved));
}

function isSameKind(change: Change, approved: Change): boolean {
  return (
    change.action_reason === approved.action_reason &&
    isDeepStrictEqual(change.actions, approved.actions) &&
    isDeepStrictEqual(change.replace_paths, approved.replace_paths)
  );
}

/** A change of which a part was carried out is an update of what is there by then. */
function isLaterForm({ actions, action_reason }: Change, approved: Change): boolean {
  return isDeepStrictEqual(actions, ["update"]) && action_reason === "differs" && approved.after !== null;
}

function nameEffect({ op, kind, physical_name }: Step): string {
  return `${op} ${kind}.${physical_name}`;
}
