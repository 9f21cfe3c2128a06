import { workKeysOfCluster } from "../../src/embedded/state/work-in-flight.ts";
import type { World } from "./open-model.ts";
import type { Draw } from "./walk-plan.ts";

/** Puts work in flight on some queues in service, on clusters that they name or on none that is known. */
export function putWork({ model }: World, draw: Draw): void {
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

/** Lets some of the work end. */
export function endSomeWork({ model }: World, draw: Draw): void {
  const ending = [...model.state.work.rows.keys()].filter(() => draw(1) === 0);
  model.commit(ending.map((key) => ({ table: "work" as const, key, record: null })));
}

/** Keys of the work that a write would hit: what is on a cluster that it deletes or moves, or in a queue that it deletes. */
export function workAtRisk({ model }: World, method: string, name: string): readonly string[] {
  switch (method) {
    case "deleteCluster":
    case "moveCluster":
      return workKeysOfCluster(model.state, name);
    case "deleteQueue":
      return [...(model.state.by.workOfQueue.get(name) ?? [])];
    default:
      return [];
  }
}
