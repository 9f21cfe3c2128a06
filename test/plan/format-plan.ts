import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject } from "../../src/model/json/json.ts";
import type { Change, Check, Notice, OwnershipClaim, Plan, Route, RunRoute } from "../../src/model/plan/plan.ts";
import type { Step } from "../../src/model/plan/step.ts";
import { breakLine, formatFlow } from "./format-flow.ts";

const PLAN = { revision: null, unmanaged: [], applyable: true };
const TARGET = { endpoint: "https://acme.example.com", org: "acme" };
const OPTIONS = { on_pool_change: "auto", target: [], exclude: [], replace: [], allow: [], store: null };
const CHANGE = { previous_physical_name: null, replace_paths: [] };
const STEP = { set: null, timeout_ms: null };
const PASSING = { status: "pass", addresses: [] };
const LIFECYCLE = { prevent_destroy: false, on_remove: "delete" };
const CLAIM = { previous_names: [], lifecycle: LIFECYCLE, renamed_from: null };
const MANIFEST = {
  format: 1,
  previously: null,
  lifecycle: { ...LIFECYCLE, ignore_changes: [], drain_timeout_ms: null, await: "registered" },
};
const CLUSTER = { state: "active", data_plane: null, registration: { name: null, previous: null }, queue: null };
const STORES = { object_store_ref: { endpoint: "" }, secret_store: { type: "KUBERNETES", locator: "" } };
const POOL = { config: { ...STORES, image_registry: null } };
const LIMITS = { depth: 10000, priority: "medium", max_resources: {}, max_accelerators: {} };
const QUEUE = { ...LIMITS, fairness: "round_robin", scheduling: "strict_fifo" };
const NO_WORK = { runs_in_flight: 0, actions_in_flight: 0, current_depth: 0 };
const GUARDS = [
  ...["schema", "references", "ownership", "protected", "empty-set", "max-disruption-share", "other-folder"],
  ...["black-hole", "unseen-settings", "contract", "capability", "unmanaged-pin", "apps", "in-flight", "cascade"],
];

/**
 * A plan as text for people to review: all that it holds, but for its digests, which follow from the rest.
 *
 * - What is as it mostly is (above) is left out; a field that the plan lacks and mostly is there reads `-name`.
 * - `after` shows what differs from `before`, a manifest what differs from what counts as applied, and a claim nothing
 *   where that is what the change of the same object comes to.
 * - A message that stands in `shown`, what users get to see, is not repeated.
 * - Steps are counted; `after` names them by their numbers, and an id is shown where it says more than the line.
 */
export function formatPlan(plan: Plan, shown: string): string {
  const { format_version, digest, live_digest, summary, target, options, ...body } = plan;
  const { changes, steps, effects, notices, routing, ownership, reads, checks, impact, ...rest } = body;
  const { claim, ...others } = ownership;
  const numbers = new Map(steps.map(({ id }, at) => [id, at + 1]));
  const ends = new Map(changes.map(({ address, after }) => [address as string, after]));
  const counts = Object.entries(summary).map(([name, count]) => `${count} ${name}`);
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["for", list({ ...beyond(target, TARGET), ...beyond(options, OPTIONS), ...beyond(rest, PLAN) })],
    ["changes", changes.flatMap(formatChange)],
    ["steps", steps.map((step) => formatStep(step, numbers))],
    ["effects", formatEffects(effects)],
    ["notices", notices.map((notice) => formatNotice(notice, shown))],
    ["routing", routing.map(formatRoute)],
    ["claims", claim.flatMap((one) => formatClaim(one, ends.get(one.address) ?? null))],
    ["ownership", list(beyond(others, { release: [], settle: [] }))],
    ["reads", reads.length === 0 ? [] : [reads.join(" ")]],
    ["checks", formatChecks(checks, shown)],
    ["impact", impact.map(({ queue, ...more }) => join(queue, beyond(more, { in_flight: NO_WORK })))],
  ];
  return [
    `plan: ${counts.join(", ")}`,
    ...sections.flatMap(([title, lines]) => (lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)])),
    "",
  ]
    .map(breakLine)
    .join("\n");
}

function formatChange(change: Change): readonly string[] {
  const { address, physical_name, action, action_reason, origin, before, after, ...rest } = change;
  const more = { ...unlessNamed(address, physical_name), ...beyond(rest, CHANGE) };
  const differs = before === null || after === null ? after : beyond(after, before);
  return [
    join(`${action} ${address}: ${action_reason}, ${origin}`, more),
    ...(before === null ? [] : [`  before ${formatFlow(before)}`]),
    ...(after === null ? [] : [`  after ${formatFlow(differs)}`]),
  ];
}

/** What it takes and what it disrupts, by that: `all (move): cluster.a`. */
function formatEffects(effects: Plan["effects"]): readonly string[] {
  const kinds = Map.groupBy(effects, ({ grade, disruption }) =>
    disruption === "none" ? grade : `${grade} (${disruption})`,
  );
  return [...kinds].map(([kind, own]) => `${kind}: ${own.map(({ address }) => address).join(" ")}`);
}

function formatStep(step: Step, numbers: ReadonlyMap<string, number>): string {
  const { id, address, kind, physical_name, op, phase, until, after, ...rest } = step;
  const object = `${kind}.${physical_name}`;
  const [other, wait] = [object === address ? [] : [object], until === null ? [] : [until]];
  const derived = [address, op, ...other, ...wait, ...(phase === null ? [] : [phase])].join("/");
  const words = [
    ...[`${numbers.get(id)}`, op, object, ...wait.map((state) => `until ${state}`)],
    ...(phase === null ? [] : [`/${phase}`]),
    ...(id === derived ? [] : [id]),
    ...other.map(() => `for ${address}`),
    ...(after.length === 0 ? [] : ["after", ...after.map((one) => numbers.get(one) ?? one)]),
  ];
  return join(words.join(" "), beyond(rest, STEP));
}

function formatNotice({ code, message, ...rest }: Notice, shown: string): string {
  return join(code, { ...rest, ...unlessShown(message, shown) });
}

function formatRoute(route: Route | RunRoute): string {
  const { queue, before, after, ...more } = route;
  const way = `${formatFlow(before)} -> ${formatFlow(after)}`;
  if (!("system" in more)) return join(`queue ${queue}: ${way}`, more);
  const { system, project, domain, workflow, ...rest } = more;
  const place = [project, domain, workflow].map((part) => part ?? "-").join("/");
  return join(`${system} ${place}${queue === null ? "" : ` queue ${queue}`}: ${way}`, rest);
}

function formatClaim(claim: OwnershipClaim, end: JsonObject | null): readonly string[] {
  const { address, physical_name, applied, manifest, ...rest } = claim;
  const object = address.startsWith("cluster_pool.") ? beyond(applied, POOL) : applied;
  const head = join(address, { ...unlessNamed(address, physical_name), ...beyond(rest, CLAIM) });
  const more = beyond(manifest, imply(address, applied));
  return [
    isDeepStrictEqual(applied, end) ? head : `${head} ${formatFlow(object)}`,
    ...(Object.keys(more).length === 0 ? [] : [`  manifest ${formatFlow(more)}`]),
  ];
}

/** The manifest that what is applied mostly comes from. */
function imply(address: string, applied: JsonObject): JsonObject {
  const { state = "active", files, clusterPoolName: value, settings: values, ...fields } = applied;
  if (address.startsWith("cluster.")) return { ...MANIFEST, ...CLUSTER, ...applied };
  if (address.startsWith("queue.")) return { ...MANIFEST, state, spec: { ...QUEUE, ...fields } };
  const renamed = Object.entries({ value, values }).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return { ...MANIFEST, ...fields, ...Object.fromEntries(renamed) };
}

function formatChecks(checks: readonly Check[], shown: string): readonly string[] {
  const names = checks.map(({ name }) => name);
  const lines = checks.flatMap(({ name, message, ...rest }) => {
    const more = { ...beyond(rest, PASSING), ...unlessShown(message, shown) };
    return Object.keys(more).length === 0 ? [] : [join(name, more)];
  });
  return isDeepStrictEqual(names, GUARDS) ? lines : [names.join(" "), ...lines];
}

function unlessNamed(address: string, physical_name: string): JsonObject {
  return address.slice(address.indexOf(".") + 1) === physical_name ? {} : { physical_name };
}

function unlessShown(message: string, shown: string): JsonObject {
  return message.split("\n").every((line) => shown.includes(line)) ? {} : { message };
}

/** The entries that are other than usual, and with `-` before their names those that are usual and missing. */
function beyond(value: object, usual: object): JsonObject {
  const [own, other] = [value as JsonObject, usual as JsonObject];
  const more = Object.entries(own).flatMap(([key, item]): readonly [string, Json][] => {
    const same = other[key];
    if (isDeepStrictEqual(item, same)) return [];
    return [[key, isObject(item) && isObject(same) ? beyond(item, same) : item]];
  });
  const missing = Object.keys(other).filter((key) => !(key in own));
  return Object.fromEntries([...more, ...missing.map((key): [string, Json] => [`-${key}`, true])]);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function list(fields: JsonObject): readonly string[] {
  return Object.entries(fields).map(([key, item]) => `${key} ${formatFlow(item)}`);
}

function join(head: string, fields: JsonObject): string {
  return [head, ...list(fields)].join(", ");
}
