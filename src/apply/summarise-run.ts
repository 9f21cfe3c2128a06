import type { Address } from "../model/address.ts";
import type { DrainedObject } from "../model/ledger/refusal.ts";
import type { ApplyReport, StepResult } from "../model/plan/apply-report.ts";
import type { Plan } from "../model/plan/plan.ts";
import { summariseChanges } from "../model/plan/summarise-changes.ts";

/** What a run knows beside its steps; each left out: nothing. */
interface Beside {
  /** The addresses that it has given up. */
  readonly refused?: readonly Address[];
  /** What earlier runs had drained on its way when it began. */
  readonly earlier?: readonly DrainedObject[];
}

/** The report of a run, from the results of its steps. */
export function summariseRun(
  plan: Plan,
  results: readonly StepResult[],
  { refused = [], earlier = [] }: Beside = {},
): ApplyReport {
  const open = new Set(results.filter((result) => result.status !== "applied").map((result) => result.address));
  const done = plan.changes.filter((change) => !open.has(change.address));
  return {
    digest: plan.digest,
    status: worstStatus(results),
    steps: results,
    done: summariseChanges(done, plan.steps),
    begun: findBegun(plan, results, open),
    left_drained: findLeftDrained(results, listStillOut(plan, earlier)),
    ...(refused.length === 0 ? {} : { refused }),
  };
}

function worstStatus(results: readonly StepResult[]): ApplyReport["status"] {
  const has = (status: StepResult["status"]) => results.some((result) => result.status === status);
  if (has("failed")) return "failed";
  if (has("cancelled")) return "cancelled";
  return has("waiting") ? "waiting" : "applied";
}

/** Changes that are partly applied. */
function findBegun(plan: Plan, results: readonly StepResult[], open: ReadonlySet<Address>): readonly Address[] {
  const written = new Set(
    results.filter(({ status, op }) => status === "applied" && op !== "await").map(({ address }) => address),
  );
  const back = new Set(results.filter(isTakenBack).map(({ address }) => address));
  return plan.changes
    .map(({ address }) => address)
    .filter((address) => open.has(address) && written.has(address) && !back.has(address));
}

function isTakenBack({ phase, status }: StepResult): boolean {
  return phase === "take-back" && status === "applied";
}

/** What earlier runs have drained on its way, and the plan has found out of service and does not leave so: no step of this run may show that. */
function listStillOut({ changes }: Plan, earlier: readonly DrainedObject[]): readonly string[] {
  const out = new Set(
    changes.flatMap(({ address, before, after, physical_name, previous_physical_name: previous }) => {
      const kind = address.slice(0, address.indexOf("."));
      const isOut = before?.state === "draining" || before?.state === "drained";
      return isOut && after?.state !== "drained" ? [physical_name, previous].map((name) => `${kind}.${name}`) : [];
    }),
  );
  return earlier.map(({ kind, name }) => `${kind}.${name}`).filter((name) => out.has(name));
}

/**
 * The objects that were drained for a change that did not complete, in this run or an earlier one that it continued (`earlier`): they take no
 * work until a later run continues. Objects that are back in service, or gone, are not among them.
 */
function findLeftDrained(results: readonly StepResult[], earlier: readonly string[]): readonly string[] {
  const key = ({ kind, physical_name }: StepResult) => `${kind}.${physical_name}`;
  const unfinished = new Set(results.filter((result) => result.status !== "applied" && !isDrain(result)).map(key));
  const back = new Set(results.filter(isBack).map(key));
  const drained = [...earlier, ...results.filter(isOutOfService).map(key)];
  return [...new Set(drained)].filter((name) => unfinished.has(name) && !back.has(name)).sort();
}

function isBack({ op, status, code }: StepResult): boolean {
  return code === "reactivated" || code === "vanished" || (op === "activate" && status === "applied");
}

/** Where nothing else is left to do, the drain itself was the change. */
function isDrain({ op, until }: StepResult): boolean {
  return op === "drain" || until === "drained";
}

function isOutOfService({ op, until, status }: StepResult): boolean {
  if (op === "drain") return status === "applied";
  return until === "drained" && (status === "applied" || status === "waiting");
}
