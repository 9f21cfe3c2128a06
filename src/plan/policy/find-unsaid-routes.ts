import { PLACED_KINDS } from "../../kinds/registry.ts";
import type { Address } from "../../model/address.ts";
import type { Plan, Route, RunRoute } from "../../model/plan/plan.ts";
import type { Step } from "../../model/plan/step.ts";

type AnyRoute = Route | RunRoute;

/**
 * The addresses of a plan that change where work goes in a way that an approved plan did not say: a cluster leaves or joins a queue for
 * which that was not shown, or work leaves a cluster and less is left for it than was shown. What an earlier part of the approved plan
 * brought about on its way is said: to continue from there is what was approved.
 */
export function findUnsaidRoutes(plan: Plan, approved: Plan): ReadonlySet<Address> {
  const said = indexRoutes(approved);
  return new Set(plan.routing.flatMap((route) => blame(plan, route, listUnsaid(route, said))));
}

/** What an approved plan says of routes. */
interface Said {
  readonly routes: ReadonlyMap<string, AnyRoute>;
  /** Names of the clusters and queues that its steps write to. */
  readonly clusters: ReadonlySet<string>;
  readonly queues: ReadonlySet<string>;
  /** Clusters that it creates. */
  readonly newcomers: ReadonlySet<string>;
  /** Whether it writes to what decides the queues of runs. */
  readonly writesPlaces: boolean;
}

function indexRoutes({ routing, steps }: Plan): Said {
  const writes = steps.filter(({ op }) => op !== "await");
  const named = (kind: Step["kind"], ops?: ReadonlySet<string>) =>
    new Set(
      writes.filter((step) => step.kind === kind && ops?.has(step.op) !== false).map((step) => step.physical_name),
    );
  return {
    routes: new Map(routing.map((route) => [nameRoute(route), route])),
    clusters: named("cluster"),
    queues: named("queue"),
    newcomers: named("cluster", CREATES),
    writesPlaces: writes.some(isPlaced),
  };
}

const CREATES: ReadonlySet<string> = new Set(["create", "undelete"]);
const PLACED: ReadonlySet<string> = new Set(PLACED_KINDS);

function isPlaced({ kind }: Step): boolean {
  return PLACED.has(kind);
}

/** What a route is the route of. */
export function nameRoute(route: AnyRoute): string {
  if (!("system" in route)) return `queue ${route.queue}`;
  return JSON.stringify([route.system, route.project, route.domain, route.workflow]);
}

/** The clusters that leave or join a route though that was not said; `null` stands for what is left of the route as a whole. */
function listUnsaid(route: AnyRoute, said: Said): readonly (string | null)[] {
  const shown = said.routes.get(nameRoute(route)) ?? said.routes.get(`queue ${route.queue}`);
  const [before, after] = [new Set(route.before ?? []), new Set(route.after ?? [])];
  const [shownBefore, shownAfter] = [new Set(shown?.before ?? []), new Set(shown?.after ?? [])];
  const isWritten = said.queues.has(route.queue ?? "") || ("system" in route && said.writesPlaces);
  const leaving = [...before].filter((name) => !after.has(name));
  const joining = [...after].filter((name) => !before.has(name));
  const maySwitch = (name: string) => isWritten && (said.clusters.has(name) || "system" in route);
  // Where work went to a cluster that was not there yet, it began to on the way.
  const mayLeave = (name: string) =>
    !shownAfter.has(name) && (shownBefore.has(name) || said.newcomers.has(name) || maySwitch(name));
  const mayJoin = (name: string) => {
    if (shown !== undefined) {
      return shownAfter.has(name) && (!shownBefore.has(name) || isWritten || said.clusters.has(name));
    }
    // A queue that was out of service or written out on the way is set back, and a queue of its own goes along with a cluster.
    const isBack = isWritten && (route.before === null || said.clusters.has(name) || "system" in route);
    return isBack || name === route.queue;
  };
  const isLess = leaving.length > 0 && [...shownAfter].some((name) => !after.has(name));
  return [
    ...leaving.filter((name) => !mayLeave(name)),
    ...joining.filter((name) => !mayJoin(name)),
    ...(isLess ? [null] : []),
  ];
}

/** Whose doing it is: the cluster's that leaves or joins, else the queue's or the place's, else it is unknown. */
function blame(plan: Plan, route: AnyRoute, unsaid: readonly (string | null)[]): readonly Address[] {
  return unsaid.flatMap((cluster) => {
    const own = cluster === null ? [] : findWriters(plan, "cluster", cluster);
    if (own.length > 0) return own;
    const queues = route.queue === null ? [] : findWriters(plan, "queue", route.queue);
    const places = "system" in route ? plan.steps.filter(isPlaced).map(({ address }) => address) : [];
    const others = [...queues, ...places];
    return others.length > 0 ? others : plan.steps.map(({ address }) => address);
  });
}

function findWriters({ steps }: Plan, kind: Step["kind"], name: string): readonly Address[] {
  return steps.filter((step) => step.kind === kind && step.physical_name === name).map(({ address }) => address);
}
