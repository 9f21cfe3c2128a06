import { createHash, hash } from "node:crypto";
import type { Json, JsonObject } from "../../model/json/json.ts";
import { formatAttributesScope } from "../../model/objects/attributes.ts";
import type { LiveState } from "../../model/objects/live.ts";
import { nameSettings } from "../../model/objects/settings.ts";
import type { PlanBody } from "../../model/plan/plan.ts";
import { append, isLive } from "../input/index-world.ts";
import { listDeletesAbove } from "../placements/order-cascades.ts";
import type { Finding } from "./finding.ts";

/** A JSON text that is the same for equal values: keys sorted, no white space. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sortKeys(value));
}

/** A copy with sorted keys: much faster than to sort them while the text is made. */
function sortKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  // Most of a plan's text is names of clusters, one list for each route.
  if (Array.isArray(value)) return value.every(isText) ? value : value.map(sortKeys);
  const fields = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(fields).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(fields[key])]));
}

const isText = (value: unknown) => typeof value === "string";

/** SHA-256 of a value's canonical JSON, as 64 hex digits. */
export function hashJson(value: unknown): string {
  return hash("sha256", canonicalJson(value));
}

/** The same for a list, made entry by entry: the text of a hundred thousand of them is never in memory as a whole. */
function hashList(entries: Iterable<unknown>): string {
  const hash = createHash("sha256");
  let text = "[";
  let separator = "";
  for (const entry of entries) {
    text += separator + canonicalJson(entry);
    separator = ",";
    if (text.length < HASHED_AT_ONCE) continue;
    hash.update(text);
    text = "";
  }
  return hash.update(`${text}]`).digest("hex");
}

/** Characters: enough that the call costs nothing beside the hashing. */
const HASHED_AT_ONCE = 65_536;

/** What a plan's digest covers. */
export type Effect = Pick<PlanBody, "target" | "changes" | "steps" | "routing">;

/**
 * The digest of a plan's effect on its control plane: two plans have the same digest only where both are the same, with who runs where
 * before and after, and with what else breaks or is lost by what its checks find to fail, whether or not that is allowed. No origin, author,
 * time, counter or figure goes into it, nor health, but for the count of states of what goes.
 */
export function digestEffect({ target, changes, steps, routing }: Effect, findings: readonly Finding[]): string {
  const effects = changes.map(
    ({ origin: _origin, fields: _fields, changed_by: _by, changed_at: _at, ...effect }) => effect,
  );
  const harms = listHarms(findings, steps.length === 0);
  return hashJson({ target, changes: effects, steps, routing, ...(harms.length > 0 && { harms }) });
}

/**
 * What failures concern beside what a plan changes, once for each check: they may share a long list. Of a plan that changes nothing, where they are
 * as well: nothing else distinguishes it from one of a target that is in sync.
 */
function listHarms(findings: readonly Finding[], isEmpty: boolean): readonly Json[] {
  const harmful = findings.filter(({ status, concerns = [] }) => status === "fail" && (isEmpty || concerns.length > 0));
  return [...Map.groupBy(harmful, ({ check }) => check)].map(([check, mine]) => ({
    check,
    addresses: [...new Set(mine.flatMap(({ addresses }) => addresses))],
    concerns: [...new Set(mine.flatMap(({ concerns = [] }) => concerns))],
  }));
}

/** Hex digits of one fact's hash. */
export const READ_HASH_LENGTH = 32;

/** A hash of each live fact under the given keys, of {@link READ_HASH_LENGTH} hex digits: shows which of them differ from those of another time. */
export function hashFacts(live: LiveState, reads: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    listFacts(live, reads).map(([key, fact]) => [key, hashJson(fact).slice(0, READ_HASH_LENGTH)]),
  );
}

/**
 * The digest of the live state under the given keys: `KIND.NAME` is an object's managed spec, pool and life-cycle state,
 * `members.POOL` the clusters of a pool, `queues.POOL` the queues bound to it with their selectors. No heartbeats, health or metrics.
 */
export function digestLive(live: LiveState, reads: readonly string[]): string {
  return hashList(listFacts(live, reads));
}

/** The live facts under the given keys, in their order; null where nothing is. */
function listFacts(live: LiveState, reads: readonly string[]): readonly (readonly [key: string, fact: Json])[] {
  if (reads.length === 0) return [];
  const wanted = new Set(reads);
  const facts = new Map<string, Json>();
  const know = (key: string, describe: () => Json) => {
    if (wanted.has(key)) facts.set(key, describe());
  };
  const lists = new Map<string, string[]>();
  const list = (key: string, name: string) => {
    if (wanted.has(key)) append(lists, key, name);
  };
  for (const { name, config, deleted } of live.pools) {
    know(`cluster_pool.${name}`, () => ({ config: config as unknown as Json, deleted }));
  }
  for (const cluster of live.clusters) {
    const { name, pool, state, drained } = cluster;
    // Not drained of apps while in service: a drain would be refused.
    know(`cluster.${name}`, () => ({ pool, state, apps: state === "active" && drained?.apps === false }));
    if (isLive(cluster)) list(`members.${pool}`, name);
  }
  for (const queue of live.queues) {
    const { name, spec, state } = queue;
    know(`queue.${name}`, () => ({ spec: spec as unknown as JsonObject, state }));
    const key = `queues.${spec.cluster_pool}`;
    if (isLive(queue) && wanted.has(key)) list(key, `${name}=${[...spec.clusters].sort().join()}`);
  }
  for (const [key, value] of describePlaces(live)) know(key, () => value);
  for (const row of live.flyteadmin.rows) {
    const { kind, scope, value } = row;
    const name = formatAttributesScope(scope);
    for (const above of listDeletesAbove(row)) list(`below.${kind}.${above}`, `${name}=${value}`);
  }
  return reads.map((key) => [key, facts.get(key) ?? lists.get(key) ?? null] as const);
}

/** What stands in places, by the keys under which plans depend on it. */
function describePlaces({ org, settings, flyteadmin, delivered }: LiveState): readonly (readonly [string, Json])[] {
  return [
    ...settings.map(({ scope, values }) => [`settings.${nameSettings(org, scope)}`, values] as const),
    ...flyteadmin.rows
      .filter(({ launch_plan }) => launch_plan === null)
      .map(({ kind, scope, value }) => [`${kind}.${formatAttributesScope(scope)}`, value] as const),
    ...delivered.map(
      ({ name, files }) => [`flyte_clusters.${name}`, files.map(({ path, text }) => [path, text])] as const,
    ),
  ];
}
