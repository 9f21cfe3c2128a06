import type { Route, RouteOutcome, RouteSystem } from "./route.ts";
import type { RoutingFacts } from "./routing-facts.ts";

/** Work that goes elsewhere. */
export interface RouteChange {
  readonly system: RouteSystem;
  /** Whether it is a run's way or a queue's. */
  readonly asked: "run" | "queue";
  readonly project: string | null;
  readonly domain: string | null;
  readonly workflow: string | null;
  /** The queue afterwards; where there is no answer any more, the one before. */
  readonly queue: string | null;
  /** The queue before; null: none. */
  readonly before_queue: string | null;
  /** Clusters by name; empty: nowhere; null: refused, or not known. */
  readonly before: readonly string[] | null;
  readonly after: readonly string[] | null;
  /** How the answers end; one that a state lacks is not known there. */
  readonly before_outcome: RouteOutcome;
  readonly after_outcome: RouteOutcome;
  /** The same clusters or not, their parts of the work are others. */
  readonly other_shares: boolean;
  /** Work that was not lost before is taken and reaches no cluster. */
  readonly black_hole: boolean;
  /** Some work will read and write another metadata bucket than before. */
  readonly other_bucket: boolean;
}

/** Metadata buckets by cluster, before and after: a cluster that changes its pool changes its bucket. */
export interface Buckets {
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
}

/**
 * The answers that differ between two states, in the order of `after`, then what is only in `before`. Both must be answers to the
 * same questions; an answer that one state lacks counts as not known there. Linear.
 */
export function compareRoutes(
  before: readonly Route[],
  after: readonly Route[],
  buckets: Buckets,
): readonly RouteChange[] {
  const earlier = new Map(before.map((route) => [keyOf(route), route]));
  const changes = after.map((route) => {
    const key = keyOf(route);
    const old = earlier.get(key) ?? null;
    earlier.delete(key);
    return compare(old, route, route, buckets);
  });
  const gone = [...earlier.values()].map((route) => compare(route, null, route, buckets));
  return [...changes, ...gone].filter((change) => change !== null);
}

/** The metadata bucket of each cluster whose bucket is known. */
export function listBuckets({ clusters }: Pick<RoutingFacts, "clusters">): ReadonlyMap<string, string> {
  return new Map(clusters.flatMap(({ name, bucket }) => (bucket === null ? [] : [[name, bucket] as const])));
}

function keyOf({ system, asked, project, domain, workflow, queue }: Route): string {
  // No name but a workflow's can hold a line break, and that stands last.
  return [system, asked, asked === "queue" ? queue : "", domain, project, workflow].join("\n");
}

function compare(old: Route | null, next: Route | null, either: Route, buckets: Buckets): RouteChange | null {
  const [before, after] = [namesOf(old), namesOf(next)];
  const otherShares = sharesOf(old) !== sharesOf(next);
  const otherBucket = movesData(before ?? [], after ?? [], buckets);
  if (!otherShares && !otherBucket && sameNames(before, after)) return null;
  const { system, asked, project, domain, workflow } = either;
  return {
    system,
    asked,
    project,
    domain,
    workflow,
    queue: next?.queue ?? old?.queue ?? null,
    before_queue: old?.queue ?? null,
    before,
    after,
    before_outcome: old?.outcome ?? "unknown",
    after_outcome: next?.outcome ?? "unknown",
    other_shares: otherShares,
    black_hole: after?.length === 0 && before?.length !== 0,
    other_bucket: otherBucket,
  };
}

function namesOf(route: Route | null): readonly string[] | null {
  if (route === null || route.outcome === "refused" || route.outcome === "unknown") return null;
  return route.clusters.map(({ name }) => name);
}

/** Known shares in parts of a million, so that rounding makes no difference. */
function sharesOf(route: Route | null): string {
  const known = route?.clusters.filter(({ share }) => share !== null) ?? [];
  return known.length === 0 ? "" : known.map(({ name, share }) => `${name}=${Math.round((share ?? 0) * 1e6)}`).join();
}

function sameNames(left: readonly string[] | null, right: readonly string[] | null): boolean {
  if (left === null || right === null) return left === right;
  return left.length === right.length && left.every((name, place) => name === right[place]);
}

function movesData(before: readonly string[], after: readonly string[], buckets: Buckets): boolean {
  const known = new Set(before.flatMap((name) => buckets.before.get(name) ?? []));
  return known.size > 0 && after.flatMap((name) => buckets.after.get(name) ?? []).some((bucket) => !known.has(bucket));
}
