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
  listSettled,
  listUnbegun,
  listUnfinished,
  sameNames,
  type TakenOut,
} from "../plan/unfinished/undo-commit.ts";
import type { BothFacts } from "./gather-facts.ts";
import { nameRuns } from "./name-runs.ts";

/**
 * Why runs lose nothing by a change that leaves them without a cluster, as they reached none before. `on the way`: the plan's own commit has brought it to them,
 * and was accepted as a whole with what comes after that; or one that is not over has deleted their queue, which had none. `deleted`: it has deleted their queue,
 * which would have none now, though it may have had one then. `given back`: another commit has turned them, whose rollout the plan gives up: it turns them back.
 * Null: they lose what they had, as those do as well that have been turned to what such a rollout has brought.
 */
export type HadNone = "on the way" | "deleted" | "given back" | null;

/**
 * Judges changes by what was there before what is unfinished. `isPart`: what the commit has brought is judged with its whole plan alone. `meant`: what routing
 * comes to by the manifests, with all clusters in service but those that they drain.
 */
export function openHadNone(
  input: CommitInput,
  facts: BothFacts,
  { isPart, meant }: { readonly isPart: boolean; readonly meant: () => RoutingFacts },
): (change: RouteChange) => HadNone {
  const list = (takenOut: TakenOut) => ({
    found: isPart ? [] : listFound(facts.live, input, takenOut),
    settled: listSettled(facts.live, input, takenOut),
  });
  const [former, known] = [listUnbegun(facts.live, input), list("since")];
  const all = [...former, ...known.found, ...known.settled];
  if (all.length === 0) return () => null;
  const asked = expandQuestions([{ kind: "all-runs" }], [facts.live, facts.desired, ...all]);
  const open = (states: () => readonly RoutingFacts[]) => openStates(states, asked);
  const inService = { found: open(() => known.found), settled: open(() => known.settled) };
  const asNow = { found: open(() => list("before").found), settled: open(() => list("before").settled) };
  const [unbegun, members] = [open(() => former), open(() => [meant()])];
  const [live, desired] = [indexFacts(facts.live), indexFacts(facts.desired)];
  // No one can have been sent there since.
  const isGone = ({ before_queue: queue }: RouteChange) => queue !== null && !live.queues.has(queue);
  const isGivenUp = former.length > 0 && former.every((state) => givesUp(input, indexFacts(state), desired));
  return (change) => {
    const hadNone = (state: FormerState) => state.hadNone(change);
    // Where its manifests lead nowhere, the commit was accepted with that: what it found out of service was so before.
    if (inService.found(hadNone) || (asNow.found(hadNone) && members(hadNone))) return "on the way";
    if (isGone(change) && inService.settled(hadNone)) return "on the way";
    if (isGone(change) && asNow.settled(hadNone)) return "deleted";
    return isGivenUp && unbegun((state) => state.isGivenBack(change, live, desired)) ? "given back" : null;
  };
}

interface FormerState {
  readonly hadNone: (change: RouteChange) => boolean;
  readonly isGivenBack: (change: RouteChange, live: FactIndex, desired: FactIndex) => boolean;
}

/** Asks all of some states, one at least. They are routed once the first is asked: few plans lose anything. */
function openStates(
  list: () => readonly RoutingFacts[],
  asked: readonly SingleQuestion[],
): (is: (state: FormerState) => boolean) => boolean {
  let opened: readonly FormerState[] | null = null;
  return (is) => {
    opened ??= list().map((state) => openState(state, asked));
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
