import type { Notice } from "../../model/plan/plan.ts";
import { listSome } from "../../model/text/list-some.ts";
import type { Finding } from "../compare/finding.ts";
import { ignores } from "../decide/assign-registrations.ts";
import type { Decisions } from "../decide/decisions.ts";
import { listStillNarrowed } from "../decide/find-own-writes.ts";
import { isLive, isWildcard, type World } from "../input/index-world.ts";
import type { FullRoute, Routing } from "../outcome/compute-routing.ts";
import { factsOfLive } from "../routing/facts-of-live.ts";
import { indexFacts } from "../routing/index-facts.ts";
import { routeByQueue } from "../routing/route-by-queue.ts";
import { openTakenAway, type TakenAway } from "../unfinished/taken-away.ts";
import { listFound, wasDrained } from "../unfinished/undo-commit.ts";
import { findLeftBehind } from "./find-ownership-risks.ts";

/**
 * Queues that would route nowhere by selector and membership: declared ones, queue `default`, and `*` queues of others. Where one that no
 * manifest names routed nowhere before, nothing changes for anyone. Of a declared one that routes nowhere already, and stays as it is, the plan
 * takes no route away: `noteNowhere` says so.
 */
export function findBlackHoles(routing: Routing, decisions: Decisions): readonly Finding[] {
  const { routeOf } = routing;
  const { queues, clusters, world } = decisions;
  const taken = openTakenAway(decisions.input);
  const findings: Finding[] = [];
  const explainUnhealthy = createExplainUnhealthy(world);
  const service = { meant: listDrainedClusters(decisions), wasServed: openServed(decisions) };
  const judge = (queue: string, address: string | undefined) => {
    const route = routeOf(queue);
    if (route.reach.after === null) return;
    if (route.reach.after.length === 0) findings.push(...describeBlackHole(route, address, { decisions, taken }));
    else if (address !== undefined || endsService(route))
      findings.push(...findUnhealthy(route, address ?? `queue.${queue}`, { explain: explainUnhealthy, service }));
  };
  for (const { physical, desired } of queues) judge(physical, desired.address);
  for (const { physical, desired } of clusters) judge(physical, desired.address);
  if (!queues.some(({ physical }) => physical === "default")) judge("default", undefined);
  return [...findings, ...findEmptiedPools(routing, { decisions, taken }, service)];
}

/** A plan's decisions, and what unfinished rollouts have taken out of pools. */
interface Judged {
  readonly decisions: Decisions;
  readonly taken: TakenAway;
}

/**
 * Queues that no manifest governs: those of `*` whose pool has clusters now, or had before an unfinished rollout, and would keep none, and any whose clusters
 * manifests drain: one finding for each pool. What this plan replaces or removes, or earlier ones left behind, is none of them; nor is queue `default`, which is judged by itself.
 */
function findEmptiedPools(
  { routeOf, touched }: Routing,
  { decisions, taken }: Judged,
  service: Service,
): readonly Finding[] {
  const { queues, clusters, leftovers, world, departures, input } = decisions;
  if (departures.size + taken.pools.length === 0) return [];
  const isLeftBehind = findLeftBehind(decisions);
  const narrowed = new Set(listStillNarrowed(input));
  const known = new Set(
    [...queues, ...clusters].flatMap(({ physical, predecessors }) => [
      physical,
      ...predecessors.map(({ name }) => name),
    ]),
  );
  for (const { object } of leftovers.removals) if (object.kind === "queue") known.add(object.name);
  // A killed run has created the successor without recording it: what is on record is the registration that is replaced.
  const declared = new Set<string>(queues.map(({ desired }) => desired.address));
  for (const { kind, address, physical_name } of input.owned)
    if (kind === "queue" && declared.has(address)) known.add(physical_name);
  const bereft = taken.pools.flatMap((pool) => (world.queuesOf.get(pool) ?? []).map(({ name }) => name));
  // One that is written out was * before, though other writers may have taken away what it was written out as.
  const reachBefore = ({ queue, pool, reach }: FullRoute) =>
    narrowed.has(queue) ? (world.members.get(pool) ?? []) : (reach.before ?? []);
  const strangers = [...new Set([...touched, ...bereft])].filter((name) => {
    const queue = world.queues.get(name);
    return queue !== undefined && name !== "default" && !known.has(name) && !isLeftBehind(queue);
  });
  const routes = strangers.map(routeOf);
  const takesAll = (name: string) => isWildcard(world.queues.get(name)?.spec.clusters ?? []) || narrowed.has(name);
  const emptied = routes.filter(
    (route) =>
      takesAll(route.queue) &&
      (losesService(route, service) ||
        (route.reach.after?.length === 0 &&
          (reachBefore(route).length > 0 || hadClusters(route, undefined, { decisions, taken })))),
  );
  const isEmptied = new Set(emptied);
  const drained = routes.filter((route) => endsService(route) && !isEmptied.has(route));
  const warnings = [...Map.groupBy(drained, ({ pool }) => pool)].map(([pool, routes]): Finding => {
    const names = routes.map(({ queue }) => queue);
    const message = `${describeStrangers(names)} would have no cluster in service in pool ${pool}.`;
    const leaving = routes.flatMap(({ before }) => before ?? []).map((name) => departures.get(name)?.address);
    return { check: "black-hole", status: "warn", message, ...concern(names, leaving) };
  });
  const failures = [...Map.groupBy(emptied, ({ pool }) => pool)].map(([pool, routes]): Finding => {
    const names = routes.map(({ queue }) => queue);
    const leaving = [
      ...routes.flatMap(reachBefore).map((name) => departures.get(name)?.address),
      ...names.flatMap((name) => taken.listFor(pool, [`queue.${name}`])).map(({ address }) => address),
    ];
    const message = `${describeStrangers(names)} would route nowhere: pool ${pool} would have no cluster left${routes.some(({ reach }) => reach.after?.length !== 0) ? " in service" : ""}. Keep one there, or have the users of the ${names.length === 1 ? "queue" : "queues"} move their work first.`;
    return { check: "black-hole", status: "fail", message, ...concern(names, leaving) };
  });
  return [...failures, ...warnings];
}

function describeStrangers(names: readonly string[]): string {
  return `${names.length === 1 ? "Queue" : "Queues"} ${listSome(names)}, which no manifest names,`;
}

/** The queues, by their names in the control plane, and the addresses of what leaves them. */
function concern(queues: readonly string[], leaving: readonly (string | undefined)[]) {
  return {
    addresses: [...new Set(leaving.filter((address) => address !== undefined))],
    queues,
    concerns: queues.map((name) => `queue.${name}`),
  };
}

/**
 * Whether a live queue routes nowhere and stays as it is, and no unfinished rollout has made it so: with that it may be so on the way only, and was
 * accepted by no one.
 */
function isNowhereAlready(route: FullRoute, address: string, judged: Judged): boolean {
  const { queue, reach, isKept } = route;
  if (reach.before?.length !== 0 || reach.after?.length !== 0 || !isKept) return false;
  if (hadClusters(route, address, judged)) return false;
  const { written = [], owned } = judged.decisions.input;
  const isIt = ({ kind, physical_name }: { readonly kind: string; readonly physical_name: string }) =>
    kind === "queue" && physical_name === queue;
  const isTurned = written.some((write) => isIt(write) && ROUTING.some((field) => field in write.set));
  // One that it has brought was never there for its users.
  return !isTurned && !owned.some((object) => isIt(object) && object.revision !== null);
}

/** What of a queue says where it routes. */
const ROUTING = ["clusters", "cluster_pool", "state"];

/** Whether a live queue reaches a cluster, in service or not, or did so before an unfinished rollout took it away. */
function hadClusters(
  { queue, reach, pool }: FullRoute,
  address: string | undefined,
  { decisions, taken }: Judged,
): boolean {
  if (reach.before === null || reach.before.length > 0) return reach.before !== null;
  const { clusters = [] } = decisions.world.queues.get(queue)?.spec ?? {};
  const left = taken.listFor(pool, [`queue.${queue}`, ...(address === undefined ? [] : [address])]);
  return left.some(({ cluster }) => isWildcard(clusters) || clusters.includes(cluster));
}

function describeBlackHole(route: FullRoute, address: string | undefined, judged: Judged): readonly Finding[] {
  const { queue, pool, reach } = route;
  const isLost = reach.before?.length === 0 && !hadClusters(route, address, judged);
  if (address === undefined ? isLost : isNowhereAlready(route, address, judged)) return [];
  const fails = address !== undefined || reach.before !== null;
  const message = `Queue ${queue} would route nowhere: pool ${pool} would have no cluster that its selector names. Put a cluster into the pool, or point the queue elsewhere.`;
  const status = fails ? "fail" : "warn";
  return [{ check: "black-hole", status, message, addresses: [address ?? `queue.${queue}`], queues: [queue] }];
}

/**
 * Health stands beside the check: a queue whose every cluster is unhealthy, or out of service as its manifest has it, is a warning. One that the plan takes
 * its last cluster in service from fails where another stays out of service that no manifest drains: as it was drained by hand, say, or disabled.
 */
function findUnhealthy(
  route: FullRoute,
  address: string,
  { explain, service }: { readonly explain: ExplainUnhealthy; readonly service: Service },
): readonly Finding[] {
  const reasons = explain(route);
  if (reasons === null) return [];
  const message = `Queue ${route.queue} would have no cluster that takes work: ${reasons}.`;
  const status = losesService(route, service) ? "fail" : "warn";
  return [{ check: "black-hole", status, message, addresses: [address], queues: [route.queue] }];
}

/** Whether a plan takes a queue its last cluster in service, and leaves it others. */
function endsService({ before, after, reach }: FullRoute): boolean {
  return (before ?? []).length > 0 && after?.length === 0 && reach.after?.length !== 0;
}

/**
 * Whether it does so where one of the others is out of service that no manifest drains, and users of the queue lose what they had: not what the plan's own commit
 * has brought there on its way.
 */
function losesService(route: FullRoute, service: Service): boolean {
  const isOther = route.reach.after?.some((name) => !service.meant.has(name)) === true;
  return endsService(route) && isOther && service.wasServed(route.queue);
}

/** What decides whether a queue that comes to have no cluster in service loses one. */
interface Service {
  /** As {@link listDrainedClusters} gives them. */
  readonly meant: ReadonlySet<string>;
  /** False: before the plan's commit wrote anything, a queue reached no cluster in service, took no work, or was not there. */
  readonly wasServed: (queue: string) => boolean;
}

function openServed({ input }: Decisions): Service["wasServed"] {
  const { live, options, revision, routing_writes = [] } = input;
  const isBegun = routing_writes.some((write) => write.revision === revision);
  if (!isBegun || options.target.length + options.exclude.length > 0) return () => true;
  const found = listFound(factsOfLive(live, [], null), input, "since").map(indexFacts);
  return (queue) => found.length === 0 || found.some((facts) => routeByQueue(facts, queue).outcome === "routed");
}

/**
 * The clusters that their manifests want out of service, or wanted when they were applied last, where none says otherwise: where one ignores the state, as
 * long as no one else has chosen it. What a rollout has drained on its way is none of them: where it stays so, it is as if by hand.
 */
function listDrainedClusters({ clusters, world, input }: Decisions): ReadonlySet<string> {
  const wanted = new Set<string>(
    clusters.filter((cluster) => !ignores(cluster, "state")).map(({ desired }) => desired.address),
  );
  const isFree = (cluster: Decisions["clusters"][number]) =>
    ignores(cluster, "state") && world.clusters.get(cluster.physical)?.state === "active";
  const out = clusters.filter((cluster) => cluster.desired.state === "drained" && !isFree(cluster));
  const drained = input.owned.filter((object) => !wanted.has(object.address) && wasDrained(object));
  return new Set([...out.map(({ physical }) => physical), ...drained.map(({ physical_name }) => physical_name)]);
}

/** Why no cluster of a route takes work; null when one does. */
type ExplainUnhealthy = (route: FullRoute) => string | null;

/** Clusters that a message names; more are counted. */
const SHOWN_CLUSTERS = 20;

/** Explains the one list that all `*` queues of a pool have only once. */
function createExplainUnhealthy(world: World): ExplainUnhealthy {
  const known = new Map<readonly string[] | null, string | null>();
  return ({ after, reach }) => {
    const found = known.get(reach.after);
    if (found !== undefined) return found;
    const reasons = listReasons(reach.after ?? [], new Set(after), world);
    const more = (reasons?.length ?? 0) - SHOWN_CLUSTERS;
    const shown = reasons?.slice(0, SHOWN_CLUSTERS).join(", ") ?? null;
    const text = more > 0 ? `${shown} and ${more} more` : shown;
    known.set(reach.after, text);
    return text;
  };
}

function listReasons(
  reached: readonly string[],
  inService: ReadonlySet<string>,
  world: World,
): readonly string[] | null {
  const reasons: string[] = [];
  for (const name of reached) {
    const reason = inService.has(name) ? describeHealth(name, world) : describeOut(name, world);
    if (reason === null) return null;
    reasons.push(reason);
  }
  return reasons;
}

function describeOut(name: string, { clusters }: World): string {
  return `${name} is ${clusters.get(name)?.enabled === false ? "disabled" : "drained"}`;
}

/** Why a cluster in service takes no work; null when it does, or is not there yet. */
function describeHealth(name: string, world: World): string | null {
  const cluster = world.clusters.get(name);
  if (cluster === undefined || !isLive(cluster)) return null;
  if (cluster.health !== "unhealthy") return null;
  return `${name} is unhealthy${cluster.unhealthy_reasons.length > 0 ? `: ${cluster.unhealthy_reasons.join("; ")}` : ""}`;
}

/** Queues that a replacement leaves behind or takes away, and those that lose their last cluster, so that no user sends work there. */
export function noteLeftBehind({ routeOf, touched }: Routing, decisions: Decisions): readonly Notice[] {
  const { queues, clusters, leftovers, world } = decisions;
  const successors = findSuccessors(decisions);
  const concerned = [...new Set([...touched, ...successors.keys()])].sort();
  if (concerned.length === 0) return [];
  const governed = new Set([...queues, ...clusters].map((entry) => entry.physical));
  const removed = new Set(leftovers.removals.map(({ object }) => `${object.kind}.${object.name}`));
  return concerned.map(routeOf).flatMap((route): readonly Notice[] => {
    const successor = successors.get(route.queue);
    const emptied = (route.reach.before ?? []).length > 0 && route.reach.after?.length === 0;
    const counts = successor !== undefined || (emptied && route.queue !== "default");
    if (governed.has(route.queue) || !counts || removed.has(`queue.${route.queue}`)) return [];
    const instead = successor === undefined ? "" : ` Send work to queue ${successor.physical} instead.`;
    return [
      {
        code: "queue-left-behind",
        message: `Queue ${route.queue} ${describeFate(route, world)}${instead}`,
        addresses: [successor?.address ?? `queue.${route.queue}`],
      },
    ];
  });
}

/** The code of a notice about a queue of ours without a manifest that stays, as the control plane deletes none, and routes nowhere. */
export const QUEUE_NOWHERE = "queue-nowhere";

/** The code of a notice about a declared queue that routes nowhere already, and that the plan leaves as it is. */
export const NOWHERE_ALREADY = "queue-nowhere-already";

/**
 * Queues that route nowhere already, in each plan until a cluster is there for them or they are released: to their users nothing else says that
 * work is lost there.
 */
export function noteNowhere({ routeOf }: Pick<Routing, "routeOf">, decisions: Decisions): readonly Notice[] {
  const taken = openTakenAway(decisions.input);
  const declared = [...decisions.queues, ...decisions.clusters].flatMap(({ physical, desired }): readonly Notice[] => {
    const route = routeOf(physical);
    if (!isNowhereAlready(route, desired.address, { decisions, taken })) return [];
    const message = `Queue ${physical} routes nowhere: pool ${route.pool} has no cluster that its selector names. Put a cluster into the pool, or point the queue elsewhere.`;
    return [{ code: NOWHERE_ALREADY, message, addresses: [desired.address] }];
  });
  return [...declared, ...noteUndeletable(routeOf, decisions)];
}

/** One that routes nowhere only once the plan is applied has another code, as there is nothing to decide about it yet. */
function noteUndeletable(routeOf: Routing["routeOf"], { leftovers, world }: Decisions): readonly Notice[] {
  if (world.capabilities.queue_state) return [];
  return leftovers.removals.flatMap(({ object, address }): readonly Notice[] => {
    if (object.kind !== "queue") return [];
    const { before, after } = routeOf(object.name).reach;
    if (after?.length !== 0) return [];
    const isLost = (before ?? []).length === 0;
    const [code, fate] = isLost
      ? [QUEUE_NOWHERE, "routes nowhere"]
      : ["queue-left-behind", "routes nowhere from then on"];
    const message = `Queue ${object.name} has no manifest any more, stays, and ${fate}: pool ${object.spec.cluster_pool} has no cluster that its selector names. Runs sent to it are accepted and reach no cluster. Have its users send their work to another queue, or put a cluster there.`;
    return [{ code, message, addresses: [address] }];
  });
}

function describeFate({ reach, pool }: FullRoute, { capabilities }: World): string {
  if (capabilities.queue_state) {
    return reach.after === null ? "is deleted: runs sent to it are refused." : "routes nowhere from then on.";
  }
  const fate = reach.after?.length === 0 ? "stays behind and routes nowhere" : "stays behind";
  return `${fate}: it is bound to pool ${pool} permanently and can't be deleted on this control plane.`;
}

/** What takes the place of a queue: by a replacement in this plan, or because a queue goes back to an earlier one. */
function findSuccessors({
  queues,
  clusters,
  input,
  world,
}: Decisions): ReadonlyMap<string, { physical: string; address: string }> {
  const successors = new Map<string, { physical: string; address: string }>();
  for (const { desired, physical, predecessors, verb } of [...clusters, ...queues]) {
    if (verb !== "replace") continue;
    for (const old of predecessors) successors.set(old.name, { physical, address: desired.address });
  }
  const owned = new Map(input.owned.map((object) => [object.address, object.physical_name]));
  for (const { desired, physical, verb } of queues) {
    const before = owned.get(desired.address);
    const left = verb === "keep" && before !== undefined && before !== physical && isLive(world.queues.get(before));
    if (left) successors.set(before, { physical, address: desired.address });
  }
  return successors;
}
