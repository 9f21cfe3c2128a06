import { expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import type { StoredRow } from "../../src/store/database/stored-row.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { desiredCluster } from "../plan/arbitrary-desired.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";
import { TWO_POOLS } from "./situations.ts";

const WITH_C9: Desired = {
  ...TWO_POOLS,
  clusters: [...TWO_POOLS.clusters, desiredCluster("c9", "pa", { queue: { depth: 7 } })],
};

async function backUp({ storeDir }: ServedWorld): Promise<() => Promise<void>> {
  const database = await openDatabase(storeDir ?? "");
  const backup: StoredRow[] = [];
  for await (const row of database.snapshot()) backup.push(row);
  await database.close();
  return async () => {
    const again = await openDatabase(storeDir ?? "");
    await again.restore(
      (async function* () {
        yield* backup;
      })(),
      true,
    );
    await again.close();
  };
}

const failing = ({ checks }: Plan) =>
  checks.filter(({ status }) => status === "fail").map(({ name, addresses, concerns }) => [name, addresses, concerns]);

/** The store was restored from before c9 was deleted; since then somebody else has registered it, in another pool. */
async function serveRestored(generation: (typeof GENERATIONS)[number]): Promise<ServedWorld> {
  const world = await serveWorld(generation);
  await world.converge(WITH_C9);
  const restore = await backUp(world);
  await world.converge(TWO_POOLS);
  world.model.commit([
    { table: "cluster", key: "c9", record: null },
    { table: "queue", key: "c9", record: null },
  ]);
  await world.writer.registerCluster("c9", "pb");
  await restore();
  return world;
}

test.each(GENERATIONS)(
  "on %s what somebody else has made under a name that a restored backup owns is deleted by no plan, unless the check is let through",
  async (generation) => {
    const world = await serveRestored(generation);
    const plan = await world.plan(TWO_POOLS);
    expect(failing(plan)).toEqual([["restored-ownership", ["cluster.c9"], ["cluster.c9"]]]);
    // What manifests name is confirmed by being applied, and c9 is not.
    const others = { exclude: ["cluster.c9"] } as const;
    await world.converge(TWO_POOLS, others);
    expect(failing(await world.plan(TWO_POOLS))).toHaveLength(1);
    expect((await world.reader.getCluster("c9"))?.pool).toBe("pb");
    await world.converge(TWO_POOLS, { allow: ["restored-ownership", "max-disruption-share"] });
    expect(((await world.reader.getCluster("c9")) ?? { state: "deleted" }).state).toBe("deleted");
  },
);

test("what a manifest names is confirmed by being applied, and what is as it was applied last is deleted as ever", async () => {
  const world = await serveWorld("2026-11");
  await world.converge(WITH_C9);
  const restore = await backUp(world);
  await restore();
  const memory = await world.openMemory();
  expect(memory.owned.every(({ unconfirmed }) => unconfirmed === true)).toBe(true);
  await memory.close();
  await world.converge(TWO_POOLS);
  const after = await world.openMemory();
  expect(after.owned.filter(({ unconfirmed }) => unconfirmed === true)).toEqual([]);
  await after.close();
  expect((await world.reader.getCluster("c9"))?.state ?? "deleted").toBe("deleted");
});
