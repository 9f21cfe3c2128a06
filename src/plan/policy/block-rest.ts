import { isDeepStrictEqual } from "node:util";
import { isAllowed, listFailing } from "../../model/plan/is-allowed.ts";
import type { Check, Plan } from "../../model/plan/plan.ts";
import { listSome } from "../../model/text/list-some.ts";
import type { Decision, Situation } from "./decide-what-runs.ts";

/** Names of what is held, in a message about something else. */
const MOST_NAMED = 5;

/**
 * The same decision where the part that may run fails a check of its own, as it may without what is held: then none of it runs, and what is
 * put back is all that does.
 */
export function blockRest(decision: Decision, { checks }: Pick<Plan, "checks">): Decision {
  const { exclude: without } = decision;
  const cause = `Fails as long as ${listSome(without, MOST_NAMED)} ${without.length === 1 ? "is" : "are"} held: `;
  const failed = checks.filter(({ status }) => status === "fail");
  const blocked = failed.map((check) => ({
    ...check,
    message: `${without.length === 0 ? "" : cause}${check.message}`,
  }));
  const stopped = {
    ...decision,
    run: "none",
    exclude: [],
    leave: [],
    allow: [],
    approval: null,
    approved: [],
  } as const;
  return { ...stopped, blocked, without };
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
  return { ...blockRest(decision, { checks: [] }), blocked: rest.checks, without: rest.without };
}
