/** A store is lost while a cluster is registered under a name that a replacement gave it. */
import { describe, expect, test } from "vitest";
import { type Desired, type DesiredCluster, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { createMemoryLedger } from "./create-memory-ledger.ts";
import { openWorld, planWorld } from "./open-model.ts";
import { carryOut } from "./walk-plan.ts";

function folder(pool: string, registration: DesiredCluster["registration"] = { name: null, previous: null }): Desired {
  return {
    ...NOTHING_DESIRED,
    pools: [desiredPool("dev"), desiredPool("prod")],
    clusters: [{ ...desiredCluster("gpu-1", pool), registration }],
    queues: pool === "prod" ? [desiredQueue("training", pool, ["gpu-1"])] : [],
  };
}

/** gpu-1 was moved to the pool prod by a replacement, and the store knows nothing any more. */
async function loseStore(generation: Generation) {
  const world = openWorld(generation);
  const options = { on_pool_change: "replace" } as const;
  for (const pool of ["dev", "prod"]) await carryOut(world, await planWorld(world, folder(pool), options));
  world.ledger = createMemoryLedger();
  return world;
}

describe.each(["2026-07", "2026-11"] as const)(
  "%s: a cluster that is registered as gpu-1-prod and not on record",
  (generation) => {
    test("is not registered a second time: the check ownership fails and prints the name to declare", async () => {
      const plan = await planWorld(await loseStore(generation), folder("prod"));
      expect(plan.applyable).toBe(false);
      expect(plan.checks.filter(({ status }) => status === "fail")).toMatchObject([
        {
          name: "ownership",
          message: expect.stringMatching(/gpu-1-prod.*registration\.name: gpu-1-prod/),
          addresses: ["cluster.gpu-1"],
          concerns: ["cluster.gpu-1-prod"],
        },
      ]);
    });

    test("is adopted as it is once the manifest declares that name", async () => {
      const plan = await planWorld(await loseStore(generation), folder("prod", { name: "gpu-1-prod", previous: null }));
      expect(plan.applyable).toBe(true);
      expect(plan.changes.filter(({ address }) => address === "cluster.gpu-1")).toMatchObject([
        { action: "adopt", physical_name: "gpu-1-prod" },
      ]);
      expect(plan.steps.filter(({ kind }) => kind === "cluster")).toEqual([]);
    });

    test("is another owner's where the manifest declares another name", async () => {
      const plan = await planWorld(await loseStore(generation), folder("prod", { name: "gpu-1-b", previous: null }));
      expect(plan.checks.filter(({ status }) => status === "fail")).toEqual([]);
      expect(plan.steps.map(({ id }) => id)).toContain("cluster.gpu-1/create/cluster.gpu-1-b");
    });
  },
);
