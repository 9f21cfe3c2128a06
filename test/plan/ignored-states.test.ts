import { expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredQueue, LIFECYCLE } from "./arbitrary-desired.ts";
import { openWorld, type World } from "./open-model.ts";
import { folder, planSettings } from "./plan-settings.ts";
import { carryOut } from "./walk-plan.ts";

const IGNORES = { ...LIFECYCLE, ignore_changes: ["state"] };
const C1 = desiredCluster("c1", "pa");
const [C2, C2_DRAINED] = (["active", "drained"] as const).map((state) =>
  desiredCluster("c2", "pa", { state, lifecycle: IGNORES }),
) as [Desired["clusters"][number], Desired["clusters"][number]];

async function apply(desired: Desired): Promise<World> {
  const world = openWorld("2026-11");
  await carryOut(world, await planSettings(world, desired));
  return world;
}

async function setState(world: World, kind: "Cluster" | "Queue", name: string, state: "active" | "draining") {
  const { generation } = await world.reader[`get${kind}`](name).then((found) => found ?? { generation: "" });
  await world.writer[`set${kind}State`](name, state, generation);
  await world.clock.sleep(100_000);
}

const listWarnings = ({ checks }: Plan) =>
  checks.flatMap(({ name, status, message }) => (name === "black-hole" && status === "warn" ? [message] : []));

const listTold = ({ notices }: Plan) =>
  notices.flatMap(({ code, queues }) => (code === "interruption" ? (queues ?? []) : []));

test("settings that name the queue of a cluster which its manifest has drained, and which others keep in service, are not warned of", async () => {
  const world = await apply(folder([C1, C2_DRAINED], [], "c1"));
  await setState(world, "Cluster", "c2", "active");
  expect(listWarnings(await planSettings(world, folder([C1, C2_DRAINED], [], "c2")))).toEqual([]);
});

test("settings that name the queue of a cluster which others have drained are warned of, and who leaves it so", async () => {
  const world = await apply(folder([C1, C2], [], "c1"));
  await setState(world, "Cluster", "c2", "draining");
  expect(listWarnings(await planSettings(world, folder([C1, C2], [], "c2"))).join()).toContain(
    "Settings of acme name queue c2 as run.default_queue, and cluster.c2 leaves it drained: runs there that name no queue are refused.",
  );
});

test("a queue that its manifest has drained, and that others keep in service, is told of where it is drained on its way to another pool", async () => {
  const [before, after] = ["pa", "pb"].map((pool) =>
    desiredQueue("qa", pool, ["*"], { state: "drained", lifecycle: IGNORES }),
  );
  const clusters = [C1, desiredCluster("c3", "pb")];
  const world = await apply(folder(clusters, before === undefined ? [] : [before], undefined));
  await setState(world, "Queue", "qa", "active");
  expect(listTold(await planSettings(world, folder(clusters, after === undefined ? [] : [after], undefined)))).toEqual([
    "qa",
  ]);
});
