import type { RouteChange } from "../plan/routing/compare-routes.ts";
import { expandQuestions, type SingleQuestion } from "../plan/routing/expand-questions.ts";
import { findRow } from "../plan/routing/find-row.ts";
import { type FactIndex, indexFacts } from "../plan/routing/index-facts.ts";
import { resolveRoutes } from "../plan/routing/resolve-routes.ts";
import type { Route } from "../plan/routing/route.ts";
import { findPool } from "../plan/routing/route-by-pool-attributes.ts";
import type { ClusterFact, QueueFact, RoutingFacts } from "../plan/routing/routing-facts.ts";
import {
  type CommitInput,
  listFound,
  listFoundByDelete,
  listUnbegun,
  listUnfinished,
  sameNames,
} from "../plan/unfinished/undo-commit.ts";
import type { BothFacts } from "./gather-facts.ts";
import { nameRuns } from "./name-runs.ts";

/**
 * Why runs lose nothing by a change that leaves them without a cluster, as they reached none before. `on the way`: the plan's own commit has brought it to them,
 * and was accepted as a whole with what comes after that; or one that is not over has deleted their queue, which had none. `deleted`: the plan's own commit has
 * deleted their queue, which would have none now, though it may have had one then. `given back`: another commit has turned them, whose rollout the plan gives
 * up: it turns them back. Null: they lose what they had, as those do as well that have been turned to what such a rollout has brought.
 */
export type HadNone = "on the way" | "deleted" | "given back" | null;

/** Judges changes by what was there before what is unfinished. `isPart`: what the commit has brought is judged with its whole plan alone. */
export function openHadNone(input: CommitInput, facts: BothFacts, isPart: boolean): (change: RouteChange) => HadNone {
  if ((input.routing_writes ?? []).length === 0) return () => null;
  const [live, desired] = [indexFacts(facts.live), indexFacts(facts.desired)];
  const open = (states: () => readonly RoutingFacts[]) => openStates(states, facts);
  const found = open(() => (isPart ? [] : listFound(facts.live, input, "since")));
  const foundOut = open(() => (isPart ? [] : listFound(facts.live, input, "before")));
  const former = listUnbegun(facts.live, input);
  const unbegun = open(() => former);
  const isGivenUp = former.length > 0 && former.every((state) => givesUp(input, indexFacts(state), desired));
  const byDelete = new Map<string, AskStates>();
  const askByDelete = (queue: string): AskStates => {
    const ask = byDelete.get(queue) ?? open(() => listFoundByDelete(facts.live, input, queue));
    byDelete.set(queue, ask);
    return ask;
  };
  return (change) => {
    const { before_queue: queue } = change;
    const hadNone = (state: FormerState) => state.hadNone(change);
    if (found(hadNone)) return "on the way";
    // To a queue that is deleted no one can have been sent since.
    const isGone = queue !== null && !live.queues.has(queue);
    if (isGone && askByDelete(queue)(hadNone)) return "on the way";
    if (isGone && foundOut(hadNone)) return "deleted";
    return isGivenUp && unbegun((state) => state.isGivenBack(change, live, desired)) ? "given back" : null;
  };
}

interface FormerState {
  readonly hadNone: (change: RouteChange) => boolean;
  readonly isGivenBack: (change: RouteChange, live: FactIndex, desired: FactIndex) => boolean;
}

/** Asks all of some states; false where there are none. */
type AskStates = (is: (state: FormerState) => boolean) => boolean;

/** They are routed once the first is asked: few plans lose anything. */
function openStates(list: () => readonly RoutingFacts[], { live, desired }: BothFacts): AskStates {
  let opened: readonly FormerState[] | null = null;
  const openAll = () => {
    const states = list();
    const asked = expandQuestions([{ kind: "all-runs" }], [live, desired, ...states]);
    return states.map((state) => openState(state, asked));
  };
  return (is) => {
    opened ??= openAll();
    return opened.length > 0 && opened.every(is);
  };
}

function openState(state: RoutingFacts, asked: readonly SingleQuestion[]): FormerState {
  const former = indexFacts(state);
  const routes = new Map(resolveRoutes(state, asked).map((route) => [nameRuns(route), route]));
  return {
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
