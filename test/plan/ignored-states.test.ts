import { expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredQueue, LIFECYCLE } from "./arbitrary-desired.ts";
import { judgeInput, openWorld, type World } from "./open-model.ts";
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

test("a queue that gets in place of its last cluster one that stays out of service loses its service, also where an unfinished rollout of a restored backup has drained that one", async () => {
  const queues = [desiredQueue("qa", "pa", ["*"])];
  const moved = desiredCluster("c2", "pb", { lifecycle: IGNORES });
  const world = await apply(folder([C1, moved], queues, undefined));
  await setState(world, "Cluster", "c2", "draining");
  const address = "cluster.c2";
  const restored = {
    kind: "cluster",
    name: "c2",
    address,
    is_restored: false,
    at: "2026-01-01T00:00:00.000Z",
  } as const;
  const next = folder([desiredCluster("c1", "pb"), C2], queues, undefined);
  for (const restored_drains of [[], [restored]]) {
    const { checks } = await planSettings(world, next, {}, (input) => judgeInput({ ...input, restored_drains }));
    expect(checks.find(({ name }) => name === "black-hole")).toMatchObject({ status: "fail", addresses: ["queue.qa"] });
  }
});
