import { readBucket } from "../../model/objects/bucket.ts";
import type { PoolConfig } from "../../model/objects/spec.ts";
import type { PoolAssignment } from "../decide/assign-registrations.ts";
import type { Decisions } from "../decide/decisions.ts";
import { fact, type StepDraft } from "../draft/draft-step.ts";
import { isLive } from "../input/index-world.ts";
import { effectiveConfig } from "../steps/plan-pools.ts";

/** That a pool comes onto a bucket: by the undelete of a record that names it, or by the write of its config. Pools by physical name. */
export interface BucketTake {
  readonly assignment: PoolAssignment;
  readonly by: "undelete" | "config";
  /** Pools that leave the bucket in this plan, and before that. */
  readonly after: readonly string[];
  /** Pools that leave the bucket only after this pool has left another one: none of them can be first. */
  readonly circle: readonly string[];
  /** Pools that are on the bucket and stay there. */
  readonly keepers: readonly string[];
}

/** Where a pool is: null where no record is there. */
interface Place {
  readonly name: string;
  readonly before: string | null;
  readonly after: string;
  readonly isLive: boolean;
}

interface Entry {
  readonly assignment: PoolAssignment;
  readonly place: Place;
  readonly by: BucketTake["by"];
  readonly bucket: string;
}

/**
 * The buckets that pools take, each with the pools that are there. The control plane refuses a second live pool on a bucket at any
 * time, so the write that takes one comes after the write that leaves it. Linear in pools.
 */
export function listBucketTakes({ pools, world }: Pick<Decisions, "pools" | "world">): readonly BucketTake[] {
  const places = pools.map(findPlace);
  const entries = pools.flatMap((assignment, index) => listEntries(assignment, places[index] as Place));
  if (entries.length === 0) return [];
  const declared = new Set(places.map(({ name }) => name));
  const undeclared = [...world.pools.values()]
    .filter((pool) => isLive(pool) && !declared.has(pool.name))
    .map((pool): Place => {
      const bucket = bucketOf(pool.config);
      return { name: pool.name, before: bucket, after: bucket, isLive: true };
    });
  const holders = Map.groupBy([...undeclared, ...places], ({ before }) => before);
  const takes = entries.map((entry) => {
    const others = (holders.get(entry.bucket) ?? []).filter(({ name }) => name !== entry.place.name);
    const after = others.filter((other) => leaves(other) && comesFirst(other, entry)).map(({ name }) => name);
    // One that is to be restored there comes after a pool that only passes through.
    const keepers = others
      .filter((other) => !leaves(other) && (other.isLive || isFinal(entry)))
      .map(({ name }) => name);
    return { name: entry.place.name, assignment: entry.assignment, by: entry.by, after, keepers };
  });
  const stuck = findStuck(takes);
  return takes.map(({ name, after, ...take }) => {
    const circle = stuck.has(name) ? after.filter((other) => stuck.has(other)) : [];
    return { ...take, circle, after: after.filter((other) => !circle.includes(other)) };
  });
}

/** Adds to the steps of pools that they take a bucket only once it is free. Circles are left out: a check blocks them. */
export function linkBuckets(steps: readonly StepDraft[], takes: readonly BucketTake[]): void {
  const awaited = new Set(takes.flatMap(({ after }) => after));
  if (awaited.size === 0) return;
  const takesOf = Map.groupBy(takes, ({ assignment }) => assignment.physical);
  for (const { kind, op, physical_name: pool, needs, gives } of steps) {
    if (kind !== "cluster_pool" || op === "delete") continue;
    if (op === "update" && awaited.has(pool)) gives.push(fact.vacated(pool));
    for (const { by, after } of takesOf.get(pool) ?? []) {
      if ((by === "undelete") === (op === "undelete")) needs.push(...after.map(fact.vacated));
    }
  }
}

function findPlace(assignment: PoolAssignment): Place {
  const { physical: name, current } = assignment;
  return {
    name,
    before: current === null ? null : bucketOf(current.config),
    after: bucketOf(effectiveConfig(assignment)),
    isLive: current !== null && isLive(current),
  };
}

function listEntries(assignment: PoolAssignment, place: Place): readonly Entry[] {
  const { before, after } = place;
  const entry = { assignment, place };
  return [
    ...(before !== null && !place.isLive ? [{ ...entry, by: "undelete" as const, bucket: before }] : []),
    ...(before !== after ? [{ ...entry, by: "config" as const, bucket: after }] : []),
  ];
}

function leaves({ before, after }: Place): boolean {
  return before !== null && before !== after;
}

function isFinal({ place, bucket }: Entry): boolean {
  return place.after === bucket;
}

/** Of two deleted records that name one bucket and leave it after their undelete, either can be first: the smaller name is. */
function comesFirst(leaver: Place, entry: Entry): boolean {
  return leaver.isLive || isFinal(entry) || leaver.name < entry.place.name;
}

/** Pools that wait for each other in a circle, or between two of them: what is left without those that wait for none, or that none waits for. */
function findStuck(
  takes: readonly { readonly name: string; readonly after: readonly string[] }[],
): ReadonlySet<string> {
  const edges = takes.flatMap(({ name, after }) => after.map((other) => [name, other] as const));
  const forward = trim(edges);
  return trim(edges.filter((edge) => edge.every((name) => forward.has(name))).map(([name, other]) => [other, name]));
}

/** The pools from which a circle of edges is reached. */
function trim(edges: readonly (readonly [from: string, to: string])[]): ReadonlySet<string> {
  const open = new Map<string, number>();
  for (const [from] of edges) open.set(from, (open.get(from) ?? 0) + 1);
  const backward = Map.groupBy(edges, ([, to]) => to);
  const done = [...backward.keys()].filter((name) => !open.has(name));
  for (const name of done) {
    for (const [from] of backward.get(name) ?? []) {
      const left = (open.get(from) ?? 0) - 1;
      open.set(from, left);
      if (left > 0) continue;
      open.delete(from);
      done.push(from);
    }
  }
  return new Set(open.keys());
}

function bucketOf({ object_store_ref: { uri, endpoint } }: PoolConfig): string {
  return readBucket(uri, endpoint).store;
}
