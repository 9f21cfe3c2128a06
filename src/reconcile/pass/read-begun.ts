import { isDeepStrictEqual } from "node:util";
import type { Begun, TargetState } from "../../model/daemon/daemon-records.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { listEffects } from "../../plan/compare/list-effects.ts";
import { nameQueue, nameWritten } from "../../plan/policy/follow-begun.ts";
import { readPhase } from "../../store/plans/upgrade-plan.ts";
import type { PassTools } from "./pass-tools.ts";

/**
 * What the rollout of a revision has begun, as {@link nameWritten} names it. Where the last one was of another revision, what of it this plan does in
 * the very same way: nothing else of a newer revision has begun, and nothing that is drained waits for what it has to do with.
 */
export async function readBegun(
  { store, records, config }: Pick<PassTools, "store" | "records" | "config">,
  state: TargetState | null,
  { revision, plan }: { readonly revision: string; readonly plan: Pick<Plan, "changes"> },
): Promise<ReadonlySet<string>> {
  const begun = state?.begun === undefined ? recoverBegun(state) : state.begun;
  if (begun === null) return new Set();
  const written = begun.run === null ? [] : await store.readWritten(begun.run);
  const names = new Set([...begun.objects, ...written.flatMap(nameWritten)]);
  if (begun.revision === revision) return names;
  const former = begun.digest === undefined ? null : await records.readPlan(config.name, begun.digest);
  return former === null ? new Set() : findContinued(names, former.plan, plan);
}

/** What of a rollout, by its names, a later plan continues: it does the same to that object and no more, or puts back what was drained for it. */
function findContinued(
  names: ReadonlySet<string>,
  former: Pick<Plan, "changes">,
  plan: Pick<Plan, "changes">,
): ReadonlySet<string> {
  const continued = plan.changes.filter((change) => {
    if (!names.has(change.address) && !names.has(nameQueue(change))) return false;
    const effectsIn = (one: Pick<Plan, "changes">) => listEffects(one, (address) => address === change.address);
    const effects = effectsIn(plan);
    if (effects.length === 0 || isActivation(change)) return true;
    return isDeepStrictEqual(effects, effectsIn(former)) && (setsFields(change) || makesSame(change, former));
  });
  return new Set(continued.flatMap((change) => [change.address, nameQueue(change)]).filter((name) => names.has(name)));
}

/** Whether the effects of a change say each value that it sets. */
function setsFields({ action }: Plan["changes"][number]): boolean {
  return action === "update" || action === "move";
}

/** Whether a plan makes the very same of that object. */
function makesSame({ address, action, after }: Plan["changes"][number], { changes }: Pick<Plan, "changes">): boolean {
  return changes.some((one) => one.address === address && one.action === action && isDeepStrictEqual(one.after, after));
}

/** Whether a change does nothing but put a drained object into service again, as where the rollout that drained it was reverted. */
function isActivation({ action, before, after }: Plan["changes"][number]): boolean {
  if (action !== "update" || before?.state !== "drained" || after?.state !== "active") return false;
  return isDeepStrictEqual({ ...before, state: "active" }, after);
}

/** An older release wrote no more of it than what its last pass did. */
function recoverBegun(state: TargetState | null): Begun | null {
  const last = state?.last_pass ?? null;
  if (last?.revision == null || last.outcome.kind !== "waiting") return null;
  const { steps } = last.outcome.report;
  const reported = steps.filter(({ op, status }) => status === "waiting" || (status === "applied" && op !== "await"));
  const names = reported.flatMap((step) => nameWritten({ ...step, phase: step.phase ?? readPhase(step) }));
  return { revision: last.revision, objects: [...new Set(names)], run: null };
}
