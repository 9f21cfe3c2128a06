import type { JsonObject } from "../../model/json/json.ts";
import type { LiveQueue } from "../../model/objects/live.ts";
import { QUEUE_DEFAULTS } from "../../model/objects/spec.ts";
import type { Change } from "../../model/plan/plan.ts";
import type { Draft, StepDraft } from "../draft/draft-step.ts";
import type { World } from "../input/index-world.ts";

/**
 * Where a control plane takes one fairness only, a queue that has another one from an earlier generation can be updated only together
 * with it, regardless of what the update is about: the steps set it, and the change and a notice say so.
 */
export function resetFairness(draft: Draft, { capabilities, queues }: World): void {
  if (capabilities.fairness) return;
  const { fairness } = QUEUE_DEFAULTS;
  const reset: StepDraft[] = [];
  draft.steps.forEach((step, index) => {
    if (step.kind !== "queue" || step.op !== "update") return;
    const live = queues.get(step.physical_name);
    if (live === undefined || live.spec.fairness === fairness) return;
    draft.steps[index] = { ...step, set: { ...step.set, fairness } };
    reset.push(step);
  });
  for (const { address, physical_name } of new Map(reset.map((step) => [step.physical_name, step])).values()) {
    const live = queues.get(physical_name);
    if (live === undefined) continue;
    draft.changes.forEach((change, index) => {
      if (change.address === address) draft.changes[index] = showReset(change, live);
    });
    const message = `Queue ${physical_name} is updated, which also sets its fairness to ${fairness}: this control plane no longer accepts ${live.spec.fairness}.`;
    draft.notices.push({ code: "fairness-reset", message, addresses: [address] });
  }
}

/** A cluster's change has the fields of its queue under `queue`. What is about another queue of the address is for the notice alone. */
function showReset(change: Change, { name, spec }: LiveQueue): Change {
  const { before, after, address } = change;
  if (before === null || after === null || change.physical_name !== name) return change;
  const set = (fields: JsonObject, fairness: string): JsonObject =>
    address.startsWith("queue.")
      ? { ...fields, fairness }
      : { ...fields, queue: { ...(fields.queue as JsonObject | undefined), fairness } };
  return { ...change, before: set(before, spec.fairness), after: set(after, QUEUE_DEFAULTS.fairness) };
}
