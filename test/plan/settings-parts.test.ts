import { expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { DEFAULT_QUEUE_KEY } from "../../src/model/objects/settings.ts";
import type { PlanOptions } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld } from "./open-model.ts";
import { ALLOWED, folder, planSettings } from "./plan-settings.ts";
import { desiredSettings } from "./routing/build-states.ts";
import { carryOut } from "./walk-plan.ts";

/** Settings of a domain name a queue of one cluster; it moves, and a queue on it there takes the place of the former one. */
const at = (pool: string, queue: string): Desired => ({
  ...folder([desiredCluster("c1", "pa"), desiredCluster("c3", pool)], [desiredQueue(queue, pool, ["c3"])], undefined),
  pools: ["pa", "pb", "pc"].map((name) => desiredPool(name)),
  settings: [desiredSettings("dev", { [DEFAULT_QUEUE_KEY]: queue })],
});

async function planPart(generation: Generation, options: Partial<PlanOptions>) {
  const world = openWorld(generation);
  await carryOut(world, await planSettings(world, at("pb", "q2")));
  const { changes, checks } = await planSettings(world, at("pc", "q3"), options);
  return {
    addresses: changes.map(({ address }) => address),
    failing: checks.filter(({ status }) => status === "fail"),
  };
}

const ALL = { cluster: "cluster.c3", settings: "settings.acme/dev", former: "queue.q2", queue: "queue.q3" } as const;

test.each(GENERATIONS)(
  "on %s, settings stay as they are where the queue that they are to name is left out",
  async (generation) => {
    for (const left of [ALL.cluster, ALL.queue]) {
      const { addresses, failing } = await planPart(generation, { exclude: [left] });
      expect(addresses).not.toContain(ALL.settings);
      if (generation === "2026-11") expect(addresses).not.toContain(ALL.former);
      expect(failing).toEqual([]);
    }
  },
);

test.each(GENERATIONS)(
  "on %s, settings that are chosen take the queue along that they are to name, and its cluster",
  async (generation) => {
    const { addresses, failing } = await planPart(generation, { target: [ALL.settings] });
    expect(addresses).toEqual(expect.arrayContaining([ALL.cluster, ALL.queue, ALL.settings]));
    expect(failing).toEqual([]);
  },
);

test.each(GENERATIONS)(
  "on %s, settings that are chosen without their queue's cluster are left out",
  async (generation) => {
    const { addresses } = await planPart(generation, { target: [ALL.settings], exclude: [ALL.cluster] });
    expect(addresses).toEqual([]);
  },
);

test.each(GENERATIONS)(
  "on %s, settings that are to name no queue, or that of the server, are planned in any part",
  async (generation) => {
    const world = openWorld(generation);
    await carryOut(world, await planSettings(world, at("pb", "q2")));
    for (const queue of ["~unset", "default"]) {
      const next = { ...at("pb", "q2"), settings: [desiredSettings("dev", { [DEFAULT_QUEUE_KEY]: queue })] };
      for (const options of [{ exclude: [ALL.former] }, { target: [ALL.settings] }]) {
        const { changes } = await planSettings(world, next, { ...options, allow: ALLOWED });
        expect(changes.map(({ address }) => address)).toEqual([ALL.settings]);
      }
    }
  },
);
