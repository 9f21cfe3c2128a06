import { ATTRIBUTES_KINDS, KIND_DEFINITIONS, KINDS, mapKinds } from "../../kinds/registry.ts";
import { GRADES } from "../../model/daemon-config.ts";
import { GENERATIONS } from "../../model/live.ts";
import { ACTIONS, DISRUPTIONS, PLAN_FORMAT } from "../../model/plan.ts";
import { OPS, PHASES } from "../../model/step.ts";
import { CHECK_NAMES } from "../../plan/finding.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Text of one line: a terminal would interpret control characters. */
const name: Schema = { type: "string", pattern: "^[^\\p{Cc}]+$" };
/** The same, or nothing. */
const line: Schema = { type: "string", pattern: "^[^\\p{Cc}]*$" };
/** Lines without control characters. */
const lines: Schema = { type: "string", pattern: "^[^\\p{Cc}]*(\\n[^\\p{Cc}]*)*$" };
const address: Schema = { type: "string", pattern: `^(${KINDS.join("|")})\\.[^\\p{Cc}]+$` };
const hash: Schema = { type: "string", pattern: "^[0-9a-f]{64}$" };
/** A count on the wire has 32 bits, that of devices more. */
const count: Schema = { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 };
const devices: Schema = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const text: Schema = { type: "string" };
const nothing: Schema = { type: "null" };
const fields: Schema = { type: ["object", "null"] };
const names = list(name);
const addresses = list(address);

const contract = {
  object_store_ref: object({ uri: text, endpoint: text }),
  secret_store: object({ type: text, locator: text }),
  image_registry: optional(object({ locator: text })),
};
/** A pool's config of which ignored fields are left out. */
const partOfContract = {
  ...contract,
  object_store_ref: object({ uri: text, endpoint: text }, []),
  secret_store: object({ type: text, locator: text }, []),
};

const spec = {
  cluster_pool: name,
  clusters: names,
  ...{ run_concurrency: count, action_concurrency: count, depth: count },
  ...{ priority: text, fairness: text, scheduling: text },
  max_resources: { type: "object", additionalProperties: text },
  max_accelerators: { type: "object", additionalProperties: devices },
  state: { enum: ["active", "drained"] },
};

/** The maps of a queue as an update sets them: null takes an entry out. */
const patches = {
  max_resources: { type: "object", additionalProperties: optional(text) },
  max_accelerators: { type: "object", additionalProperties: optional(devices) },
};

/** What each op of each kind sets; an op that a kind does not have is not among them. */
const SETS: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  cluster_pool: {
    create: object({ config: object(contract) }),
    update: object({ config: object(partOfContract, []) }),
    ...{ undelete: nothing, delete: nothing },
  },
  cluster: {
    create: object({ pool: name }),
    move: object({ pool: name }),
    ...{ undelete: nothing, drain: nothing, activate: nothing, delete: nothing, await: nothing },
  },
  queue: {
    create: object(spec, [
      "cluster_pool",
      "clusters",
      "run_concurrency",
      "action_concurrency",
      "depth",
      "priority",
      "state",
    ]),
    update: object({ ...spec, ...patches }, []),
    ...{ undelete: nothing, drain: nothing, activate: nothing, delete: nothing, await: nothing },
  },
};

const texts: Schema = { type: "object", additionalProperties: text };
const settings = object({ settings: { type: "object" }, cleared: list(text) });
const homes = object({ cluster_to_pool: texts });
const files = object({ files: texts, removed: list(text) });
const rows = { put_back: list(name), loses: list(object({ scope: name, launch_plan: optional(text) })) };

/** The same for placed objects. */
const PLACED_SETS: typeof SETS = {
  settings: { create: settings, update: settings, delete: settings },
  cluster_pool_map: { create: homes, update: homes },
  ...mapKinds(ATTRIBUTES_KINDS, (kind) => {
    const row = object({ [KIND_DEFINITIONS[kind].field]: text });
    return { create: row, update: row, delete: optional(object(rows, [])) };
  }),
  flyte_clusters: { create: files, update: files, delete: files },
};

const STEPS = Object.entries({ ...SETS, ...PLACED_SETS });

const toldOfEveryStep = {
  ...{ id: name, address, physical_name: name, after: names, set: fields },
  phase: { enum: [...PHASES, null] },
  kind: { enum: STEPS.map(([kind]) => kind) },
  op: { enum: OPS },
  until: { enum: ["drained", "idle", "registered", "healthy", "deleted", null] },
  timeout_ms: optional({ type: "integer", minimum: 0 }),
};
const seen = object({ state: name, generation: { type: "string", pattern: "^[0-9]{1,20}$" } });

const step: Schema = {
  ...object({ ...toldOfEveryStep, seen }, Object.keys(toldOfEveryStep)),
  anyOf: STEPS.flatMap(([kind, ops]) =>
    Object.entries(ops).map(([op, set]) => ({
      properties: { kind: { const: kind }, op: { const: op }, set, until: op === "await" ? text : nothing },
    })),
  ),
};

const toldOfEveryChange = {
  ...{ address, physical_name: name, previous_physical_name: optional(name), action_reason: name, origin: name },
  action: { enum: ACTIONS },
  ...{ before: fields, after: fields, replace_paths: list(names) },
};
const fieldOrigins = list(object({ path: list(text), origin: { enum: ["commit", "drift", "both"] } }));
const change = object(
  { ...toldOfEveryChange, fields: fieldOrigins, changed_by: name, changed_at: name },
  Object.keys(toldOfEveryChange),
);

const claim = object({
  ...{ address, physical_name: name, previous_names: names, renamed_from: optional(address) },
  lifecycle: object({ prevent_destroy: { type: "boolean" }, on_remove: { enum: ["delete", "orphan"] } }),
  applied: { type: "object" },
  manifest: { type: "object" },
});

const leave = list(object({ address, paths: list(list(text)), of: { enum: ["commit", "drift"] } }));
const shaping = {
  prune: { enum: ["none", "owned", "all"] },
  on_pool_change: { enum: ["auto", "move", "replace"] },
  ...{ target: addresses, exclude: addresses, replace: addresses, store: optional(name) },
  allow: list({ enum: CHECK_NAMES }),
};
const options = object({ ...shaping, leave }, Object.keys(shaping));

const work = object({
  ...{ runs_in_flight: { type: "number" }, actions_in_flight: { type: "number" }, current_depth: { type: "number" } },
});

const places = { project: optional(name), domain: optional(name), workflow: optional(name) };
const ways = { queue: optional(name), before: optional(names), after: optional(names) };
const queueRoute = object({ queue: name, before: optional(names), after: optional(names) });
const outcome: Schema = { enum: ["refused", "unknown"] };
const flag: Schema = { const: true };
const runRoute = object(
  {
    ...{ system: name, ...places, ...ways },
    ...{ before_outcome: outcome, after_outcome: outcome, other_bucket: flag, other_shares: flag },
  },
  ["system", ...Object.keys(places), ...Object.keys(ways)],
);

/** JSON Schema (2020-12) of each field of a plan. It knows every field: one that it does not know is refused. */
export const PLAN_FIELDS: Readonly<Record<string, Schema>> = {
  format_version: text,
  target: object({ endpoint: line, org: line, generation: { enum: GENERATIONS }, flyteadmin: name, delivery: name }, [
    "endpoint",
    "org",
    "generation",
  ]),
  revision: optional(name),
  options,
  changes: list(change),
  steps: list(step),
  effects: list(object({ address, grade: { enum: GRADES }, disruption: { enum: DISRUPTIONS } })),
  notices: list(
    object({ code: name, message: lines, addresses: names, queues: names }, ["code", "message", "addresses"]),
  ),
  routing: list({ anyOf: [queueRoute, runRoute] }),
  impact: list(object({ queue: name, in_flight: optional(work), addresses: names })),
  checks: list(
    object(
      {
        name,
        status: { enum: ["pass", "warn", "fail"] },
        message: lines,
        addresses: names,
        failing: names,
        refused: names,
        concerns: names,
        allowed: flag,
        beside_drift: flag,
      },
      ["name", "status", "message", "addresses"],
    ),
  ),
  summary: object({ add: count, change: count, replace: count, destroy: count }),
  unmanaged: names,
  ownership: object({ claim: list(claim), release: addresses, settle: addresses }),
  ...{ reads: names, digest: hash, live_digest: hash, applyable: { type: "boolean" } },
};

/** JSON Schema (2020-12) of a plan, as `plan --json` prints it. Published by `poolkeeper schema plan`. */
export const PLAN_SCHEMA: Schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Plan of poolkeeper",
  description:
    "What `poolkeeper plan --json` prints. A plan file has the same fields, its inputs and codes that authenticate it.",
  ...object({ ...PLAN_FIELDS, format_version: { const: PLAN_FORMAT } }),
};

function object(properties: Readonly<Record<string, Schema>>, required = Object.keys(properties)): Schema {
  return { type: "object", required, properties, additionalProperties: false };
}

function list(items: Schema): Schema {
  return { type: "array", items };
}

function optional(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}
