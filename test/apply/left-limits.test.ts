import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json/json.ts";
import { type Desired, type Lifecycle, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { patchMaps, type QueuePatch } from "../../src/model/objects/limit-maps.ts";
import { leaveAt } from "../../src/model/plan/field-origins.ts";
import type { PlanOptions } from "../../src/model/plan/plan.ts";
import { pickLimits } from "../../src/plan/fields/queue-fields.ts";
import { desiredCluster, desiredPool, desiredQueue, LIFECYCLE } from "../plan/arbitrary-desired.ts";
import { TEST_LIMIT_MS } from "../set-up/patience.ts";
import { serveWorld } from "./serve-world.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 40),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};
/** For as many runs as a soak may ask for. */
const LONGEST_MS = TEST_LIMIT_MS + SETTINGS.numRuns * 5_000;

const quantity = fc.constantFrom("1", "2", "3");
const count = fc.integer({ min: 1, max: 3 });
const accelerators = { "nvidia-h100": count, "nvidia-a100": count, "nvidia-a100/1g.5gb": count };
const limits = fc.record({
  ...{ run_concurrency: count, depth: count },
  max_resources: fc.record({ cpu: quantity, memory: quantity, ephemeral_storage: quantity }, { requiredKeys: [] }),
  max_accelerators: fc.record(accelerators, { requiredKeys: [] }),
});
type Limits = typeof limits extends fc.Arbitrary<infer T> ? T : never;

/** Paths of limits as manifests may spell them, and key by key. */
const PATHS = [
  ...["run_concurrency", "depth", "max_resources", "max_accelerators"].map((key) => [key, [key]] as const),
  ...["cpu", "memory", "ephemeral_storage"].map((name) => [`max_resources.${name}`, ["max_resources", name]] as const),
  ...[
    ["max_accelerators.H100", ["max_accelerators", "nvidia-h100"]] as const,
    ["max_accelerators.nvidia-a100", ["max_accelerators", "nvidia-a100"]] as const,
    ["max_accelerators.nvidia-a100/1g.5gb", ["max_accelerators", "nvidia-a100/1g.5gb"]] as const,
  ],
];
const paths = fc.subarray(PATHS, { maxLength: 4 });

const situations = fc.record({
  ...{ applied: limits, outside: limits, meanwhile: limits, wanted: limits, ignored: paths, left: paths },
});

interface Object {
  readonly what: string;
  /** Of paths of its limits. */
  readonly below: readonly string[];
  /** The object `q1` of a folder. */
  readonly declare: (limits: Limits, lifecycle: Lifecycle) => Pick<Desired, "queues" | "clusters">;
}

const OBJECTS: readonly Object[] = [
  {
    what: "queue",
    below: [],
    declare: (limits, lifecycle) => {
      const queue = desiredQueue("q1", "pa", ["*"], { lifecycle });
      return { clusters: [desiredCluster("c1", "pa")], queues: [{ ...queue, spec: { ...queue.spec, ...limits } }] };
    },
  },
  {
    what: "cluster",
    below: ["queue"],
    declare: (queue, lifecycle) => ({ clusters: [desiredCluster("q1", "pa", { queue, lifecycle })], queues: [] }),
  },
];

describe.each(OBJECTS)("an update of the limits of a $what", ({ what, below, declare }) => {
  test(
    "sets them as the manifest says, and those that are ignored or left stay as they are right before it",
    async () => {
      await fc.assert(
        fc.asyncProperty(situations, async ({ applied, outside, meanwhile, wanted, ignored, left }) => {
          const world = await serveWorld("2026-11");
          const folder = (limits: Limits): Desired => {
            const ignore_changes = ignored.map(([spelled]) => [...below, spelled].join("."));
            const lifecycle = { ...LIFECYCLE, ignore_changes };
            return { ...NOTHING_DESIRED, pools: [desiredPool("pa")], ...declare(limits, lifecycle) };
          };
          const read = async () => {
            const spec = (await world.reader.getQueue("q1"))?.spec ?? {};
            return pickLimits(spec, ["run_concurrency", "depth", "max_resources", "max_accelerators"]);
          };
          const setByHand = async (fields: JsonObject) =>
            world.writer.updateQueue("q1", patchMaps(fields, await read()) as QueuePatch);
          await world.converge(folder(applied));
          await setByHand(outside);
          const leave: PlanOptions["leave"] = [
            { address: `${what}.q1` as never, paths: left.map(([, path]) => [...below, ...path]), of: "drift" },
          ];
          const plan = await world.plan(folder(wanted), { leave });
          const stays = [...ignored, ...left].map(([, path]) => path);
          const before = leaveAt(outside, meanwhile, stays);
          await setByHand(before);
          expect((await world.apply(plan)).status).toBe("applied");
          expect(await read()).toEqual(leaveAt(wanted, before, stays));
          expect((await world.plan(folder(wanted), { leave })).steps).toEqual([]);
        }),
        SETTINGS,
      );
    },
    LONGEST_MS,
  );
});
