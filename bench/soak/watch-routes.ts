import type { Model } from "../../src/embedded/model/create-model.ts";
import type { State } from "../../src/embedded/state/state.ts";
import type { Names } from "./check-world.ts";
import type { World } from "./world.ts";

/** Looks after every change of the control plane which queues lead nowhere, until it is ended. */
export interface RouteWatch {
  /** Queues that led somewhere once, and nowhere after a later change. */
  readonly lost: ReadonlySet<string>;
  end(): void;
}

/** Begins to look. */
export function watchRoutes(model: Model): RouteWatch {
  const lost = new Set<string>();
  let before = listRouting(model.state);
  const end = model.subscribe(() => {
    const now = listRouting(model.state);
    for (const name of before.difference(now)) lost.add(name);
    before = now;
  });
  return { lost, end };
}

/** Queues in service that reach a cluster in service. */
function listRouting({ queue, cluster, by }: State): ReadonlySet<string> {
  const reaches = (name: string) => {
    const { state, spec } = queue.rows.get(name) ?? {};
    if (state !== "active" || spec === undefined) return false;
    const members = [...(by.members.get(spec.cluster_pool) ?? [])];
    const reached = spec.clusters.includes("*") ? members : members.filter((member) => spec.clusters.includes(member));
    return reached.some((member) => cluster.rows.get(member)?.state === "active");
  };
  return new Set(queue.keys.filter(reaches));
}

/**
 * Queues that were to lead somewhere all the time, in one pool, and once led nowhere, without a plan that told it before. `worlds` are what was
 * wanted since the former rest, `told` the queues that plans named as interrupted.
 */
export function checkRoutes(
  { lost }: RouteWatch,
  worlds: readonly World[],
  names: Names,
  told: ReadonlySet<string>,
): readonly string[] {
  const [first] = worlds;
  const last = worlds.at(-1);
  return [...(last?.queues ?? [])].flatMap(([name, { id, pool }]): readonly string[] => {
    const stays = worlds.every(({ queues }) =>
      [...queues.values()].some((one) => one.id === id && one.pool === pool && !one.drained),
    );
    const physical = names.get(`queue.${name}`) ?? "";
    if (first === undefined || !stays || !lost.has(physical) || told.has(physical)) return [];
    return [`queue ${physical} led nowhere for a while, and no plan told of it`];
  });
}
