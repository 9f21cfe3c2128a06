import type { ApplyReport, StepResult } from "../model/apply-report.ts";
import type { Change, Plan, Summary } from "../model/plan.ts";

/** What a run did, from the results of its steps. */
export function summariseRun(plan: Plan, results: readonly StepResult[]): ApplyReport {
  const open = new Set(results.filter((result) => result.status !== "applied").map((result) => result.address));
  const done = plan.changes.filter((change) => !open.has(change.address));
  return {
    digest: plan.digest,
    status: worstStatus(results),
    steps: results,
    done: countDone(done),
    left_drained: findLeftDrained(results),
  };
}

function worstStatus(results: readonly StepResult[]): ApplyReport["status"] {
  const has = (status: StepResult["status"]) => results.some((result) => result.status === status);
  if (has("failed")) return "failed";
  if (has("cancelled")) return "cancelled";
  return has("waiting") ? "waiting" : "applied";
}

function countDone(changes: readonly Change[]): Summary {
  const count = (matches: (change: Change) => boolean) => changes.filter(matches).length;
  return {
    add: count(({ actions }) => actions.length === 1 && actions[0] === "create"),
    change: count(({ actions }) => actions[0] === "update"),
    replace: count(({ actions }) => actions.length === 2),
    destroy: count(({ actions }) => actions.length === 1 && actions[0] === "delete"),
  };
}

/**
 * What was drained on the way to something that did not come about, in this run or an earlier one that this one went on with:
 * it takes no work until someone goes on. What is back in service, or gone, is not among it.
 */
function findLeftDrained(results: readonly StepResult[]): readonly string[] {
  const key = ({ kind, physical_name }: StepResult) => `${kind}.${physical_name}`;
  const unfinished = new Set(results.filter((result) => result.status !== "applied" && result.op !== "drain").map(key));
  const back = new Set(results.filter(({ code }) => code === "reactivated" || code === "vanished").map(key));
  const drained = results.filter(isOutOfService).map(key);
  return [...new Set(drained)].filter((name) => unfinished.has(name) && !back.has(name)).sort();
}

function isOutOfService({ op, until, status }: StepResult): boolean {
  if (op === "drain") return status === "applied";
  return until === "drained" && (status === "applied" || status === "waiting");
}
