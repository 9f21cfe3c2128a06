import { type Address, parseAddress } from "../model/address.ts";
import type { Change, Plan, Step } from "../model/plan.ts";
import { isPutBack } from "../model/put-back.ts";
import type { PlanParts } from "../model/review.ts";

/** What a plan does at one address: a change, or, where it has none there, steps alone (the rest of an earlier replacement goes). */
export interface Effect {
  readonly address: Address;
  readonly change: Change | null;
  /** Those that take something out of service, away, or elsewhere. */
  readonly disruption: readonly Step[];
  /** In the order in which to look at them; null: nothing is taken out of service, away, or elsewhere. */
  readonly severity: number | null;
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
    (sorted.get(place) ?? []).toSorted((left, right) => (left.severity ?? LEAST) - (right.severity ?? LEAST));
  return {
    request: pick("request"),
    both: pick("both"),
    drift: pick("drift"),
    earlier: pick("earlier"),
    other: pick("other"),
  };
}

/** The kind of object that an effect is on, in words: `cluster pool`. */
export function nameKind({ address }: Pick<Effect, "address">): string {
  return (parseAddress(address)?.kind ?? "object").replaceAll("_", " ");
}

const LEAST = 9;

function listEffects({ changes, steps }: Pick<Plan, "changes" | "steps">): readonly Effect[] {
  const own = Map.groupBy(
    steps.filter(({ op }) => op === "delete" || op === "move" || op === "drain"),
    ({ address }) => address,
  );
  const changed = new Set(changes.map(({ address }) => address));
  return [
    ...changes.map((change): Effect => {
      const disruption = isPutBack(change) ? [] : (own.get(change.address) ?? []);
      return { address: change.address, change, disruption, severity: judge(change, disruption) };
    }),
    ...[...own]
      .filter(([address]) => !changed.has(address))
      .map(
        ([address, disruption]): Effect => ({ address, change: null, disruption, severity: judge(null, disruption) }),
      ),
  ];
}

function judge(change: Change | null, disruption: readonly Step[]): number | null {
  if (change?.actions.length === 2) return 0;
  if (change?.actions[0] === "delete" || disruption.some(({ op }) => op === "delete")) return 1;
  if (change?.action_reason === "move" || disruption.some(({ op }) => op === "move")) return 2;
  const drains = change?.after?.state === "drained" && change.before?.state !== "drained";
  return drains || disruption.length > 0 ? 3 : null;
}
