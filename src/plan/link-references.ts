import { fact, type StepDraft } from "./draft.ts";
import { compareText } from "./index-world.ts";

/**
 * Settings name queues: one is named only once it takes work, and goes out of service only once no setting that changes names it.
 * The settings of `loose` steps do not wait, so that no circle is closed.
 */
export function linkReferences(steps: readonly StepDraft[], loose: ReadonlySet<string>): void {
  const settings = steps.filter(({ kind }) => kind === "settings");
  if (settings.length === 0) return;
  const left = new Set(settings.flatMap(({ gives }) => gives));
  for (const step of settings) if (loose.has(step.id)) step.needs.length = 0;
  for (const step of steps) {
    if (step.kind !== "queue" && step.kind !== "cluster") continue;
    const { op, physical_name: queue } = step;
    if (op === "create" || op === "activate" || op === "undelete") step.gives.push(fact.queue(queue));
    // With the first one, the server makes sure of this queue.
    if (step.kind === "cluster" && op === "create") step.gives.push(fact.queue("default"));
    if ((op === "drain" || op === "delete") && left.has(fact.unreferred(queue))) {
      step.needs.push(fact.unreferred(queue));
    }
  }
}

/**
 * Where settings are part of a circle (their new queue can serve only once their old one is gone), the smallest of them is written
 * without waiting for its queue. False where none is.
 */
export function loosenSettings(circle: readonly string[], steps: readonly StepDraft[], loose: Set<string>): boolean {
  const members = new Set(circle);
  const candidates = steps
    .filter(({ id, kind }) => kind === "settings" && members.has(id) && !loose.has(id))
    .sort((left, right) => compareText(left.id, right.id));
  const [first] = candidates;
  if (first === undefined) return false;
  loose.add(first.id);
  return true;
}
