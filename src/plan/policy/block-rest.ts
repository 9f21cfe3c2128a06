import { isDeepStrictEqual } from "node:util";
import type { HeldChange } from "../../model/passes/pass.ts";
import { isAllowed, listFailing } from "../../model/plan/is-allowed.ts";
import { type Check, isNoOp, type Plan } from "../../model/plan/plan.ts";
import { isPutBack } from "../../model/plan/put-back.ts";
import { listSome } from "../../model/text/list-some.ts";
import { type Decision, decideWhatRuns, type Situation } from "./decide-what-runs.ts";
import { findOutOfService } from "./find-out-of-service.ts";

/** Names of what is held, in a message about something else. */
const MOST_NAMED = 5;

/** The part that may run and fails, in the situation of the whole plan. */
interface Rest extends Situation {
  readonly part: Pick<Plan, "changes" | "checks">;
}

/**
 * The same decision where the part that may run fails a check of its own, as it may without what is held: then none of it runs, and what is
 * put back is all that does. Where closed windows are all that keeps the whole plan from running, the rest waits for them, too: nothing fails once
 * they open.
 */
export function blockRest(decision: Decision, rest: Rest): Decision {
  const { exclude: without } = decision;
  const cause = `Fails as long as ${listSome(without, MOST_NAMED)} ${without.length === 1 ? "is" : "are"} held: `;
  const failed = rest.part.checks.filter(({ status }) => status === "fail");
  const checks = failed.map((check) => ({
    ...check,
    message: `${without.length === 0 ? "" : cause}${check.message}`,
  }));
  const stopped = { ...decision, ...NOTHING_RUNS };
  const held = holdForWindow(decision, rest, checks);
  return held === null
    ? { ...stopped, blocked: checks, without }
    : { ...stopped, held: [...decision.held, ...held], rest: { without, checks } };
}

const NOTHING_RUNS = {
  ...{ run: "none", exclude: [], leave: [], allow: [] },
  ...{ approval: null, approved: [] },
} as const satisfies Partial<Decision>;

/** What waits for the same window as all that is held; null: once it opens, something is held by something else, or fails. */
function holdForWindow(
  { held, leave, exclude }: Decision,
  { part: { changes }, ...situation }: Rest,
  [check]: readonly Check[],
): readonly HeldChange[] | null {
  const [first] = held;
  if (first === undefined || check === undefined || leave.length > 0 || exclude.length !== held.length) return null;
  if (held.some(({ reason }) => reason !== "window")) return null;
  // Of several holds the widest is reported: a window hides others.
  const open = decideWhatRuns({ ...situation, policy: { ...situation.policy, windows: [] } });
  if (open.run !== "all" || open.held.length > 0) return null;
  const isHeld = new Set(exclude);
  const out = new Set(findOutOfService({ changes }, situation));
  const rest = changes.filter((change) => !isNoOp(change) && !isPutBack(change) && !isHeld.has(change.address));
  const { ends } = first;
  return rest.map(({ address }) => ({
    ...{ address, reason: "window", message: check.message },
    ...(ends === undefined ? {} : { ends }),
    ...(out.has(address) ? ({ out_of_service: true } as const) : {}),
  }));
}

/**
 * The same before the part is planned, where the last pass found that what is left without the same objects fails; an approval that overrides
 * all of that lets it run.
 */
export function foreseeBlocked(decision: Decision, { rest }: Pick<Situation, "rest">): Decision {
  if (rest === undefined || decision.run !== "part") return decision;
  const isSame = isDeepStrictEqual(decision.exclude.toSorted(), rest.without.toSorted());
  const isOpen = (check: Check) =>
    !isAllowed(decision.allow, { ...check, check: check.name, addresses: listFailing(check) });
  if (!isSame || !rest.checks.some(isOpen)) return decision;
  return { ...decision, ...NOTHING_RUNS, blocked: rest.checks, without: rest.without };
}
