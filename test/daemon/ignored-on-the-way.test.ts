import { expect, test } from "vitest";
import { cluster, FILES, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

const ALL = { policy: { auto_apply: "all" } };
const ANY_IN_PB = queue("any", 1).replace("cluster_pool: pa", "cluster_pool: pb");
const ignore = (field: string) => `lifecycle: { ignore_changes: [${field}] }\n`;

test.each([
  { kind: "cluster", file: "clusters/c1.yaml", name: "c1", manifest: cluster("c1", "pa"), moved: cluster("c1", "pb") },
  { kind: "queue", file: "queues/any.yaml", name: "any", manifest: queue("any", 1), moved: ANY_IN_PB },
] as const)("a $kind whose state is ignored is in service again after its move", async (object) => {
  const { kind, file, name, manifest, moved } = object;
  const world = await openDaemonWorld({ ...FILES, [file]: manifest + ignore("state") });
  const daemon = await world.start(ALL);
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 2);
  const pushed = await daemon.push({ [file]: moved + ignore("state") });
  await daemon.untilState("Waiting", pushed);
  await daemon.reconciled();
  await world.setWork("c1", 0);
  world.served.model.settle();
  await daemon.untilApplied(pushed);
  expect(world.served.model.state[kind].rows.get(name)?.state).toBe("active");
});

test("a `*` queue whose selector is ignored is `*` again, whatever else is written of it once the cluster is gone", async () => {
  const any = (runs: number) => queue("any", runs) + ignore("clusters");
  const world = await openDaemonWorld({ ...FILES, "queues/any.yaml": any(1) }, "2026-07");
  const daemon = await world.start(ALL);
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 2);
  const gone = await daemon.push({ "clusters/c1.yaml": null });
  await daemon.untilState("Waiting", gone);
  const next = await daemon.push({ "queues/any.yaml": any(2) });
  await daemon.untilState("Waiting", next);
  await world.setWork("c1", 0);
  world.served.model.settle();
  await daemon.untilApplied(next);
  expect(world.served.model.state.queue.rows.get("any")?.spec).toMatchObject({ clusters: ["*"], run_concurrency: 2 });
});
