import type { Address } from "../../model/address.ts";
import type { DriftConfig } from "../../model/daemon/daemon-config.ts";
import type { Contest } from "../../model/daemon/daemon-records.ts";
import type { Change, Plan } from "../../model/plan/plan.ts";
import { isRecent } from "./follow-contests.ts";
import { holdDependents } from "./hold-dependents.ts";
import type { DriftVerdict } from "./judge-drift.ts";
import type { Hold } from "./judge-holds.ts";

/** Whether an object is left alone already for having been changed again each time it was set back. */
export function isLeftAlone(contest: Contest | undefined, { contested_after }: DriftConfig): contest is Contest {
  return contested_after > 0 && contest !== undefined && contest.held_since !== null;
}

/** Whether an object was set back so often, and so lately, that it is left alone from now on. */
export function isRevertedTooOften(contest: Contest | undefined, drift: DriftConfig, now: string): contest is Contest {
  if (drift.contested_after === 0 || contest === undefined) return false;
  return contest.reverted_at.filter((moment) => isRecent(moment, now, drift)).length >= drift.contested_after;
}

/** Why such an object stays as it is, and what lets it be set back again. */
export function describeContest({ reverted_at }: Contest, { changed_by }: Change): Hold {
  const who = changed_by === undefined ? "another writer" : changed_by;
  const message = `Reverted ${reverted_at.length} times since ${reverted_at[0]}, and changed again each time, last by ${who}. Reverts are suspended until that ends, a commit changes it, or its plan is approved with the override drift_contested.`;
  return { reason: "drift_contested", message };
}

/** What releasing contests depends on. */
export interface ReleaseFacts {
  readonly plan: Pick<Plan, "steps" | "notices">;
  /** The addresses at which the rollout has begun and not finished something. */
  readonly begun: ReadonlySet<string>;
  /** Where a commit asks for something. */
  readonly committed: ReadonlySet<Address>;
  /** What is held where drift is judged so. */
  readonly holdWith: (drift: DriftVerdict) => ReadonlyMap<Address, Hold>;
}

/**
 * Takes from the holds of drift those contests on which something rests that a commit asks for and that nothing else holds: a commit is
 * never held by a contest.
 */
export function releaseContests(drift: DriftVerdict, { plan, begun, committed, holdWith }: ReleaseFacts): DriftVerdict {
  const contests = [...drift.holds].filter(([, { reason }]) => reason === "drift_contested");
  if (contests.length === 0) return drift;
  const others = [...drift.holds].filter(([, { reason }]) => reason !== "drift_contested");
  const heldAnyway = holdWith({ ...drift, holds: new Map(others) });
  const isAskedFor = (entry: readonly [Address, Hold]) =>
    holdDependents(plan, new Map([entry]), begun)
      .keys()
      .some((address) => committed.has(address) && !heldAnyway.has(address));
  return { ...drift, holds: new Map([...others, ...contests.filter((entry) => !isAskedFor(entry))]) };
}
