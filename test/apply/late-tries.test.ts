import { expect, test } from "vitest";
import type { TargetTools } from "../../src/apply/apply-context.ts";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import { groupRows, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { QUEUE_DEFAULTS } from "../../src/model/objects/spec.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { serveCascades } from "./cascade-world.ts";
import { desiredLabel, desiredPlaces } from "./desired-places.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

/** How long a write may be on its way. */
const WRITE_MS = 10_000;

/** Loses the first try of a write, which arrives when its time is nearly over. */
function delayFirst<Args extends readonly unknown[]>(
  world: Pick<ServedWorld, "clock" | "onSleep">,
  write: (...args: Args) => Promise<void>,
) {
  let late: (() => Promise<void>) | null = null;
  let at = 0;
  const arrive = async () => {
    const landing = late;
    late = null;
    await landing?.();
  };
  world.onSleep = async (milliseconds) => {
    if (late !== null && world.clock.now() + milliseconds >= at) await arrive();
  };
  let tries = 0;
  return {
    arrive,
    tries: () => tries,
    write: async (...args: Args) => {
      tries += 1;
      if (tries > 1) return write(...args);
      late = () => write(...args);
      at = world.clock.now() + WRITE_MS - 1;
      throw new OperationalError("connection_cut", "cut", { next: "retry", outcomeUnknown: true });
    },
  };
}

test("a wide delete whose first try arrives late puts back all that this takes along", async () => {
  const world = await serveCascades({ "team1/development/one": "1", "team1/development/two": "2" });
  const kept = desiredLabel("project1", "kept");
  await world.converge(desiredPlaces({ rows: groupRows([desiredLabel("team1/development", "dev"), kept]) }));
  const next = desiredPlaces({ rows: groupRows([kept]) });
  const { reader, writer } = world.flyteadmin;
  const { arrive, ...first } = delayFirst(world, writer.deleteRow);
  const flyteadmin = { reader, writer: { ...writer, deleteRow: first.write } };
  expect((await world.apply(await world.plan(next), { flyteadmin, write_ms: WRITE_MS })).status).toBe("applied");
  await arrive();
  expect(Object.keys(await world.rows()).sort()).toEqual([
    "execution_cluster_label.project1",
    "execution_cluster_label.team1/development/one",
    "execution_cluster_label.team1/development/two",
  ]);
  expect((await world.plan(next)).changes).toEqual([]);
});

test("a * queue of others is restored, though the first try of what wrote it out arrives late", async () => {
  const world = await serveWorld("2026-07");
  const pools = [desiredPool("pa")];
  const clusters = ["c1", "c2"].map((name) => desiredCluster(name, "pa"));
  await world.converge({ ...NOTHING_DESIRED, pools, clusters });
  const { spec } = desiredQueue("theirs", "pa", ["*"]);
  await world.writer.createQueue("theirs", { ...QUEUE_DEFAULTS, ...spec }, "active");
  const next = { ...NOTHING_DESIRED, pools, clusters: clusters.slice(1) };
  const plan = await world.plan(next);
  expect(plan.steps.map(({ phase }) => phase)).toContain("write-out");
  const { arrive, ...first } = delayFirst(world, world.writer.updateQueue);
  const writer: TargetTools["writer"] = { ...world.writer, updateQueue: first.write };
  expect((await world.apply(plan, { writer, write_ms: WRITE_MS })).status).toBe("applied");
  await arrive();
  expect(first.tries()).toBeGreaterThan(1);
  expect((await world.reader.getQueue("theirs"))?.spec.clusters).toEqual(["*"]);
});

test.each([
  ["was answered", { code: "unavailable" }],
  ["was carried out", { drop_after_commit: true }],
])("a failed try that %s is not waited for", async (_how, fault) => {
  const world = await serveWorld("2026-11");
  const pools = [desiredPool("pa")];
  const clusters = [desiredCluster("c1", "pa")];
  await world.converge({ ...NOTHING_DESIRED, pools, clusters });
  const queues = [desiredQueue("any", "pa", ["*"])];
  const plan = await world.plan({ ...NOTHING_DESIRED, pools, clusters, queues });
  await world.fault({ method: "CreateQueue", ...fault });
  const before = world.clock.now();
  expect((await world.apply(plan, { write_ms: WRITE_MS })).status).toBe("applied");
  expect(world.clock.now() - before).toBeLessThan(WRITE_MS);
});
