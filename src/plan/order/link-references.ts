import { fact, type StepDraft } from "../draft/draft-step.ts";
import { compareText } from "../input/index-world.ts";

/**
 * Settings name queues: one is named only once it takes work, and goes out of service only once no setting that changes names it.
 * What the `loose` steps would wait for is left out: settings for their new queue, drains for the settings of their queue.
 */
export function linkReferences(steps: readonly StepDraft[], loose: ReadonlySet<string>): void {
  const settings = steps.filter(({ kind }) => kind === "settings");
  if (settings.length === 0) return;
  const left = new Set(settings.flatMap(({ gives }) => gives));
  const registered = new Set(
    steps.filter(({ kind, op }) => kind === "cluster" && op === "create").map((step) => step.physical_name),
  );
  for (const step of settings) if (loose.has(step.id)) step.needs.length = 0;
  for (const step of steps) {
    if (step.kind !== "queue" && step.kind !== "cluster") continue;
    const { id, op, until, physical_name: queue } = step;
    if (op === "create" || op === "activate" || op === "undelete") step.gives.push(fact.queue(queue));
    // A queue that is left from an earlier registration routes nowhere before it names the new one.
    if (step.kind === "queue" && op === "update" && registered.has(queue) && step.set?.clusters !== undefined) {
      step.gives.push(fact.queue(queue));
    }
    // What a new cluster is waited for holds for settings as for queues that name it.
    if (
      step.kind === "cluster" &&
      op === "await" &&
      !step.optional &&
      (until === "registered" || until === "healthy")
    ) {
      step.gives.push(fact.queue(queue));
    }
    // Runs that settings send there would come after it was seen idle.
    if (step.kind === "queue" && op === "await" && until === "idle" && left.has(fact.unreferred(queue))) {
      step.needs.push(fact.unreferred(queue));
    }
    // With the first one, the server makes sure of this queue.
    if (step.kind === "cluster" && op === "create") step.gives.push(fact.queue("default"));
    if ((op === "drain" || op === "delete") && left.has(fact.unreferred(queue)) && !loose.has(id)) {
      step.needs.push(fact.unreferred(queue));
    }
  }
}

/**
 * Opens a circle that settings are part of: their new queue can serve only once their old one is out of service. A queue that comes
 * back under its name may be drained while settings name it; where there is none, the settings are written without waiting for
 * their new queue. Of several steps the smallest becomes `loose`. False where none can.
 */
export function loosenReferences(circle: readonly string[], steps: readonly StepDraft[], loose: Set<string>): boolean {
  const members = new Set(circle);
  const candidates = steps
    .filter(({ id }) => members.has(id) && !loose.has(id))
    .sort((left, right) => compareText(left.id, right.id));
  const returning = new Set(steps.filter(({ op }) => op === "activate").map(({ physical_name }) => physical_name));
  const first =
    candidates.find(({ op, physical_name }) => op === "drain" && returning.has(physical_name)) ??
    candidates.find(({ kind }) => kind === "settings");
  if (first === undefined) return false;
  loose.add(first.id);
  return true;
}
