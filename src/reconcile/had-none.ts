import type { RouteChange } from "../plan/routing/compare-routes.ts";
import { expandQuestions } from "../plan/routing/expand-questions.ts";
import { findRow } from "../plan/routing/find-row.ts";
import { type FactIndex, indexFacts } from "../plan/routing/index-facts.ts";
import { resolveRoutes } from "../plan/routing/resolve-routes.ts";
import type { Route } from "../plan/routing/route.ts";
import { findPool } from "../plan/routing/route-by-pool-attributes.ts";
import type { ClusterFact, QueueFact, RoutingFacts } from "../plan/routing/routing-facts.ts";
import { type CommitInput, listFound, listUnbegun, listUnfinished, sameNames } from "../plan/unfinished/undo-commit.ts";
import type { BothFacts } from "./gather-facts.ts";
import { nameRuns } from "./name-runs.ts";

/**
 * Why runs lose nothing by a change that leaves them without a cluster, as they reached none before. `on the way`: the plan's own commit has brought it to them,
 * and was accepted as a whole with what comes after that. `given back`: another commit has turned them, whose rollout the plan gives up: it turns them
 * back. Null: they lose what they had, as those do as well that have been turned to what such a rollout has brought.
 */
export type HadNone = "on the way" | "given back" | null;

/** Judges changes by what was there before what is unfinished. `isPart`: what the commit has brought is judged with its whole plan alone. */
export function openHadNone(input: CommitInput, facts: BothFacts, isPart: boolean): (change: RouteChange) => HadNone {
  const found = isPart ? [] : listFound(facts.live, input).map((state) => openState(state, facts));
  const unbegun = listUnbegun(facts.live, input).map((state) => openState(state, facts));
  if (found.length + unbegun.length === 0) return () => null;
  const [live, desired] = [indexFacts(facts.live), indexFacts(facts.desired)];
  const isGivenUp = unbegun.length > 0 && unbegun.every(({ former }) => givesUp(input, former, desired));
  return (change) => {
    if (found.length > 0 && found.every((state) => state.hadNone(change))) return "on the way";
    return isGivenUp && unbegun.every((state) => state.isGivenBack(change, live, desired)) ? "given back" : null;
  };
}

interface FormerState {
  readonly former: FactIndex;
  readonly hadNone: (change: RouteChange) => boolean;
  readonly isGivenBack: (change: RouteChange, live: FactIndex, desired: FactIndex) => boolean;
}

function openState(state: RoutingFacts, { live, desired }: BothFacts): FormerState {
  const former = indexFacts(state);
  const asked = expandQuestions([{ kind: "all-runs" }], [live, desired, state]);
  const routes = new Map(resolveRoutes(state, asked).map((route) => [nameRuns(route), route]));
  return {
    former,
    hadNone: (change) => NO_CLUSTER.has(routes.get(nameRuns(change))?.outcome),
    isGivenBack: (change, live, desired) => {
      const route = routes.get(nameRuns(change));
      const was = findWay(former, change, route?.queue ?? null);
      const isTurnedBack =
        was === findWay(desired, change, change.queue) && was !== findWay(live, change, change.before_queue);
      return isTurnedBack && route?.outcome !== "routed";
    },
  };
}

/**
 * Whether all clusters and queues that unfinished rollouts of others have written to, one at least, are after a plan where they were before these, and serve
 * where they did. A queue that they have made may stay, and says nothing.
 */
function givesUp(input: CommitInput, former: FactIndex, desired: FactIndex): boolean {
  const written = listUnfinished(input).flatMap(({ kind, name }): readonly boolean[] => {
    if (kind === "cluster") return [isClusterBack(former.clusters.get(name), desired.clusters.get(name))];
    if (kind !== "queue") return [];
    const [was, is] = [former.queues.get(name), desired.queues.get(name)];
    return was === undefined && is !== undefined ? [] : [isQueueBack(was, is)];
  });
  return written.length > 0 && written.every((isBack) => isBack);
}

function isClusterBack(was: ClusterFact | undefined, is: ClusterFact | undefined): boolean {
  if (was === undefined || is === undefined) return was === is;
  return was.pool === is.pool && (is.in_service || !was.in_service);
}

function isQueueBack(was: QueueFact | undefined, is: QueueFact | undefined): boolean {
  if (was === undefined || is === undefined) return was === is;
  return was.pool === is.pool && sameNames(was.clusters, is.clusters) && (is.active || !was.active);
}

const NO_CLUSTER: ReadonlySet<Route["outcome"] | undefined> = new Set(["nowhere", "refused"]);

/** What runs are led by, in a state: their queue, their pool, or their label. */
function findWay(
  index: FactIndex,
  { system, project, domain, workflow }: RouteChange,
  queue: string | null,
): string | null {
  if (system === "queues") return queue;
  if (project === null) return null;
  const scope = { project, domain, workflow };
  if (system === "cluster_pool_attributes") return findPool(index, scope);
  return findRow(index.labels, scope)?.row.value ?? null;
}
