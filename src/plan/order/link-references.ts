import type { Notice } from "../../model/plan/plan.ts";
import { listSome } from "../../model/text/list-some.ts";
import { showInLine } from "../../model/text/show-text.ts";
import { type Draft, type Fact, fact, type StepDraft } from "../draft/draft-step.ts";
import { compareText } from "../input/index-world.ts";

/**
 * Settings name queues: one is named only once it takes work and has a cluster, and goes out of service only once no setting that changes names it.
 * What the `loose` steps would wait for is left out, with a notice of the runs that it concerns: settings for their new queue, drains for
 * the settings of their queue.
 */
export function linkReferences({ steps, notices }: Pick<Draft, "steps" | "notices">, loose: ReadonlySet<string>): void {
  const settings = steps.filter(({ kind }) => kind === "settings");
  if (settings.length === 0) return;
  const left = new Set(settings.flatMap(({ gives }) => gives));
  const registered = new Set(
    steps.filter(({ kind, op }) => kind === "cluster" && op === "create").map((step) => step.physical_name),
  );
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
    if ((op === "drain" || op === "delete") && left.has(fact.unreferred(queue))) {
      if (loose.has(id)) notices.push(noteLeft(step, settings));
      else step.needs.push(fact.unreferred(queue));
    }
  }
  for (const step of settings) {
    const isLeft = (need: Fact) => loose.has(step.id) || (loose.has(keyOf(step)) && isServed(need));
    const left = step.needs.filter(isLeft);
    notices.push(...noteEarly({ ...step, needs: left }, steps));
    step.needs.splice(0, step.needs.length, ...step.needs.filter((need) => !isLeft(need)));
  }
}

/**
 * Opens a circle that settings are part of: their new queue can serve only once their old one is out of service. A queue that comes
 * back under its name may be drained while settings name it, and so may any whose successor is not there yet, as the control plane refuses
 * settings that name no live queue. Otherwise the settings are written without waiting for their new queue: first for its cluster only. Of several
 * steps the smallest becomes `loose`. False where none can.
 */
export function loosenReferences(circle: readonly string[], steps: readonly StepDraft[], loose: Set<string>): boolean {
  const stepOf = new Map(steps.map((step) => [step.id, step]));
  const members = circle.flatMap((id) => stepOf.get(id) ?? []);
  const returning = new Set(steps.filter(({ op }) => op === "activate").map(({ physical_name }) => physical_name));
  // Each waits for the one after it, the last for the first.
  const turns = members.flatMap((step, index) => {
    const giver = members[(index + 1) % members.length];
    const waiter = members.at(index - 1);
    if (step.kind !== "settings" || giver === undefined || waiter === undefined || loose.has(step.id)) return [];
    const drain = waiter.op === "drain" && !loose.has(waiter.id) ? waiter : undefined;
    const isUnserved = giver.gives.some((given) => isServed(given) && step.needs.includes(given));
    return [{ settings: step, drain, isLive: isUnserved || !steps.some((other) => brings(other, step.needs)) }];
  });
  turns.sort((one, other) => compareText(one.settings.id, other.settings.id));
  const first =
    turns.find(({ drain }) => drain !== undefined && returning.has(drain.physical_name))?.drain ??
    turns.find(({ drain, isLive }) => drain !== undefined && !isLive)?.drain ??
    turns.find(({ isLive }) => isLive)?.settings ??
    turns[0]?.settings;
  if (first === undefined) return false;
  const waits = first.kind === "settings" && first.needs.some((need) => isServed(need) && gives(steps, need));
  loose.add(waits ? keyOf(first) : first.id);
  return true;
}

/** Under which settings that do not wait for their queue's cluster are `loose`; that it is there they wait for all the same. */
function keyOf({ id }: StepDraft): string {
  return `cluster of ${id}`;
}

function gives(steps: readonly StepDraft[], need: Fact): boolean {
  return steps.some((step) => step.gives.includes(need));
}

/** Whether a step makes a queue that is needed and not live. */
function brings({ kind, op, gives }: StepDraft, needs: readonly Fact[]): boolean {
  return kind !== "settings" && (op === "create" || op === "undelete") && gives.some((given) => needs.includes(given));
}

/** Scopes named in a notice; more are counted. */
const NAMED_SCOPES = 10;

/** Of a queue that goes out of service while settings name it. */
function noteLeft({ address, physical_name: queue }: StepDraft, settings: readonly StepDraft[]): Notice {
  const leaving = settings.filter(({ gives }) => gives.includes(fact.unreferred(queue)));
  const next = listSome([...new Set(leaving.flatMap(({ needs }) => needs.flatMap((need) => nameQueue(need) ?? [])))]);
  return {
    code: "interruption",
    message: `Queue ${queue} goes out of service while settings of ${listScopes(leaving)} still name it, because ${next} takes work only after that: until they name ${next}, runs there that name no queue are refused.`,
    addresses: [address, ...leaving.map((step) => step.address)],
    queues: [queue],
  };
}

/** Of settings that name a queue before it takes work: there, but drained for a while, or without its cluster. */
function noteEarly(step: StepDraft, steps: readonly StepDraft[]): readonly Notice[] {
  const coming = step.needs.filter((need) => gives(steps, need));
  const queues = [...new Set(coming.flatMap((need) => nameQueue(need) ?? []))];
  return queues.map((queue) => ({
    code: "interruption",
    message: `Settings of ${listScopes([step])} name queue ${queue} before it takes work: until then, runs there that name no queue are refused or wait.`,
    addresses: [step.address],
    queues: [queue],
  }));
}

function listScopes(settings: readonly StepDraft[]): string {
  return listSome(
    settings.map((step) => showInLine(step.physical_name)),
    NAMED_SCOPES,
  );
}

/** The queue that settings wait for by a need; null: it is another need. */
function nameQueue(need: Fact): string | null {
  const kind = [fact.queue(""), SERVED].find((start) => need.startsWith(start));
  return kind === undefined ? null : need.slice(kind.length);
}

const SERVED = fact.served("");
const isServed = (one: Fact) => one.startsWith(SERVED);
