import { workKeysOfCluster } from "../../src/embedded/work-in-flight.ts";
import type { Step } from "../../src/model/plan.ts";
import type { World } from "./open-model.ts";

/** Puts work in flight on some queues, on clusters that they name or on none that is known. */
export function putWork({ model }: World, draw: (most: number) => number): void {
  for (const queue of [...model.state.queue.rows.values()]) {
    if (queue.state !== "active" || draw(1) === 0) continue;
    // No work can be on a cluster that is out of service.
    const members = [...(model.state.by.members.get(queue.spec.cluster_pool) ?? [])]
      .filter((name) => model.state.cluster.rows.get(name)?.state === "active")
      .sort();
    const named =
      queue.spec.clusters[0] === "*" ? members : queue.spec.clusters.filter((name) => members.includes(name));
    if (named.length === 0) continue;
    const cluster = draw(1) === 0 ? null : (named[draw(named.length - 1)] ?? null);
    const work = { runs: 1 + draw(3), actions: draw(5), depth: cluster === null ? draw(3) : 0 };
    const record = { queue: queue.name, cluster, ...work, peak: work, since: model.now() };
    model.commit([{ table: "work", key: `${queue.name}/${cluster ?? ""}`, record }]);
  }
}

/** Lets the work end that a wait waits for. */
export function finishWork(step: Step, { model }: World): void {
  const keys =
    step.kind === "queue"
      ? [...model.state.work.rows.values()].filter((work) => work.queue === step.physical_name).map(keyOf)
      : [...workKeysOfCluster(model.state, step.physical_name)];
  model.commit(keys.map((key) => ({ table: "work" as const, key, record: null })));
}

/** Keys of the work that a step would hit: what is on a cluster that it deletes or moves, or in a queue that it deletes. */
export function workAtRisk(step: Step, { model }: World): readonly string[] {
  if (step.op !== "delete" && step.op !== "move") return [];
  if (step.kind === "cluster") return workKeysOfCluster(model.state, step.physical_name);
  return [...model.state.work.rows.values()].filter((work) => work.queue === step.physical_name).map(keyOf);
}

function keyOf({ queue, cluster }: { readonly queue: string; readonly cluster: string | null }): string {
  return `${queue}/${cluster ?? ""}`;
}
