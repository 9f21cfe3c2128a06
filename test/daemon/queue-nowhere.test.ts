import { expect, test } from "vitest";
import { FILES } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

test("a * queue that stays without a manifest in a pool that is emptied is told until a cluster is there for it", async () => {
  const world = await openDaemonWorld(FILES, "2026-07");
  const daemon = await world.start({});
  await daemon.untilApplied(world.first);
  const gone = ["queues/any.yaml", "clusters/c1.yaml", "clusters/c2.yaml", "pools/pa.yaml"];
  await daemon.push(Object.fromEntries(gone.map((path) => [path, null])));
  const { plan } = await daemon.untilState("AwaitingApproval");
  expect(plan?.plan.notices.map(({ message }) => message).join("\n")).toMatch(/Queue any .*routes nowhere/);
  await daemon.approve();
  const { status } = await daemon.untilState("OutOfSync");
  expect(status).toMatchObject({ reason: "LeftBehind", message: expect.stringMatching(/Queue any .*routes nowhere/) });
  await daemon.reconciled();
  expect((await daemon.target()).status.reason).toBe("LeftBehind");
  const back = await daemon.push({
    "pools/pa.yaml": FILES["pools/pa.yaml"] ?? "",
    "clusters/c1.yaml": FILES["clusters/c1.yaml"] ?? "",
  });
  await daemon.untilApplied(back);
  expect((await daemon.target()).status.state).toBe("Synced");
});
