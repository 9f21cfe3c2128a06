import {
  DEFAULT_QUEUE_KEY,
  describeScope,
  formatScope,
  listScopesAbove,
  type SettingsScope,
  UNSET,
} from "../../model/objects/settings.ts";
import type { FactIndex } from "./index-facts.ts";
import type { Place, RouteCluster, RouteReason } from "./route.ts";
import { answerWith, type RouteAnswer, RULE_OF_CONTROL_PLANE } from "./route-answer.ts";
import type { ClusterFact, QueueFact } from "./routing-facts.ts";

/** The queue of runs for which no settings name one. */
export const LAST_QUEUE = "default";

/**
 * Where a run goes that names no queue: the narrowest scope with `run.default_queue` gives the queue, a key that is unset there
 * ends the search, and without one it is the queue `default`. Not known where a scope on the way may not be read. `queueOf` answers for queues.
 */
export function routeBySettings(index: FactIndex, place: Place, queueOf: (queue: string) => RouteAnswer): RouteAnswer {
  const { queue, because } = findDefaultQueue(index, place);
  if (queue === null) return { queue, outcome: "unknown", clusters: [], because };
  const answer = queueOf(queue);
  return { ...answer, because: [...because, ...answer.because] };
}

/** Where the work of a queue goes: to the clusters of its pool that its selector takes, as far as they are in service. */
export function routeByQueue(index: FactIndex, name: string): RouteAnswer {
  const queue = index.queues.get(name);
  if (queue === undefined)
    return refuse(name, `there is no queue "${name}": the run is refused`, RULE_OF_CONTROL_PLANE);
  if (!queue.active) return refuse(name, `queue "${name}" takes no work: the run is refused`, queue.source);
  const members = index.members.get(queue.pool) ?? [];
  const named = new Set(queue.clusters);
  const chosen = named.has("*") ? members : members.filter(({ name }) => named.has(name));
  const inService = chosen.filter((cluster) => cluster.in_service);
  const because = [
    describeSelector(queue),
    ...describeStrangers(index, queue),
    ...describeMembers(chosen),
    ...describeHealth(queue, inService),
  ];
  return { ...answerWith(inService.map(describeCluster), because), queue: name };
}

function refuse(queue: string, rule: string, source: string): RouteAnswer {
  return { queue, outcome: "refused", clusters: [], because: [{ rule, source }] };
}

/** The queue, or null where it is unknown. */
interface DefaultQueue {
  readonly queue: string | null;
  readonly because: readonly RouteReason[];
}

function findDefaultQueue({ settings, unreadable }: FactIndex, place: Place): DefaultQueue {
  const unseen: string[] = [];
  const missed = (): readonly RouteReason[] =>
    unseen.length === 0
      ? []
      : [{ rule: `not read, so taken as empty: the settings of ${unseen.join(", ")}`, source: "not read" }];
  const scope = { domain: place.domain, project: place.domain === null ? null : place.project };
  for (const level of listScopesAbove(scope).toReversed()) {
    const own = settings.get(formatScope(level));
    const value = own?.values[DEFAULT_QUEUE_KEY];
    if (value === undefined && unreadable.has(formatScope(level))) return hide(level);
    if (own === undefined) unseen.push(describeScope(level));
    if (own === undefined || value === undefined) continue;
    const unset = value === UNSET;
    const rule = unset
      ? `${DEFAULT_QUEUE_KEY} is unset for ${describeScope(level)}, which ends the search: queue "${LAST_QUEUE}"`
      : `${DEFAULT_QUEUE_KEY} of ${describeScope(level)} is "${value}"`;
    return { queue: unset ? LAST_QUEUE : String(value), because: [...missed(), { rule, source: own.source }] };
  }
  const rule = `no settings name a queue, so it is "${LAST_QUEUE}"`;
  return { queue: LAST_QUEUE, because: [...missed(), { rule, source: RULE_OF_CONTROL_PLANE }] };
}

function hide(level: SettingsScope): DefaultQueue {
  const rule = `permission denied for the settings of ${describeScope(level)}, which may name a queue`;
  return { queue: null, because: [{ rule, source: "not read" }] };
}

function describeSelector({ name, pool, clusters, source }: QueueFact): RouteReason {
  const which = clusters.includes("*") ? "every cluster" : clusters.length === 0 ? "no cluster" : clusters.join(", ");
  return { rule: `queue "${name}" takes ${which} of pool "${pool}"`, source };
}

/** Clusters that the selector names and that its pool does not have: they get nothing. */
function describeStrangers({ clusters }: FactIndex, queue: QueueFact): readonly RouteReason[] {
  return queue.clusters.flatMap((name) => {
    const cluster = clusters.get(name);
    if (name === "*" || cluster?.pool === queue.pool) return [];
    const where = cluster === undefined ? "does not exist" : `is in pool "${cluster.pool}"`;
    return [{ rule: `cluster "${name}" ${where} and gets nothing`, source: cluster?.source ?? queue.source }];
  });
}

function describeMembers(chosen: readonly ClusterFact[]): readonly RouteReason[] {
  return chosen.flatMap(({ name, in_service, healthy, source }) => {
    if (!in_service) return [{ rule: `cluster "${name}" is out of service`, source }];
    return healthy === false
      ? [{ rule: `cluster "${name}" is unhealthy: nothing is sent to it until it recovers`, source }]
      : [];
  });
}

function describeHealth({ name, source }: QueueFact, inService: readonly ClusterFact[]): readonly RouteReason[] {
  if (inService.length === 0) return [{ rule: `work in queue "${name}" reaches no cluster`, source }];
  const stuck = inService.every(({ healthy }) => healthy === false);
  return stuck ? [{ rule: `work waits in queue "${name}" until a cluster is healthy`, source }] : [];
}

function describeCluster({ name, healthy }: ClusterFact): RouteCluster {
  // No server reports how a queue divides work among clusters.
  return { name, share: null, healthy };
}
