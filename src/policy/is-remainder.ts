import { isDeepStrictEqual } from "node:util";
import type { Address } from "../model/address.ts";
import type { Change, Plan, Step } from "../model/plan.ts";

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
  readonly changes: ReadonlyMap<Address, Change>;
  readonly steps: ReadonlyMap<Address, readonly Step[]>;
  /** Writes by what they do to which object, whosever change they belong to. */
  readonly writes: ReadonlyMap<string, readonly Step[]>;
}

function indexPlan({ changes, steps }: Plan): Indexed {
  return {
    changes: new Map(changes.map((change) => [change.address, change])),
    steps: Map.groupBy(steps, (step) => step.address),
    writes: Map.groupBy(steps, nameEffect),
  };
}

function isCovered(address: Address, mine: Indexed, theirs: Indexed): boolean {
  const writes = (mine.steps.get(address) ?? []).filter(({ op }) => op !== "await");
  // The same writes have the same effect, whatever change they belong to by now: a `*` queue that was written out for the sake of
  // a cluster has one of its own as long as it is not set back.
  const isApproved = (step: Step) =>
    (theirs.writes.get(nameEffect(step)) ?? []).some((other) => isDeepStrictEqual(step.set, other.set));
  if (writes.length > 0 && writes.every(isApproved)) return true;
  const [change, approved] = [mine.changes.get(address), theirs.changes.get(address)];
  if (change === undefined || approved === undefined || !goesOn(change, approved)) return false;
  return writes.every((step) => isHarmless(step) || theirs.writes.has(nameEffect(step)));
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

/** An update in place: where it leads is told by the change. */
function isHarmless({ op }: Step): boolean {
  return op === "update" || op === "activate";
}

function nameEffect({ op, kind, physical_name }: Step): string {
  return `${op} ${kind}.${physical_name}`;
}
