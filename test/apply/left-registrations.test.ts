import { expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { killEverywhere } from "./kill-everywhere.ts";
import { ALLOWED, leftBehind, PAST, settle, without } from "./left-behind.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

const deleted = {
  ...PAST,
  clusters: PAST.clusters.map(({ lifecycle, ...one }) => ({
    ...one,
    lifecycle: { ...lifecycle, on_remove: "delete" as const },
  })),
};
const moved = (past: typeof PAST) => ({
  ...past,
  clusters: past.clusters.map((one) => (one.name === "c3" ? { ...one, pool: "pa" } : one)),
});

/** The names on record of what `c3` is. */
async function listRecorded({ openMemory }: ServedWorld): Promise<readonly string[]> {
  const memory = await openMemory();
  try {
    return memory.owned.filter(({ address }) => address === "cluster.c3").map(({ physical_name }) => physical_name);
  } finally {
    await memory.close();
  }
}

const listRegistered = async ({ reader }: ServedWorld) =>
  (await reader.listClusters("live")).map(({ name }) => name).filter((name) => name.startsWith("c3"));

const EDITS = { allow: ALLOWED };

/** What a move of `c3` leaves where it is killed anywhere, with the registrations that it made and did not record. */
async function* killMoves(past: typeof PAST) {
  const origin = await serveWorld("2026-07");
  await origin.converge(past);
  for (const { world, when } of await killEverywhere(origin, await origin.plan(moved(past), EDITS))) {
    const recorded = await listRecorded(world);
    const made = (await listRegistered(world)).filter((name) => name !== "c3" && !recorded.includes(name));
    if (made.length > 0) yield { world, when, made };
  }
}

test("2026-07: a registration that a killed move made, whose manifest is gone before the next run, is reported where nothing is pruned, until it is gone", async () => {
  let kills = 0;
  for await (const { world, when, made } of killMoves(deleted)) {
    kills += 1;
    const options = { ...EDITS, prune: "none" } as const;
    const rest = await settle(world, without(deleted, ["c3"]), options);
    for (const name of made) expect(leftBehind(rest).join(), when).toContain(name);
    for (const name of made) await world.writer.deleteCluster(name, "0");
    expect(leftBehind(await settle(world, without(deleted, ["c3"]), options)), when).toEqual([]);
  }
  expect(kills).toBeGreaterThan(0);
});

test("2026-07: both registrations of a move that waits for work, whose manifest is gone, are reported where nothing is pruned, until one is gone", async () => {
  const world = await serveWorld("2026-07");
  await world.converge(deleted);
  await world.post("/inflight", { queue: "c3", cluster: "c3", runs: 1 });
  expect((await world.apply(await world.plan(moved(deleted), EDITS))).status).toBe("waiting");
  const options = { ...EDITS, prune: "none" } as const;
  const edit = without(deleted, ["c3"]);
  expect(leftBehind(await settle(world, edit, options))).toEqual([expect.stringMatching(/^cluster\.c3 \(c3 /)]);
  await world.post("/inflight", { queue: "c3", cluster: "c3", runs: 0 });
  await world.writer.deleteCluster("c3", "0");
  expect(leftBehind(await settle(world, edit, options))).toEqual([]);
});

test.each(GENERATIONS)(
  "%s: where a killed move left two registrations, and the manifest that is gone releases them, both stay reported until one is gone",
  async (generation) => {
    const origin = await serveWorld(generation);
    await origin.converge(PAST);
    const options = { ...EDITS, on_pool_change: "replace" } as const;
    const edit = without(PAST, ["c3"]);
    const listLive = async (world: ServedWorld) =>
      (await world.reader.listClusters("live")).filter(({ state }) => state !== "deleted").map(({ name }) => name);
    let kills = 0;
    for (const { world, when } of await killEverywhere(origin, await origin.plan(moved(PAST), options))) {
      const [made] = (await listLive(world)).filter((name) => name.startsWith("c3-"));
      if (made === undefined || !(await listLive(world)).includes("c3")) continue;
      kills += 1;
      for (const _pass of [1, 2, 3]) {
        const plan = await world.plan(edit, options);
        expect([plan.steps, leftBehind(plan)], when).toEqual([[], [expect.stringContaining("cluster.c3")]]);
        await world.apply(plan);
      }
      // Another user deletes the one that is named.
      const [told = ""] = leftBehind(await world.plan(edit, options));
      const key = told.includes(`(${made} `) ? made : "c3";
      for (const table of ["cluster", "queue"] as const) world.model.commit([{ table, key, record: null }]);
      const rest = await settle(world, edit, options);
      expect([leftBehind(rest), rest.changes], when).toEqual([[], []]);
    }
    expect(kills).toBeGreaterThan(1);
  },
);
