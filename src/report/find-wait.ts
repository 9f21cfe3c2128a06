import type { HeldReason } from "../model/pass.ts";
import type { Review } from "../model/review.ts";

/** What of a request's own changes waits after its merge, though nobody has to decide about it. */
export interface MergeWait {
  /** Whether all of them do. */
  readonly isAll: boolean;
  readonly count: number;
  /** What ends it, after the word "until". */
  readonly until: string;
}

/** Holds that end without a decision about the plan. */
const TEMPORARY: ReadonlySet<HeldReason> = new Set(["freeze", "window", "paused"]);

/** Finds what a freeze, a closed window or a pause keeps waiting after the merge; null: nothing of what the request itself changes. */
export function findWait({
  plan,
  parts,
  left = [],
}: Extract<Review["verdict"], { kind: "planned" }>): MergeWait | null {
  const own = new Set<string>([...parts.request, ...parts.both]);
  const changed = plan.changes.filter(({ actions }) => actions[0] !== "no-op").map(({ address }) => address);
  const written = new Set([...changed, ...plan.steps.map(({ address }) => address)].filter((name) => own.has(name)));
  const waiting = left.filter(({ address, reason }) => written.has(address) && TEMPORARY.has(reason));
  const [first, ...others] = new Set(waiting.map(({ ends }) => ends ?? "what holds it ends"));
  if (first === undefined) return null;
  const until = others.length === 0 ? first : `${first}, and for some until ${others.join(" or ")}`;
  const addresses = new Set(waiting.map(({ address }) => address));
  return { isAll: addresses.size === written.size, count: addresses.size, until };
}
