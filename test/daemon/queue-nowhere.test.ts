import { expect, test } from "vitest";
import { FILES, queue } from "./manifests.ts";
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

test("a declared queue that was left without clusters under an override blocks no later commit, until one would take a route away again", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const [c1 = "", c2 = ""] = [FILES["clusters/c1.yaml"], FILES["clusters/c2.yaml"]];
  const emptied = await daemon.push({ "clusters/c1.yaml": null, "clusters/c2.yaml": null });
  await daemon.untilState("Failed", emptied);
  await daemon.approve(["black-hole"]);
  await daemon.untilApplied(emptied);
  const { status } = await daemon.reconciled();
  expect(status).toMatchObject({
    state: "Synced",
    message: expect.stringContaining("Queue any routes nowhere: pool pa has no cluster"),
  });
  const other = await daemon.push({ "queues/other.yaml": queue("other", 1).replace("pa", "pb") });
  await daemon.untilApplied(other);
  const back = await daemon.push({ "clusters/c1.yaml": c1, "clusters/c2.yaml": c2 });
  await daemon.untilApplied(back);
  const again = await daemon.push({ "clusters/c1.yaml": null, "clusters/c2.yaml": null });
  expect((await daemon.untilState("Failed", again)).status.reason).toBe("CheckFailed");
});
