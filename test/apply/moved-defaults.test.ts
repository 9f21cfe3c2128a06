import { expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { desiredPlaces, desiredSettings } from "./desired-places.ts";
import { killEverywhere } from "./kill-everywhere.ts";
import { ALLOWED } from "./left-behind.ts";
import { serveWorld } from "./serve-world.ts";

/** `c1` and the queue on it in a pool, to which the runs of a domain go. */
const folder = (pool: string): Desired => ({
  ...desiredPlaces({ settings: [desiredSettings("development", { "run.default_queue": "pin" })] }),
  pools: [desiredPool("pa"), desiredPool("pb")],
  clusters: [desiredCluster("c1", pool), desiredCluster("c2", "pa"), desiredCluster("c3", "pb")],
  queues: [desiredQueue("any", "pa", ["*"]), desiredQueue("pin", pool, ["c1"])],
});

test.each(GENERATIONS)(
  "generation %s: the settings that name a queue are no drift wherever its move is killed, or fails, and the move goes on",
  async (generation) => {
    const origin = await serveWorld(generation);
    const options = { allow: ALLOWED };
    await origin.converge(folder("pa"), options);
    const kills = await killEverywhere(origin, await origin.plan(folder("pb"), options));
    for (const { world, when } of kills) {
      const { changes } = await world.plan(folder("pb"), options);
      const others = changes.filter((change) => change.origin === "drift" || change.origin === "both");
      expect(
        others.map(({ address, before, after }) => ({ address, before, after })),
        when,
      ).toEqual([]);
      await world.converge(folder("pb"), options);
    }
    expect(kills.length).toBeGreaterThan(0);
  },
);
