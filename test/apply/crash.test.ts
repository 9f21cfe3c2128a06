import { describe, expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { writable } from "../store/writable.ts";
import { forkWorld } from "./fork-world.ts";
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

/** The process is gone: nothing that it was about to do happens any more. */
class Killed extends Error {}

type When = "before" | "after";

/** Applies a plan and kills it at a write, before or after the control plane has carried it out. False: it ended before. */
async function applyAndKill(world: ServedWorld, next: Desired, at: number, when: When): Promise<boolean> {
  let writes = 0;
  let isDead = false;
  const alive = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isDead) throw new Killed();
    return call();
  };
  const writer = wrap(world.writer, (call) =>
    alive(async () => {
      writes += 1;
      if (writes !== at) return call();
      if (when === "after") await call();
      isDead = true;
      throw new Killed();
    }),
  );
  const memory = await world.openMemory();
  const ledger = wrap(await writable(await memory.openForWriting()), alive);
  try {
    await world.apply(await world.plan(next), { writer, ledger, parallelism: 2 });
    return false;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return true;
  } finally {
    await memory.close();
  }
}

/** What the next run would know beside the live state. */
async function readMemory(world: ServedWorld) {
  const { owned, unfinished, close } = await world.openMemory();
  await close();
  return { unfinished, owned: owned.map(({ updated_at: _time, ...object }) => object) };
}

function wrap<T extends object>(object: T, around: (call: () => Promise<unknown>) => Promise<unknown>): T {
  return new Proxy(object, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (...args: unknown[]) => around(() => value.apply(target, args)) : value;
    },
  });
}

describe.each(GENERATIONS)("on generation %s", (generation) => {
  const next = NEXT;
  describe.each([
    ["with a store", true],
    ["without a store", false],
  ])("%s", (_name, store) => {
    test.each(["before", "after"] as const)(
      "killed %s any write and applied again, it comes to the same end and leaves nothing behind",
      async (when) => {
        const past = await serveWorld(generation, { store });
        await past.converge(PAST);
        const straight = forkWorld(past);
        await straight.converge(next);
        const essence = await straight.essence();
        const memory = await readMemory(straight);
        for (let at = 1; ; at += 1) {
          const world = forkWorld(past);
          if (!(await applyAndKill(world, next, at, when))) {
            expect(at).toBeGreaterThan(10);
            break;
          }
          await world.converge(next);
          expect((await world.plan(next)).steps, `killed ${when} write ${at}`).toEqual([]);
          expect(await world.essence(), `killed ${when} write ${at}`).toEqual(essence);
          expect(await readMemory(world), `killed ${when} write ${at}`).toEqual(memory);
        }
      },
    );
  });
});
