import { CAPABILITIES } from "../model/objects/live.ts";
import { IN_FLIGHT } from "../model/plan/foresight.ts";
import { isAllowed } from "../model/plan/is-allowed.ts";
import type { Change } from "../model/plan/plan.ts";
import type { Step } from "../model/plan/step.ts";
import type { ApplyContext } from "./apply-context.ts";

/**
 * The message of a step that was refused permanently. Where its object stays drained, the message says so and names the ways out: the next
 * apply of manifests that want the object in service takes the drain back.
 */
export function explainRefusal(step: Step, message: string, context: ApplyContext): string {
  if (!isDrainedBy(step, context)) return message;
  const { kind, physical_name: name } = step;
  const back = describeWayBack(step, context.changeOf(step));
  const left = `${kind === "queue" ? "Queue" : "Cluster"} ${name} is drained and takes no work.`;
  return `${message} ${left} Applying again without a change is refused again: remove the cause, then apply to continue${back}.`;
}

/** Where objects have states, none is moved or deleted before it is drained, unless its work may be interrupted. */
function isDrainedBy(step: Step, context: ApplyContext): boolean {
  const { kind, op, address } = step;
  const { plan } = context;
  const capabilities = CAPABILITIES[plan.target.generation];
  if (changesPool(step, context)) return capabilities.queue_state;
  if (kind === "cluster") {
    if (!capabilities.cluster_state || (op !== "delete" && op !== "move")) return false;
  } else if (kind !== "queue" || !capabilities.queue_state || op !== "delete") return false;
  return op === "move" || !isAllowed(plan.options.allow, { check: IN_FLIGHT, addresses: [address] });
}

/** Whether a step is the update by which a queue changes its pool. */
function changesPool(step: Step, { changeOf }: Pick<ApplyContext, "changeOf">): boolean {
  if (step.kind !== "queue" || step.op !== "update" || step.set.cluster_pool === undefined) return false;
  const before = changeOf(step)?.before?.cluster_pool;
  return before !== undefined && before !== step.set.cluster_pool;
}

/** The successor of a replaced object is in service: putting the predecessor back would interrupt it, so nothing is suggested. */
function describeWayBack({ op, kind, physical_name: name }: Step, change: Change | undefined): string {
  if (op === "move" || op === "update")
    return `. Or put ${kind} ${name} back into service: undo its move in the manifests, and apply`;
  const isRemoved = change?.after === null;
  return isRemoved ? `. Or put ${kind} ${name} back into service: restore its manifest, and apply` : "";
}
