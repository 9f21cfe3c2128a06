import { describe, expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { forkWorld } from "./fork-world.ts";
import { killEverywhere } from "./kill-everywhere.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

const POOLS = [desiredPool("pa"), desiredPool("pb")];

const PAST: Desired = {
  ...NOTHING_DESIRED,
  pools: [...POOLS, desiredPool("pc")],
  clusters: [
    desiredCluster("c1", "pa"),
    desiredCluster("c2", "pa"),
    desiredCluster("c3", "pb"),
    desiredCluster("c4", "pa", { queue: { depth: 7 } }),
    desiredCluster("gone", "pc"),
  ],
  queues: [
    desiredQueue("any", "pa", ["*"]),
    desiredQueue("any-b", "pb", ["*"]),
    desiredQueue("both", "pa", ["c1", "c2"]),
    desiredQueue("only", "pa", ["c1"]),
    desiredQueue("swaps", "pa", ["c4"]),
    desiredQueue("was", "pc", ["gone"]),
  ],
};

/** c1 and c4 change pool, with a queue that follows where queues can be moved; what was in pc has no manifest any more. */
const NEXT: Desired = {
  ...NOTHING_DESIRED,
  pools: POOLS,
  clusters: [
    desiredCluster("c1", "pb"),
    desiredCluster("c2", "pa"),
    desiredCluster("c3", "pb"),
    desiredCluster("c4", "pb", { queue: { depth: 8 } }),
  ],
  queues: [
    desiredQueue("any", "pa", ["*"]),
    desiredQueue("any-b", "pb", ["*"]),
    desiredQueue("both", "pa", ["c2"]),
    desiredQueue("only", "pb", ["c1"]),
    desiredQueue("swaps", "pa", ["c2"]),
  ],
};

/** What the next run would know beside the live state. */
async function readMemory(world: ServedWorld) {
  const { owned, unfinished, close } = await world.openMemory();
  await close();
  return { unfinished, owned: owned.map(({ updated_at: _time, ...object }) => object) };
}

describe.each(GENERATIONS)("on generation %s", (generation) => {
  const next = NEXT;
  describe.each([
    ["with a store", true],
    ["without a store", false],
  ])("%s", (_name, store) => {
    test("killed before or after any write and applied again, it comes to the same end and leaves nothing behind", async () => {
      const past = await serveWorld(generation, { store });
      await past.converge(PAST);
      const straight = forkWorld(past);
      await straight.converge(next);
      const essence = await straight.essence();
      const memory = await readMemory(straight);
      const all = await killEverywhere(past, await past.plan(next), { parallelism: 2, onlyWrites: true });
      expect(all.length).toBeGreaterThan(10);
      for (const { world, when } of all) {
        await world.converge(next);
        expect((await world.plan(next)).steps, when).toEqual([]);
        expect(await world.essence(), when).toEqual(essence);
        expect(await readMemory(world), when).toEqual(memory);
      }
    });
  });
});
