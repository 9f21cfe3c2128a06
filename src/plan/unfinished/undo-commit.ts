import { ATTRIBUTES_KINDS, type AttributesKind } from "../../kinds/registry.ts";
import type { JsonObject } from "../../model/json/json.ts";
import type { OwnedObject, RoutingFields, RoutingWrite } from "../../model/ledger/ledger.ts";
import { formatAttributesScope, parseAttributesScope } from "../../model/objects/attributes.ts";
import { DEFAULT_QUEUE_KEY, nameSettings } from "../../model/objects/settings.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { describeFormer, listTurnedAway, SOURCE } from "../routing/describe-former.ts";
import type { ClusterFact, QueueFact, RoutingFacts, RowFact } from "../routing/routing-facts.ts";
import { listOutOnTheWay } from "./settle-drains.ts";
import { listTakenAway } from "./taken-away.ts";

/** What of a plan's input has the writes of its commit. */
export type CommitInput = Pick<
  PlanInput,
  "live" | "owned" | "revision" | "written" | "taken" | "turned" | "routing_writes"
>;

/** When clusters were taken out of service that nothing on record has drained. `since`: perhaps since then, so that they count as in service. */
export type TakenOut = "since" | "before";

/**
 * What routing depended on when a plan's commit found it, and the same with all that unfinished rollouts have taken away since. What the commit itself has
 * brought is in neither: it was accepted as a whole, with what comes after that. None: it has written nothing yet, or what was before is not
 * known.
 */
export function listFound(facts: RoutingFacts, input: CommitInput, takenOut: TakenOut): readonly RoutingFacts[] {
  const { revision, routing_writes = [] } = input;
  return listUndone(
    facts,
    routing_writes.filter((write) => revision !== null && write.revision === revision),
    { ...input, takenOut },
  );
}

/** What other commits have written whose rollouts are under way: a plan gives these up, or continues from them. */
export function listUnfinished({ revision, routing_writes = [] }: Pick<CommitInput, "revision" | "routing_writes">) {
  return routing_writes.filter((write) => write.unfinished === true && write.revision !== revision);
}

/** The same as {@link listFound}, without what these have written as well. None: there are none, or it is not known. */
export function listUnbegun(facts: RoutingFacts, input: CommitInput): readonly RoutingFacts[] {
  const { revision, routing_writes = [] } = input;
  if (listUnfinished(input).length === 0) return [];
  return listUndone(
    facts,
    routing_writes.filter((write) => write.unfinished === true || write.revision === revision),
    { ...input, takenOut: "since" },
  );
}

/** What routing depended on when the commit found it that has deleted a queue last. None: none has, or it is not known. */
export function listFoundByDelete(facts: RoutingFacts, input: CommitInput, queue: string): readonly RoutingFacts[] {
  const { routing_writes = [] } = input;
  const last = routing_writes.findLast(({ kind, name, after }) => kind === "queue" && name === queue && after === null);
  if (last === undefined) return [];
  const from = routing_writes.findIndex(({ revision }) => revision === last.revision);
  return listUndone(facts, routing_writes.slice(from), { ...input, takenOut: "since" });
}

/** The queues that took no work before anything of what is unfinished was written to them. */
export function listRefusedBefore({ routing_writes = [] }: Pick<CommitInput, "routing_writes">): ReadonlySet<string> {
  const queues = routing_writes.filter(({ kind }) => kind === "queue");
  return new Set(
    [...followWrites(queues)].flatMap(([key, { before }]) =>
      before.state === "drained" ? [key.slice("queue.".length)] : [],
    ),
  );
}

function listUndone(
  facts: RoutingFacts,
  writes: readonly RoutingWrite[],
  { live, owned, written = [], taken = [], turned = [], takenOut }: CommitInput & { readonly takenOut: TakenOut },
): readonly RoutingFacts[] {
  if (writes.length === 0) return [];
  const begun = {
    drained: listOutOnTheWay({ live, written }),
    taken: listTakenAway({ live, taken }),
    settings: listTurnedAway(live, turned),
  };
  return listTracks(writes)
    .map((tracks) => undoCommit(facts, tracks, { live, owned, takenOut }))
    .flatMap((found) => [found, describeFormer(found, begun, live)]);
}

/**
 * What was written, by object. Several ways, where it is not known whether rows were there before: with and without them. None, where it is not known what
 * clusters, queues or settings were before.
 */
function listTracks(writes: readonly RoutingWrite[]): readonly ReadonlyMap<string, Track>[] {
  const all = followWrites(writes);
  const known = new Map([...all].filter(([key, track]) => isKnown(key, track, all)));
  if (known.size === all.size) return [all];
  return [...all.keys()].every((key) => known.has(key) || isOfRow(key)) ? [all, known] : [];
}

/** What a commit has made of an object. */
interface Track {
  /** Whether it was not there before. */
  readonly isNew: boolean;
  readonly isGone: boolean;
  /** Whether it was gone in between, at least. */
  readonly wasGone: boolean;
  /** Of what was written, what it was before; a value is missing where that is not known. */
  readonly before: RoutingFields;
  /** What was written last. */
  readonly after: RoutingFields;
}

function followWrites(writes: readonly RoutingWrite[]): ReadonlyMap<string, Track> {
  const tracks = new Map<string, Track>();
  for (const { kind, name, op, before, after } of writes) {
    const key = `${kind}.${name}`;
    const isNew = kind !== "settings" && (op === "create" || op === "undelete");
    const known = tracks.get(key) ?? { isNew, isGone: false, wasGone: false, before: {}, after: {} };
    // What it has written itself is not what was before.
    const first = Object.entries(before ?? {}).filter(([field]) => !Object.hasOwn(known.after, field));
    tracks.set(key, {
      isNew: known.isNew,
      isGone: after === null,
      wasGone: known.wasGone || after === null,
      before: { ...Object.fromEntries(first), ...known.before },
      after: { ...known.after, ...after },
    });
  }
  return tracks;
}

/** What another writer has changed since stays as it is. */
function undoCommit(
  facts: RoutingFacts,
  tracks: ReadonlyMap<string, Track>,
  { live, owned, takenOut }: Pick<CommitInput, "live" | "owned"> & { readonly takenOut: TakenOut },
): RoutingFacts {
  const drained = new Set(owned.filter(wasDrained).map(({ physical_name }) => physical_name));
  const served = facts.clusters.map((cluster) => ({
    ...cluster,
    in_service: cluster.in_service || (takenOut === "since" && !drained.has(cluster.name)),
  }));
  const inService = new Map(facts.clusters.map(({ name, in_service }) => [name, in_service]));
  const undoCluster = (cluster: ClusterFact, { before, after }: Track): ClusterFact => ({
    ...cluster,
    pool: after.pool === cluster.pool ? (before.pool ?? cluster.pool) : cluster.pool,
    in_service:
      after.state === undefined
        ? cluster.in_service
        : before.state === "active" || (after.state !== "active" && inService.get(cluster.name) === true),
  });
  const clusters = undoAll("cluster", served, tracks, undoCluster, ({ name, pool = "", state }) => {
    return { name, pool, in_service: state !== "drained", healthy: null, bucket: null, source: SOURCE };
  });
  const clusterOf = new Map(clusters.map((cluster) => [cluster.name, cluster]));
  const queues = undoAll("queue", facts.queues, tracks, undoQueue, ({ name, pool = "", clusters = [], state }) => {
    return { name, pool, clusters, active: state !== "drained", source: SOURCE };
  });
  const undone = {
    ...facts,
    // Without the clusters that they have now, they are empty.
    known_pools: [...new Set([...facts.known_pools, ...facts.clusters.map(({ pool }) => pool)])],
    clusters,
    pool_attributes: undoRows("cluster_pool_attributes", facts.pool_attributes, tracks),
    labels: undoRows("execution_cluster_label", facts.labels, tracks),
    queues: queues.map((queue) => followCluster(queue, tracks.has(`cluster.${queue.name}`), clusterOf)),
  };
  const named = new Map(
    facts.settings.map(({ scope, values }) => [nameSettings(live.org, scope), values[DEFAULT_QUEUE_KEY] ?? null]),
  );
  const settings = [...tracks].flatMap(
    ([key, { isGone, before, after }]): readonly (readonly [string, string | null])[] => {
      const name = key.slice("settings.".length);
      const isOurs =
        key.startsWith("settings.") && (named.get(name) ?? null) === ((isGone ? null : after.queue) ?? null);
      return isOurs ? [[name, before.queue ?? null]] : [];
    },
  );
  return describeFormer(undone, { drained: new Set(), taken: [], settings: new Map(settings) }, live);
}

/** Whether it is known what an object was before. A row that its commit has created may be one that went along with a wider one, and was put back. */
function isKnown(key: string, { isNew, isGone, before, after }: Track, tracks: ReadonlyMap<string, Track>): boolean {
  if (key.startsWith("settings.")) return true;
  if (isNew) return !listWider(key).some((wider) => tracks.get(wider)?.wasGone === true);
  const fields = isGone ? GONE_FIELDS[key.split(".", 1)[0] ?? ""] : Object.keys(after);
  return (fields ?? ["value"]).every((field) => Object.hasOwn(before, field));
}

function isOfRow(key: string): boolean {
  return ATTRIBUTES_KINDS.some((kind) => key.startsWith(`${kind}.`));
}

/** What has to be known of what is gone; of rows it is their value. */
const GONE_FIELDS: Readonly<Record<string, readonly string[]>> = { cluster: ["pool"], queue: ["pool", "clusters"] };

/** The keys of the rows whose delete takes a row along. */
function listWider(key: string): readonly string[] {
  return [...key.matchAll(/\//g)].map(({ index }) => key.slice(0, index));
}

/** Whether an object is a cluster that was applied as drained last. */
export function wasDrained({ kind, applied }: OwnedObject): boolean {
  return kind === "cluster" && (applied as JsonObject | null)?.state === "drained";
}

function undoAll<Fact extends ClusterFact | QueueFact>(
  kind: string,
  facts: readonly Fact[],
  tracks: ReadonlyMap<string, Track>,
  undo: (fact: Fact, track: Track) => Fact,
  remake: (was: RoutingFields & { readonly name: string }) => Fact,
): readonly Fact[] {
  const there = new Set(facts.map(({ name }) => name));
  const gone = [...tracks].flatMap(([key, { isNew, isGone, before }]) => {
    const name = key.slice(kind.length + 1);
    return key.startsWith(`${kind}.`) && isGone && !isNew && !there.has(name) ? [remake({ ...before, name })] : [];
  });
  const kept = facts.flatMap((fact) => {
    const track = tracks.get(`${kind}.${fact.name}`);
    if (track === undefined || track.isGone) return [fact];
    if (track.isNew) return track.after.pool === fact.pool ? [] : [fact];
    return [undo(fact, track)];
  });
  return [...kept, ...gone];
}

function undoRows(
  kind: AttributesKind,
  rows: readonly RowFact[],
  tracks: ReadonlyMap<string, Track>,
): readonly RowFact[] {
  const there = new Set(rows.map(({ scope }) => formatAttributesScope(scope)));
  const own = [...tracks].flatMap(([key, track]) =>
    key.startsWith(`${kind}.`) ? [{ ...track, name: key.slice(kind.length + 1) }] : [],
  );
  const trackOf = new Map(own.map((track) => [track.name, track]));
  const kept = rows.flatMap((row): readonly RowFact[] => {
    const track = trackOf.get(formatAttributesScope(row.scope));
    // Another writer has changed it since.
    if (track === undefined || track.isGone || track.after.value !== row.value) return [row];
    return track.isNew ? [] : [{ ...row, value: track.before.value ?? row.value }];
  });
  const gone = own.filter(({ name, isGone, isNew }) => isGone && !isNew && !there.has(name));
  const remade = gone.map(({ name, before: { value = "" } }) => {
    return { scope: parseAttributesScope(name), value, source: SOURCE };
  });
  return [...kept, ...remade];
}

function undoQueue(queue: QueueFact, { before, after }: Track): QueueFact {
  const isOurs = after.state !== undefined && (after.state === "active") === queue.active;
  const isSelected = sameNames(after.clusters, queue.clusters);
  return {
    ...queue,
    pool: after.pool === queue.pool ? (before.pool ?? queue.pool) : queue.pool,
    clusters: isSelected ? (before.clusters ?? queue.clusters) : queue.clusters,
    active: isOurs ? before.state === "active" : queue.active,
  };
}

/** Whether two selectors name the same clusters, in any order; false for one that is not known. */
export function sameNames(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return one !== undefined && other !== undefined && one.toSorted().join() === other.toSorted().join();
}

/** A cluster's own queue goes where the cluster goes, and takes work with it. */
function followCluster(queue: QueueFact, isWritten: boolean, clusters: ReadonlyMap<string, ClusterFact>): QueueFact {
  const cluster = clusters.get(queue.name);
  if (!isWritten || cluster === undefined || !sameNames([queue.name], queue.clusters)) return queue;
  return { ...queue, pool: cluster.pool, active: queue.active || cluster.in_service };
}
