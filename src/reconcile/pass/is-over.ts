import { DEFAULT_QUEUE_KEY } from "../../model/objects/settings.ts";
import type { PassOutcome } from "../../model/passes/pass.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Step } from "../../model/plan/step.ts";
import { isCarriedOut } from "./next-state.ts";
import type { Findings } from "./walk-pass.ts";

/**
 * Whether all that was written until now is over, so that later plans are judged by what is live alone: nothing is left to do of the revision; or what is held
 * for people has no part in where work goes, so that what the whole plan was judged by is live; or who reaches a cluster is as it was when all was over last, so
 * that it makes no difference which of both later plans are judged by. Otherwise what is held may be the other half of what was written.
 */
export function isOver(outcome: PassOutcome, { planned }: Pick<Findings, "planned">): boolean {
  if (isCarriedOut(outcome, { planned })) return true;
  if (planned === null || (outcome.kind !== "applied" && outcome.kind !== "held")) return false;
  const { whole, part, decision } = planned;
  const written = new Set(outcome.kind === "held" ? [] : (part ?? whole).steps.map(({ address }) => address));
  const held = new Set(outcome.held.map(({ address }) => address));
  // What a part leaves out with what is held is left as well, and so is what is held of an object that it writes to.
  const isLeft = ({ address }: Step) => held.has(address) || !written.has(address);
  const left = whole.steps.filter((step) => isLeft(step) && !decision.drift.holds.has(step.address));
  if (!failsLoss(whole) && left.every(leavesRoutes)) return true;
  return planned.isFresh && outcome.kind === "applied" && planned.part?.routing.every(keepsService) === true;
}

/** Whether the check that finds losses fails, counted or not: what fails beside something held may be known to count only later. */
function failsLoss({ checks }: Plan): boolean {
  return checks.some(
    ({ name, status, beside_drift }) => name === "black-hole" && (status === "fail" || beside_drift === true),
  );
}

/** Whether a step is an update that changes nothing of where work goes, as that of a limit. */
function leavesRoutes(step: Step): boolean {
  if (step.op !== "update") return false;
  switch (step.kind) {
    case "queue":
      return step.set.clusters === undefined && step.set.cluster_pool === undefined;
    case "settings":
      return !(DEFAULT_QUEUE_KEY in step.set.settings) && !step.set.cleared.includes(DEFAULT_QUEUE_KEY);
    default:
      return step.kind === "cluster_pool";
  }
}

/**
 * Whether those who reach a cluster reach one afterwards, and no others do. Those that are refused from then on are so as a manifest says, and lose nothing by what
 * comes later.
 */
function keepsService(route: Plan["routing"][number]): boolean {
  if ("system" in route && (route.before_outcome === "unknown" || route.after_outcome === "unknown")) return false;
  const [had, has] = [route.before, route.after].map((clusters) => clusters !== null && clusters.length > 0);
  return had === has || (had === true && route.after === null);
}
