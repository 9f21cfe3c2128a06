import { type Address, parseAddress } from "../../model/address.ts";
import { classifyChanges } from "../../model/plan/classify-changes.ts";
import { type Change, DISRUPTIONS, type Disruption, type Plan } from "../../model/plan/plan.ts";
import { isPutBack, isPutBackStep } from "../../model/plan/put-back.ts";
import type { Step } from "../../model/plan/step.ts";
import type { PlanParts } from "../../model/reviews/review.ts";

/** What a plan does at one address: a change, or, where it has none there, steps alone (the rest of an earlier replacement goes). */
export interface Effect {
  readonly address: Address;
  readonly change: Change | null;
  readonly disruption: Disruption;
  /** The steps that disrupt something. */
  readonly steps: readonly Step[];
}

/** The effects of a plan by where they come from. `other` is what no part names. */
export interface SortedEffects {
  readonly request: readonly Effect[];
  readonly both: readonly Effect[];
  readonly drift: readonly Effect[];
  readonly earlier: readonly Effect[];
  readonly other: readonly Effect[];
}

/** Sorts what a plan does into its parts, the destructive first, else in the plan's order. */
export function sortEffects(plan: Pick<Plan, "changes" | "steps">, parts: PlanParts): SortedEffects {
  const places = new Map<Address, keyof SortedEffects>();
  for (const place of ["drift", "earlier", "request", "both"] as const)
    for (const address of parts[place] ?? []) places.set(address, place);
  const sorted = Map.groupBy(listEffects(plan), ({ address }) => places.get(address) ?? "other");
  const pick = (place: keyof SortedEffects) =>
    (sorted.get(place) ?? []).toSorted((left, right) => rank(left) - rank(right));
  return {
    request: pick("request"),
    both: pick("both"),
    drift: pick("drift"),
    earlier: pick("earlier"),
    other: pick("other"),
  };
}

/** The gravest first. */
function rank({ disruption }: Effect): number {
  return DISRUPTIONS.indexOf(disruption);
}

/** The kind of object that an effect is on, in words: `cluster pool`. */
export function nameKind({ address }: Pick<Effect, "address">): string {
  return (parseAddress(address)?.kind ?? "object").replaceAll("_", " ");
}

/** Put-backs are among them, and disrupt nothing. */
function listEffects({ changes, steps }: Pick<Plan, "changes" | "steps">): readonly Effect[] {
  const own = Map.groupBy(
    steps.filter((step) => !isPutBackStep(step) && (step.op === "delete" || step.op === "move" || step.op === "drain")),
    ({ address }) => address,
  );
  const known = new Map(classifyChanges({ changes, steps }).map((effect) => [effect.address, effect.disruption]));
  const describe = (address: Address, change: Change | null): Effect => {
    const isBack = change !== null && isPutBack(change);
    const disruption = isBack ? "none" : (known.get(address) ?? "none");
    return { address, change, disruption, steps: isBack ? [] : (own.get(address) ?? []) };
  };
  const changed = new Set(changes.map(({ address }) => address));
  const rest = [...own.keys()].filter((address) => !changed.has(address));
  return [
    ...changes.map((change) => describe(change.address, change)),
    ...rest.map((address) => describe(address, null)),
  ];
}
