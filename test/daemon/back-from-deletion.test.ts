import { expect, test } from "vitest";
import { cluster, FILES, MOVE, queue } from "./manifests.ts";
import { openDaemonWorld, pollOften } from "./open-daemon-world.ts";

const GENERATIONS = ["2026-07", "2026-11"] as const;

/** A world whose cluster c3 was removed with its manifest. */
async function openWithoutC3(generation: (typeof GENERATIONS)[number]) {
  const world = await openDaemonWorld(FILES, generation);
  const daemon = await world.start({ policy: { auto_apply: "all" } }, pollOften);
  await daemon.untilApplied(world.first);
  await daemon.untilApplied(await daemon.push({ "clusters/c3.yaml": null }));
  const { status, left_behind } = await daemon.reconciled();
  expect({ state: status.state, left_behind }).toEqual({ state: "Synced", left_behind: [] });
  const cluster = { kind: "cluster", name: "c3" };
  const bringBack = () =>
    generation === "2026-07"
      ? world.post("/mutate", { op: "create", ...cluster, object: { cluster_pool: "pb" } })
      : world.post("/mutate", { op: "set", ...cluster, path: "state", value: "active" });
  const remove = () =>
    generation === "2026-07"
      ? world.post("/mutate", { op: "delete", ...cluster })
      : world.post("/mutate", { op: "set", ...cluster, path: "state", value: "deleted" });
  return { daemon, bringBack, remove };
}

const REPORTED = {
  state: "OutOfSync",
  reason: "LeftBehind",
  message: expect.stringMatching(/^cluster\.c3 .* was deleted by an apply at .*Z, and is live again/),
};

test.each(GENERATIONS)("%s: what was deleted and is live again is reported until it is deleted again", async (made) => {
  const { daemon, bringBack, remove } = await openWithoutC3(made);
  await bringBack();
  const { left_behind, status } = await daemon.reconciled();
  expect(status).toMatchObject(REPORTED);
  expect(left_behind).toMatchObject([{ address: "cluster.c3", message: REPORTED.message }]);
  expect((await daemon.reconciled()).left_behind).toEqual(left_behind);
  await remove();
  expect(await daemon.reconciled()).toMatchObject({ status: { state: "Synced" }, left_behind: [] });
});

test.each(GENERATIONS)("%s: it is reported until a manifest names it, and not once it is released", async (made) => {
  const { daemon, bringBack } = await openWithoutC3(made);
  await bringBack();
  expect((await daemon.reconciled()).status).toMatchObject(REPORTED);
  const manifest = `${FILES["clusters/c3.yaml"]}lifecycle: { on_remove: orphan }\n`;
  const named = await daemon.untilApplied(await daemon.push({ "clusters/c3.yaml": manifest }));
  expect(named).toMatchObject({ status: { state: "Synced" }, left_behind: [] });
  await daemon.untilApplied(await daemon.push({ "clusters/c3.yaml": null }));
  expect(await daemon.reconciled()).toMatchObject({ status: { state: "Synced" }, left_behind: [] });
});

test("2026-07: a cluster that another user has registered again in another pool is not deleted with the former one's manifest", async () => {
  const world = await openDaemonWorld(FILES, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" }, drift: { action: "report" } }, pollOften);
  await daemon.untilApplied(world.first);
  await world.post("/mutate", { op: "delete", kind: "cluster", name: "c3" });
  const object = { cluster_pool: "pa" };
  await world.post("/mutate", { op: "create", kind: "cluster", name: "c3", object, by: "eve@example.com" });
  const removed = await daemon.push({ "clusters/c3.yaml": null });
  const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === removed);
  expect(status).toMatchObject({
    reason: "CheckFailed",
    message: expect.stringMatching(/ownership.*cluster\.c3 would be deleted.*in pool pa.*in pool pb/),
  });
  expect(world.served.model.state.cluster.rows.get("c3")?.pool).toBe("pa");
  await daemon.approve(["ownership"]);
  await daemon.untilApplied(removed);
  expect(world.served.model.state.cluster.rows.has("c3")).toBe(false);
});

test("2026-07: a cluster whose manifest is removed while it moves to another pool is deleted with the registration there", async () => {
  const world = await openDaemonWorld(FILES, "2026-07");
  const policy = { auto_apply: "all", max_destroy_share: 1 };
  const daemon = await world.start({ policy, drift: { action: "report" } }, pollOften);
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 2);
  await daemon.untilState("Waiting", await daemon.push(MOVE));
  const names = () => [...world.served.model.state.cluster.rows.keys()].sort();
  expect(names()).toEqual(["c1", "c1-pb", "c2", "c3"]);
  const removed = await daemon.push({ "clusters/c1.yaml": null });
  await daemon.untilState("Waiting", removed);
  await world.setWork("c1", 0);
  await daemon.untilApplied(removed);
  expect(names()).toEqual(["c2", "c3"]);
});

test("2026-07: a queue that an approved delete left without clusters routes to its cluster again after a revert", async () => {
  const both = { "clusters/c9.yaml": cluster("c9", "pa"), "queues/q9.yaml": queue("q9", 1, ["c9"]) };
  const world = await openDaemonWorld({ ...FILES, ...both }, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" }, drift: { action: "report" } }, pollOften);
  await daemon.untilApplied(world.first);
  await daemon.untilApplied(await daemon.push({ "clusters/c9.yaml": null, "queues/q9.yaml": null }));
  const selector = () => world.served.model.state.queue.rows.get("q9")?.spec.clusters;
  expect(selector()).toEqual([]);
  const revert = await daemon.push(both);
  const { status } = await daemon.until(
    ({ applied_revision, status: { reason } }) => applied_revision === revert || reason === "Drift",
  );
  expect(status.state).toBe("Synced");
  expect(selector()).toEqual(["c9"]);
});
