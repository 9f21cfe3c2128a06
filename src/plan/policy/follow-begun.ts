import type { WrittenEntry } from "../../model/ledger/ledger.ts";
import type { ApplyReport } from "../../model/plan/apply-report.ts";
import { isNoOp, type Plan } from "../../model/plan/plan.ts";

/** What is known of what a rollout has begun, before and after a pass. */
export interface BegunFacts {
  /** What it had begun before, as {@link nameWritten} names it. */
  readonly before: ReadonlySet<string>;
  /** All that was to be done. */
  readonly plan: Pick<Plan, "changes" | "steps">;
  /** What of it was decided to run; null: nothing. */
  readonly part: Pick<Plan, "steps"> | null;
  /** What the pass applied of that; null: nothing. */
  readonly report: Pick<ApplyReport, "steps"> | null;
}

/**
 * Follows what a rollout has begun and not finished. It is begun with the first write for its sake, together with all that its own steps come
 * after: a queue that was drained for the move of a cluster goes into service after that move. What was held has not begun, also where something
 * that ran comes after it in the whole plan: a queue that was written out is set back without it. What has begun is finished once no step of it
 * is left, and a queue that was written out once it is set back: what other writers do to it after that is another matter.
 */
export function followBegun({ before, plan, part, report }: BegunFacts): readonly string[] {
  const changes = plan.changes.filter((change) => !isNoOp(change));
  const left = new Set<string>([...plan.steps.map(({ address }) => address), ...changes.map(nameQueue)]);
  const results = report?.steps ?? [];
  const written = results.filter(({ status, op }) => op !== "await" && status === "applied");
  const open = new Set(results.filter(({ status }) => status !== "applied").flatMap(nameSetBack));
  const touched = new Set(results.flatMap(nameSetBack));
  const takenBack = listTakenBack(results);
  const isDone = (name: string) => takenBack.has(name) || (touched.has(name) && !open.has(name));
  const names = addDependencies(new Set(written.flatMap(nameWritten)), part?.steps ?? []);
  const kept = [...before].filter((name) => left.has(name));
  return [...new Set([...kept, ...names])].filter((name) => !isDone(name)).sort();
}

/** The names, and the addresses whose steps those of the names come after, directly or not. */
function addDependencies(names: ReadonlySet<string>, steps: Plan["steps"]): ReadonlySet<string> {
  const owner = new Map<string, string>(steps.map(({ id, address }) => [id, address]));
  const stepsOf = Map.groupBy(steps, ({ address }): string => address);
  const all = new Set(names);
  // A loop over a set visits what is added during the loop, too.
  for (const name of all) {
    for (const id of (stepsOf.get(name) ?? []).flatMap(({ after }) => after)) all.add(owner.get(id) ?? name);
  }
  return all;
}

/** The addresses at which what was drained for a refused change was put back into service. */
function listTakenBack(results: ApplyReport["steps"]): ReadonlySet<string> {
  const back = results.filter(({ phase, status }) => phase === "take-back" && status === "applied");
  return new Set(back.map(({ address }) => address));
}

/** What a write begins: the change that it is for, and the `*` queue that it writes out temporarily, by its name in the control plane. */
export function nameWritten({ phase, address, physical_name }: WrittenEntry): readonly string[] {
  return phase === "write-out" ? [address, `queue.${physical_name}`] : [address];
}

/** What a step ends once nothing of it is left: the change that it is for, and the queue that it sets back, by its name in the control plane. */
function nameSetBack({ phase, address, physical_name }: WrittenEntry): readonly string[] {
  return phase === "restore" ? [address, `queue.${physical_name}`] : [address];
}

/** The addresses of a plan that were begun. */
export function findBegun(plan: Pick<Plan, "changes">, names: ReadonlySet<string>): ReadonlySet<string> {
  const queues = plan.changes.filter((change) => names.has(nameQueue(change))).map(({ address }) => address);
  return new Set([...names, ...queues]);
}

/** A queue by its name in the control plane; any other object by its address. */
export function nameQueue({ address, physical_name }: Plan["changes"][number]): string {
  return address.startsWith("queue.") ? `queue.${physical_name}` : address;
}
