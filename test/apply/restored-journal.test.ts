import { expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import { QUEUE_DEFAULTS } from "../../src/model/objects/spec.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import type { StoredRow } from "../../src/store/database/stored-row.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { desiredQueue } from "../plan/arbitrary-desired.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";
import { TWO_POOLS } from "./situations.ts";

/** As {@link TWO_POOLS}, without c2, which `pins` releases. */
const WITHOUT_C2: Desired = {
  ...TWO_POOLS,
  clusters: TWO_POOLS.clusters.filter(({ name }) => name !== "c2"),
  queues: [desiredQueue("pins", "pa", ["c1"]), desiredQueue("any", "pa", ["*"])],
};

const SENDERS = ["pins", "theirs"];

const setWork = async (world: ServedWorld, runs: number) => {
  for (const queue of SENDERS) await world.post("/inflight", { queue, cluster: "c2", runs });
};

/** Of the queues whose work c2 may have, those that a plan waits for. */
const waitedFor = ({ steps }: Plan) =>
  SENDERS.filter((name) => steps.some((step) => step.until === "idle" && step.physical_name === name));

const leftBehind = ({ notices }: Plan) =>
  notices.flatMap(({ code, addresses }) => (code === "left-behind" ? addresses : []));

/** A store that was restored from a backup of a rollout that waits for work of `pins` and of `theirs`, which no manifest names. */
async function serveRestored(): Promise<ServedWorld> {
  const world = await serveWorld("2026-07");
  await world.converge(TWO_POOLS);
  const limits = { run_concurrency: 3, action_concurrency: 3 };
  const spec = { ...QUEUE_DEFAULTS, ...limits, cluster_pool: "pa", clusters: ["*"] };
  await world.writer.createQueue("theirs", spec, "active");
  await setWork(world, 1);
  expect(await world.apply(await world.plan(WITHOUT_C2), { wait_ms: 0 })).toMatchObject({ status: "waiting" });
  const database = await openDatabase(world.storeDir ?? "");
  const backup: StoredRow[] = [];
  for await (const row of database.snapshot()) backup.push(row);
  await database.restore(
    (async function* () {
      yield* backup;
    })(),
    true,
  );
  await database.close();
  return world;
}

test("after a restore a cluster is deleted once the queues are idle that released it or were written out for it", async () => {
  const world = await serveRestored();
  const plan = await world.plan(WITHOUT_C2);
  expect(waitedFor(plan)).toEqual(SENDERS);
  expect(leftBehind(plan)).toEqual(["queue.theirs"]);
  expect(await world.apply(plan, { wait_ms: 0 })).toMatchObject({ status: "waiting" });
  await setWork(world, 0);
  await world.converge(WITHOUT_C2);
  expect((await world.reader.getQueue("theirs"))?.spec.clusters).toEqual(["c1"]);
  const after = await world.plan(WITHOUT_C2);
  expect([after.steps, leftBehind(after)]).toEqual([[], []]);
});

test("their work is told where it is not waited for", async () => {
  const world = await serveRestored();
  const { impact } = await world.plan(WITHOUT_C2, { allow: ["in-flight", "max-disruption-share"] });
  expect(impact.map(({ queue }) => queue)).toEqual(expect.arrayContaining(SENDERS));
});

test("a whole plan ends what is told of them, and not that their work is waited for", async () => {
  const world = await serveRestored();
  await world.converge(TWO_POOLS);
  expect(leftBehind(await world.plan(TWO_POOLS))).toEqual([]);
  expect(waitedFor(await world.plan(WITHOUT_C2))).toEqual(SENDERS);
  await setWork(world, 0);
  await world.converge(TWO_POOLS);
  expect(waitedFor(await world.plan(WITHOUT_C2))).not.toContain("theirs");
});
