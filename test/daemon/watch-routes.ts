import { onTestFinished } from "vitest";
import type { Model } from "../../src/embedded/model/create-model.ts";
import type { State } from "../../src/embedded/state/state.ts";

/**
 * Looks after each write whether every queue that once sent work somewhere still does, until the running test ends. Gives the
 * list that those which don't are noted in. `interrupted` are left out: the plan says that they are.
 */
export function watchRoutes(model: Model, interrupted: readonly string[] = []): readonly string[] {
  const lost: string[] = [];
  const once = new Set<string>();
  const look = () => {
    const routes = readRoutes(model.state);
    for (const name of routes.keys()) once.add(name);
    for (const name of once) if (!routes.has(name) && !interrupted.includes(name)) lost.push(name);
  };
  look();
  onTestFinished(model.subscribe(look));
  return lost;
}

/** The queues in service that reach a cluster in service, with those clusters. */
export function readRoutes({ queue, cluster }: State): ReadonlyMap<string, readonly string[]> {
  const clusters = [...cluster.rows.values()].filter(({ state }) => state === "active");
  const routes = [...queue.rows.values()].flatMap(({ name, state, spec }) => {
    const reached = clusters
      .filter(({ pool }) => pool === spec.cluster_pool)
      .map((member) => member.name)
      .filter((member) => spec.clusters.includes("*") || spec.clusters.includes(member));
    return state === "active" && reached.length > 0 ? [[name, reached] as const] : [];
  });
  return new Map(routes);
}
