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
  /** Those that change something. */
  readonly changes: ReadonlyMap<Address, Change>;
  readonly steps: ReadonlyMap<Address, readonly Step[]>;
  /** Writes by what they do to which object, whosever change they belong to. */
  readonly writes: ReadonlyMap<string, readonly Step[]>;
}

function indexPlan({ changes, steps }: Plan): Indexed {
  const effective = changes.filter(({ actions }) => actions[0] !== "no-op");
  return {
    changes: new Map(effective.map((change) => [change.address, change])),
    steps: Map.groupBy(steps, (step) => step.address),
    writes: Map.groupBy(steps, nameEffect),
  };
}

function isCovered(address: Address, mine: Indexed, theirs: Indexed): boolean {
  const writes = (mine.steps.get(address) ?? []).filter(({ op }) => op !== "await");
  const [change, approved] = [mine.changes.get(address), theirs.changes.get(address)];
  // The same writes have the same effect, whatever change they belong to by now: a `*` queue that was written out for the sake of
  // a cluster has one of its own as long as it is not set back.
  const isSame = (step: Step) => isApproved(step, change?.before ?? null, theirs);
  if (writes.length > 0 && writes.every(isSame)) return true;
  if (change === undefined || approved === undefined || !goesOn(change, approved)) return false;
  return writes.every((step) => isSame(step) || isOnTheWay(step, theirs));
}

/** Whether an approved write sets the same fields to the same values, as far as they are not so before. */
function isApproved(step: Step, before: JsonObject | null, { writes }: Indexed): boolean {
  const isSet = step.op === "update" ? listDifferent(step.set ?? {}, before ?? {}) : null;
  return (writes.get(nameEffect(step)) ?? []).some(({ set }) =>
    isSet === null
      ? isDeepStrictEqual(step.set, set)
      : isSet.every(([key, value]) => isDeepStrictEqual(set?.[key], value)),
  );
}

function listDifferent(set: JsonObject, before: JsonObject) {
  return Object.entries(set).filter(([key, value]) => !isDeepStrictEqual(before[key], value));
}

/**
 * Whether a write is fit for an object that is led to the same values: an update in place always is, anything else where it was
 * approved of the same object. Of a pool, values are no proof: its credentials are not among those that are shown.
 */
function isOnTheWay(step: Step, { writes }: Indexed): boolean {
  if (step.kind === "cluster_pool") return false;
  return step.op === "update" || step.op === "activate" || writes.has(nameEffect(step));
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
