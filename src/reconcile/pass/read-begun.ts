import type { Begun, TargetState } from "../../model/daemon/daemon-records.ts";
import { nameWritten } from "../../plan/policy/follow-begun.ts";
import { readPhase } from "../../store/plans/upgrade-plan.ts";
import type { PassTools } from "./pass-tools.ts";

/** What the rollout of a revision has begun, as {@link nameWritten} names it; nothing where the last one was of another revision. */
export async function readBegun(
  { store }: Pick<PassTools, "store">,
  state: TargetState | null,
  revision: string,
): Promise<ReadonlySet<string>> {
  const begun = state?.begun === undefined ? recoverBegun(state) : state.begun;
  if (begun === null || begun.revision !== revision) return new Set();
  const written = begun.run === null ? [] : await store.readWritten(begun.run);
  return new Set([...begun.objects, ...written.flatMap(nameWritten)]);
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
