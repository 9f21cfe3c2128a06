import type { RouteChange } from "../plan/routing/compare-routes.ts";
import { expandQuestions } from "../plan/routing/expand-questions.ts";
import { findRow } from "../plan/routing/find-row.ts";
import { type FactIndex, indexFacts } from "../plan/routing/index-facts.ts";
import { resolveRoutes } from "../plan/routing/resolve-routes.ts";
import type { Route } from "../plan/routing/route.ts";
import { findPool } from "../plan/routing/route-by-pool-attributes.ts";
import type { RoutingFacts } from "../plan/routing/routing-facts.ts";
import { type CommitInput, listFound, listUnbegun } from "../plan/unfinished/undo-commit.ts";
import type { BothFacts } from "./gather-facts.ts";
import { nameRuns } from "./name-runs.ts";

/**
 * Why runs lose nothing by a change that leaves them without a cluster, as they reached none before. `on the way`: the plan's own commit has brought it to them,
 * and was accepted as a whole with what comes after that. `given back`: an earlier commit has, whose rollout is not finished, and the plan undoes that.
 * Null: they lose what they had.
 */
export type HadNone = "on the way" | "given back" | null;

/** Judges changes by what was there before what is unfinished. */
export function openHadNone(input: CommitInput, facts: BothFacts): (change: RouteChange) => HadNone {
  const found = listFound(facts.live, input).map((state) => openState(state, facts));
  const unbegun = listUnbegun(facts.live, input).map((state) => openState(state, facts));
  const [live, desired] = [indexFacts(facts.live), indexFacts(facts.desired)];
  return (change) => {
    if (found.length > 0 && found.every((state) => state.hadNone(change))) return "on the way";
    const isGivenBack = unbegun.length > 0 && unbegun.every((state) => state.isGivenBack(change, live, desired));
    return isGivenBack ? "given back" : null;
  };
}

interface FormerState {
  readonly hadNone: (change: RouteChange) => boolean;
  readonly isGivenBack: (change: RouteChange, live: FactIndex, desired: FactIndex) => boolean;
}

function openState(state: RoutingFacts, { live, desired }: BothFacts): FormerState {
  const former = indexFacts(state);
  const asked = expandQuestions([{ kind: "all-runs" }], [live, desired, state]);
  const routes = new Map(resolveRoutes(state, asked).map((route) => [nameRuns(route), route]));
  return {
    hadNone: (change) => NO_CLUSTER.has(routes.get(nameRuns(change))?.outcome),
    isGivenBack: (change, live, desired) => {
      const route = routes.get(nameRuns(change));
      if (route?.outcome === "routed") return false;
      const was = findWay(former, change, route?.queue ?? null);
      if (was !== findWay(desired, change, change.queue)) return false;
      // Those that stay on their way lose what these rollouts have brought there, and this plan takes back to where it was.
      return (
        was !== findWay(live, change, change.before_queue) ||
        listLost(change).every((name) => isBack(name, former, desired))
      );
    },
  };
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

function listLost({ before, after }: RouteChange): readonly string[] {
  return (before ?? []).filter((name) => after?.includes(name) !== true);
}

function isBack(name: string, former: FactIndex, desired: FactIndex): boolean {
  return former.clusters.get(name)?.pool === desired.clusters.get(name)?.pool;
}
