import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json/json.ts";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { patchMaps, type QueuePatch } from "../../src/model/objects/limit-maps.ts";
import type { SettingValues } from "../../src/model/objects/settings.ts";
import type { PoolConfig } from "../../src/model/objects/spec.ts";
import { leaveAt } from "../../src/model/plan/field-origins.ts";
import { pickLimits } from "../../src/plan/fields/queue-fields.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { TEST_LIMIT_MS } from "../set-up/patience.ts";
import { desiredSettings } from "./desired-places.ts";
import { serveWorld } from "./serve-world.ts";
import { TWO_POOLS } from "./situations.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 30),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};
/** For as many runs as a soak may ask for. */
const LONGEST_MS = TEST_LIMIT_MS + SETTINGS.numRuns * 5_000;

const count = fc.integer({ min: 1, max: 2 });
const quantity = fc.constantFrom("1", "2");
const limits = fc.record({
  ...{ run_concurrency: count, depth: count },
  max_resources: fc.record({ cpu: quantity, memory: quantity }, { requiredKeys: [] }),
  max_accelerators: fc.record({ "nvidia-h100": count, "nvidia-a100": count }, { requiredKeys: [] }),
});
type Limits = typeof limits extends fc.Arbitrary<infer T> ? T : never;
const LIMITS = [
  ...[["run_concurrency"], ["depth"], ["max_resources", "cpu"], ["max_resources", "memory"]],
  ...[
    ["max_accelerators", "nvidia-h100"],
    ["max_accelerators", "nvidia-a100"],
  ],
];

const read = (fields: JsonObject, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (value as JsonObject | undefined)?.[key], fields);
/** What a plan that was made at `before` makes of what somebody has set meanwhile. */
function expected(
  paths: readonly (readonly string[])[],
  before: JsonObject,
  wanted: JsonObject,
  meanwhile: JsonObject,
) {
  const alike = paths.filter((path) => read(before, path) === read(wanted, path));
  return leaveAt(wanted, meanwhile, alike);
}

const QUEUES: Readonly<Record<string, (limits: Limits) => Pick<Desired, "queues" | "clusters">>> = {
  "a queue": (set) => {
    const queue = desiredQueue("q1", "pa", ["*"]);
    return { clusters: [desiredCluster("c1", "pa")], queues: [{ ...queue, spec: { ...queue.spec, ...set } }] };
  },
  "a cluster's queue": (queue) => ({ clusters: [desiredCluster("q1", "pa", { queue })], queues: [] }),
};

test.each(Object.entries(QUEUES))(
  "an update of %s sends the limits that its plan changes, and no others",
  async (_what, declare) => {
    const each = fc.record({ applied: limits, wanted: limits, meanwhile: limits });
    await fc.assert(
      fc.asyncProperty(each, async ({ applied, wanted, meanwhile }) => {
        const world = await serveWorld("2026-11");
        const folder = (set: Limits): Desired => ({ ...NOTHING_DESIRED, pools: [desiredPool("pa")], ...declare(set) });
        const readLimits = async () => {
          const spec = (await world.reader.getQueue("q1"))?.spec ?? {};
          return pickLimits(spec, ["run_concurrency", "depth", "max_resources", "max_accelerators"]);
        };
        await world.converge(folder(applied));
        const plan = await world.plan(folder(wanted));
        await world.writer.updateQueue("q1", patchMaps(meanwhile, await readLimits()) as QueuePatch);
        expect((await world.apply(plan)).status).toBe("applied");
        expect(await readLimits()).toEqual(expected(LIMITS, applied, wanted, meanwhile));
      }),
      SETTINGS,
    );
  },
  LONGEST_MS,
);

const config: fc.Arbitrary<PoolConfig> = fc.record({
  object_store_ref: fc.record({
    uri: fc.constantFrom("s3://one", "s3://two"),
    endpoint: fc.constantFrom("https://one.example.com", "https://two.example.com"),
  }),
  secret_store: fc.record({
    type: fc.constantFrom("AWS_SECRETS_MANAGER", "GCP_SECRET_MANAGER"),
    locator: fc.constantFrom("arn:one", "arn:two"),
  }) as fc.Arbitrary<PoolConfig["secret_store"]>,
  image_registry: fc.record({ locator: fc.constantFrom("one.example.com", "two.example.com") }),
});
const CONFIG = [
  ...[
    ["object_store_ref", "uri"],
    ["object_store_ref", "endpoint"],
    ["secret_store", "type"],
  ],
  ...[
    ["secret_store", "locator"],
    ["image_registry", "locator"],
  ],
];

test(
  "an update of a pool sends the fields that its plan changes, and no others",
  async () => {
    const each = fc.record({ applied: config, wanted: config, meanwhile: config });
    await fc.assert(
      fc.asyncProperty(each, async ({ applied, wanted, meanwhile }) => {
        const world = await serveWorld("2026-11");
        const folder = (set: PoolConfig): Desired => ({
          ...NOTHING_DESIRED,
          pools: [{ ...desiredPool("pa"), config: set }],
        });
        await world.converge(folder(applied));
        const plan = await world.plan(folder(wanted));
        await world.writer.updatePool("pa", meanwhile);
        expect((await world.apply(plan)).status).toBe("applied");
        expect((await world.reader.getPool("pa"))?.config).toEqual(
          expected(CONFIG, ...([applied, wanted, meanwhile] as unknown as [JsonObject, JsonObject, JsonObject])),
        );
      }),
      SETTINGS,
    );
  },
  LONGEST_MS,
);

const text = fc.constantFrom("1", "2");
const values = fc.record(
  {
    "task_resource.min.cpu": text,
    "security.service_account": text,
    labels: fc.oneof(fc.record({ a: text, b: text }, { requiredKeys: [] }), fc.constant("~unset" as const)),
    annotations: fc.record({ a: text, b: text }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
type Values = typeof values extends fc.Arbitrary<infer T> ? T : never;

/** Every key and entry by itself; null: it is not there. */
function flat(of: SettingValues | Values): Readonly<Record<string, unknown>> {
  const keys = ["task_resource.min.cpu", "security.service_account", "labels", "annotations"];
  const entries = keys.flatMap((key): (readonly [string, unknown])[] => {
    const value = (of as JsonObject)[key];
    const isMap = typeof value === "object" && value !== null;
    const inner = isMap ? (value as JsonObject) : {};
    if (key !== "labels" && key !== "annotations") return [[key, value ?? null]];
    return [
      [key, isMap ? null : (value ?? null)],
      ...["a", "b"].map((name) => [`${key}.${name}`, inner[name] ?? null] as const),
    ];
  });
  return Object.fromEntries(entries);
}

test(
  "an update of settings sends what its plan changes and no more, and never over what somebody has set there since",
  async () => {
    const each = fc.record({ applied: values, wanted: values, meanwhile: values });
    await fc.assert(
      fc.asyncProperty(each, async ({ applied, wanted, meanwhile }) => {
        const world = await serveWorld("2026-11");
        const scope = { domain: null, project: null };
        const folder = (set: SettingValues): Desired => ({ ...NOTHING_DESIRED, settings: [desiredSettings("", set)] });
        await world.converge(folder(applied as SettingValues));
        const plan = await world.plan(folder(wanted as SettingValues));
        const { values: there, version } = await world.reader.getSettings(scope);
        const pod_template_name = "from-elsewhere";
        await world.writer.writeSettings(scope, { ...(meanwhile as SettingValues), pod_template_name }, version);
        const { status, steps } = await world.apply(plan);
        const found = (await world.reader.getSettings(scope)).values;
        const [before, after, other, now] = [flat(there), flat(wanted), flat(meanwhile), flat(found)];
        expect(found).toMatchObject({ pod_template_name });
        if (status !== "applied") {
          expect(steps).toMatchObject([{ status: "failed", code: "settings_changed" }]);
          expect(now).toEqual(other);
          // Somebody has changed what the plan changes: it is refused for that alone.
          const isTouched = (key: string) => before[key] !== after[key] && before[key] !== other[key];
          const keys = Object.keys(after);
          expect(keys.some(isTouched) || keys.some((key) => isWhole(key, wanted, there, meanwhile))).toBe(true);
          return;
        }
        for (const key of Object.keys(after)) {
          expect([key, now[key]]).toEqual([key, before[key] === after[key] ? other[key] : after[key]]);
        }
      }),
      SETTINGS,
    );
  },
  LONGEST_MS,
);

/** Whether a map goes, comes or is unset as a whole, while somebody changes it. */
function isWhole(path: string, wanted: Values, there: SettingValues, meanwhile: Values): boolean {
  const [key = ""] = path.split(".");
  const all = [wanted, there, meanwhile].map((of) => (of as JsonObject)[key]);
  return all.some((value) => typeof value !== "object") && JSON.stringify(all[1]) !== JSON.stringify(all[2]);
}

test("what somebody sets while one run waits stays, where its plan does not change that", async () => {
  const world = await serveWorld("2026-11");
  const folder = (pool: string): Desired => ({ ...TWO_POOLS, queues: [desiredQueue("any", pool, ["*"])] });
  await world.converge(folder("pa"));
  await world.post("/inflight", { queue: "any", cluster: "c1", runs: 2 });
  const plan = await world.plan(folder("pb"));
  let isSet = false;
  world.onSleep = async () => {
    if (isSet) return;
    isSet = true;
    await world.writer.updateQueue("any", { run_concurrency: 77, max_resources: { cpu: "5" } });
    await world.post("/inflight", { queue: "any", cluster: "c1", runs: 0 });
  };
  expect((await world.apply(plan, { wait_ms: 3_600_000 })).status).toBe("applied");
  const { spec, state } = (await world.reader.getQueue("any")) ?? {};
  expect({ ...spec, state }).toMatchObject({
    ...{ cluster_pool: "pb", clusters: ["*"], run_concurrency: 77, max_resources: { cpu: "5" }, state: "active" },
  });
});
