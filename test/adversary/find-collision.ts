import { createHash } from "node:crypto";
import type { Plan } from "../../src/model/plan/plan.ts";
import { canonicalJson } from "../../src/plan/compare/digest-plan.ts";

/** Stands for the number that the author of a plan is free to choose. */
export const CHOSEN = 424_242;

/** The numbers that give two plans digests with the same beginning. */
export interface Collision {
  readonly shown: number;
  readonly hidden: number;
  /** What both digests begin with. */
  readonly beginning: string;
}

/**
 * Looks for a number for each of two plans that hold {@link CHOSEN}, so that the first hex digits of their digests are the same: what
 * an author can do offline, before anybody sees either plan. Throws where there is none.
 */
export function findCollision(shown: Plan, hidden: Plan, digits: number): Collision {
  const [digestShown, digestHidden] = [digestWith(shown), digestWith(hidden)];
  const [byShown, byHidden] = [new Map<string, number>(), new Map<string, number>()];
  for (let number = 100_000; number < 1_000_000; number++) {
    const [one, other] = [digestShown(number).slice(0, digits), digestHidden(number).slice(0, digits)];
    byShown.set(one, number);
    byHidden.set(other, number);
    const [forOne, forOther] = [byHidden.get(one), byShown.get(other)];
    if (forOne !== undefined) return { shown: number, hidden: forOne, beginning: one };
    if (forOther !== undefined) return { shown: forOther, hidden: number, beginning: other };
  }
  throw new Error(`No two plans share their first ${digits} digits`);
}

/** The digest of a plan as `digestEffect` makes it, with another number in place of {@link CHOSEN}. */
function digestWith({ target, changes, steps, routing }: Plan): (number: number) => string {
  const effects = changes.map(({ origin: _origin, changed_by: _by, changed_at: _at, ...effect }) => effect);
  const parts = canonicalJson({ target, changes: effects, steps, routing }).split(String(CHOSEN));
  return (number) =>
    createHash("sha256")
      .update(parts.join(String(number)))
      .digest("hex");
}
