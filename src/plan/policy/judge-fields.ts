import type { Address } from "../../model/address.ts";
import type { PolicyConfig } from "../../model/daemon/daemon-config.ts";
import { classifyChange, exceeds } from "../../model/plan/classify-changes.ts";
import { isShared, listPaths, withoutFields } from "../../model/plan/field-origins.ts";
import type { Check, LeftFields, Plan } from "../../model/plan/plan.ts";
import type { FoundApproval } from "./find-approval.ts";
import { holdDependents } from "./hold-dependents.ts";
import type { DriftVerdict } from "./judge-drift.ts";
import { ASKS, describeAbove, describeCheck, type Hold, isLifted, type JudgeHold } from "./judge-holds.ts";

/** The plan whose fields are judged: the whole one, with what was changed outside. */
export interface JudgedPlan {
  readonly plan: Plan;
  readonly policy: PolicyConfig;
  /** The addresses at which the rollout has begun and not finished something. */
  readonly begun: ReadonlySet<string>;
}

/** What becomes of the fields of a change that were changed outside, where a commit has a part in it. */
export interface SharedVerdict {
  /** Why they stay as they are; null: they are undone. */
  readonly hold: Hold | null;
  /** Whether only an approval lets them be undone. */
  readonly isApproved: boolean;
  /** What the part that runs leaves alone; null: nothing, or all of the change is held. */
  readonly left: Omit<LeftFields, "address"> | null;
}

/** What a plan's fields are judged by. */
export interface SharedFacts {
  readonly drift: DriftVerdict;
  readonly found: FoundApproval | null;
  /** Where what commits ask for is held. */
  readonly held: ReadonlyMap<Address, Hold>;
  /** The checks that fail only where these fields are undone. */
  readonly blocked: readonly Check[];
  readonly judge: JudgeHold;
}

/**
 * Judges the fields that were changed outside where a commit has a part in the change. They need what they would need alone, and nothing of
 * the plan may fail because of them. They don't wait for an approval that only the commit's fields need.
 */
export function judgeShared(
  { plan, policy, begun }: JudgedPlan,
  { drift, found, held, blocked, judge }: SharedFacts,
): ReadonlyMap<Address, SharedVerdict> {
  const changes = new Map(plan.changes.filter(isShared).map((change) => [change.address, change]));
  const dependent = holdDependents(plan, held, begun);
  const [failed] = blocked;
  return new Map(
    [...drift.shared].map(([address, own]) => {
      const change = changes.get(address);
      if (change === undefined) throw new Error(`${address} has no change that is shared`);
      const isShown = found?.approval.digest === plan.digest && found.covers(address);
      const isLiftedHere = own !== null && isShown && isLifted(own.reason, new Set(found?.approval.overrides));
      const isAbove = exceeds(classifyChange(withoutFields(change, "commit"), []).grade, policy.auto_apply);
      const beside = held.get(address);
      // What a rollout has begun there is on record until the whole of it is done.
      const isBegun = begun.has(address) || plan.ownership.settle.includes(address);
      const waits = beside !== undefined && (isBegun || !ASKS.has(beside.reason)) ? beside : null;
      const hold =
        waits ??
        (own !== null && !isLiftedHere ? own : null) ??
        (isAbove && !isShown ? { reason: "approval" as const, message: describeAbove(policy) } : null) ??
        (failed === undefined ? null : describeCheck(failed)) ??
        (beside === undefined ? (judge(address) ?? dependent.get(address) ?? null) : null);
      const of = beside === undefined ? ("drift" as const) : ("commit" as const);
      const isLeft = (hold === null) !== (beside === undefined);
      const isApproved = hold === null && (isLiftedHere || isAbove);
      return [address, { hold, isApproved, left: isLeft ? { of, paths: listPaths(change, of) } : null }] as const;
    }),
  );
}

/** What is held at an address. */
export interface HeldFields {
  readonly address: Address;
  readonly hold: Hold;
  /** Null: all of the change. */
  readonly fields: LeftFields["paths"] | null;
}

/** All that is held: changes as a whole, and fields of those of which the rest runs. */
export function listAll(
  held: ReadonlyMap<Address, Hold>,
  shared: ReadonlyMap<Address, SharedVerdict>,
): readonly HeldFields[] {
  const whole = [...held].map(([address, hold]) => ({
    address,
    hold,
    fields: shared.get(address)?.left?.paths ?? null,
  }));
  const parts = listLeftBeside(held, shared).map(([address, hold]) => {
    const fields = shared.get(address)?.left?.paths ?? null;
    return { address, hold, fields };
  });
  return [...whole, ...parts];
}

/** Why fields stay as they were changed outside where what the commit asks for is not held. */
export function listLeftBeside(
  held: ReadonlyMap<Address, Hold>,
  shared: ReadonlyMap<Address, SharedVerdict>,
): readonly (readonly [Address, Hold])[] {
  return [...shared].flatMap(([address, { hold }]) =>
    hold === null || held.has(address) ? [] : [[address, hold] as const],
  );
}
