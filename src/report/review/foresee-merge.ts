import type { HeldReason } from "../../model/passes/pass.ts";
import { isNoOp } from "../../model/plan/plan.ts";
import type { Review } from "../../model/reviews/review.ts";
import { countNoun } from "../../model/text/count-noun.ts";

/** What a merge does not apply of a request's plan, although the request itself needs no decision. */
export interface MergeForesight {
  /** What a freeze, a closed window or a pause keeps waiting of the request's own changes; null: nothing. */
  readonly wait: MergeWait | null;
  /** What was merged or changed outside before and needs a separate approval. */
  readonly asked: readonly string[];
  /** How many objects stay as they are for another reason. */
  readonly stays: number;
  /** Whether anything of the plan runs after the merge. */
  readonly runs: boolean;
  /** Numbers of the merged requests that change some of the same objects and have to be applied first. */
  readonly behind: readonly number[];
}

/** What of a request's own changes waits after its merge. */
export interface MergeWait {
  /** Whether all of them do. */
  readonly isAll: boolean;
  readonly count: number;
  /** What ends it, after the word "until". */
  readonly until: string;
}

/** Holds that end without a decision about the plan. */
const TEMPORARY: ReadonlySet<HeldReason> = new Set(["freeze", "window", "paused"]);
/** Holds that an approval ends. */
const ASKING: ReadonlySet<HeldReason> = new Set(["approval", "unreviewed"]);

type Planned = Extract<Review["verdict"], { kind: "planned" }>;

/** Foresees what of a plan stays as it is after the merge. Comments, statuses and the page say it in their words. */
export function foreseeMerge(verdict: Planned): MergeForesight {
  const { plan, overlaps, left = [] } = verdict;
  const changed = plan.changes.filter((change) => !isNoOp(change)).map(({ address }) => address);
  const written = new Set([...changed, ...plan.steps.map(({ address }) => address)]);
  const wait = findWait(verdict, written);
  const asked = left.filter(({ reason }) => ASKING.has(reason)).map(({ address }) => address);
  const all = new Set(left.map(({ address }) => address));
  const runs = [...written].some((address) => !all.has(address));
  const behind = overlaps.filter(({ holds }) => holds !== null).map(({ number }) => number);
  return { wait, asked, stays: Math.max(0, all.size - asked.length - (wait?.count ?? 0)), runs, behind };
}

function findWait({ parts, left = [] }: Planned, written: ReadonlySet<string>): MergeWait | null {
  const own = [...parts.request, ...parts.both].filter((address) => written.has(address));
  const waiting = left.filter(({ address, reason }) => own.includes(address) && TEMPORARY.has(reason));
  const [first, ...others] = new Set(waiting.map(({ ends }) => ends ?? "what holds it ends"));
  if (first === undefined) return null;
  const until = others.length === 0 ? first : `${first}, and for some until ${others.join(" or ")}`;
  const addresses = new Set(waiting.map(({ address }) => address));
  return { isAll: addresses.size === new Set(own).size, count: addresses.size, until };
}

/**
 * What stays as it is, in clauses that follow "but" or a colon: `1 object waits until 2026-11-21T12:00:00Z`. The text in `until` is
 * foreign; `relative`: each clause after a noun, `1 object that waits`.
 */
export function listExceptions({ wait, asked, stays }: MergeForesight, relative: boolean): readonly string[] {
  const say = (count: number, one: string, more: string) =>
    `${countNoun(count, "object")} ${relative ? "that " : ""}${count === 1 ? one : more}`;
  return [
    ...(wait === null ? [] : [say(wait.count, `waits until ${wait.until}`, `wait until ${wait.until}`)]),
    ...(asked.length === 0 ? [] : [say(asked.length, "needs a separate approval", "need separate approvals")]),
    ...(stays === 0 ? [] : [say(stays, "is not changed", "are not changed")]),
  ];
}
