/** What was applied is over although something else is held for people; but not half an exchange whose other half is held. */
import { expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { cluster, type Files, pool, queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld, pollOften, type RunningDaemon } from "./open-daemon-world.ts";
import { reportPool } from "./report-pool.ts";

const EVERYTHING = {
  policy: { auto_apply: "all", max_destroy_share: 1 },
  drift: { action: "report" },
  control_plane: { scopes: ["development"] },
};

const toQueue = (name: string) => `scope: { domain: development }\nsettings:\n  run.default_queue: ${name}\n`;
const inPool = (name: string, at: string, runs = 1) =>
  queue(name, runs).replace("cluster_pool: pa", `cluster_pool: ${at}`);
const drained = (text: string) => `${text}state: drained\n`;

/** c4 and c5 in pa, c3 in pb, none in pc; `old` is drained by its manifest. */
const START: Files = {
  ...{ "pools/pa.yaml": pool("pa"), "pools/pb.yaml": pool("pb"), "pools/pc.yaml": pool("pc") },
  ...{ "clusters/c3.yaml": cluster("c3", "pb"), "clusters/c4.yaml": cluster("c4", "pa") },
  ...{ "clusters/c5.yaml": cluster("c5", "pa"), "queues/any.yaml": queue("any", 1) },
  ...{ "queues/zz.yaml": inPool("zz", "pb"), "queues/old.yaml": drained(queue("old", 1)) },
};

/** Waits for the end of a pass over a revision that decided what becomes of it. */
const untilDecided = (daemon: Pick<RunningDaemon, "until">, revision: string) =>
  daemon.until(
    ({ last_pass, status: { state } }) =>
      last_pass?.revision === revision && !["OutOfSync", "Progressing", "Waiting"].includes(state),
  );

const limitOf = ({ served }: DaemonWorld, name: string) =>
  served.model.state.queue.rows.get(name)?.spec.run_concurrency;

/** A limit of zz is to change, which is paused. */
async function openPaused(files: Files) {
  const world = await openDaemonWorld(files, "2026-11");
  const daemon = await world.start(EVERYTHING, pollOften);
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/pause", { reason: "try", address: "queue.zz" });
  const held = await daemon.push({ "queues/zz.yaml": inPool("zz", "pb", 7) });
  expect((await untilDecided(daemon, held)).status.reason).toBe("ObjectPaused");
  return { world, daemon };
}

test("what was taken out of service long ago is cleaned up while a limit of a queue is paused, and later commits are applied", async () => {
  const { world, daemon } = await openPaused({ ...START, "settings/dev.yaml": toQueue("old") });
  const cleaned = await daemon.push({ "queues/old.yaml": null, "settings/dev.yaml": null });
  expect((await untilDecided(daemon, cleaned)).status.reason).toBe("ObjectPaused");
  expect((await daemon.reconciled()).status.reason).toBe("ObjectPaused");
  const next = await daemon.push({ "queues/any.yaml": queue("any", 3) });
  expect((await untilDecided(daemon, next)).status.reason).toBe("ObjectPaused");
  expect(limitOf(world, "any")).toBe(3);
  await daemon.send("/targets/prod/resume", { address: "queue.zz" });
  await daemon.untilApplied(next);
});

test("so it is where the clean-up comes after a move that waited for work, with another commit in its middle", async () => {
  const { world, daemon } = await openPaused({ ...START, "settings/dev.yaml": toQueue("any") });
  await world.setWork("c5", 1);
  const moved = { "clusters/c5.yaml": cluster("c5", "pb"), "settings/dev.yaml": toQueue("old") };
  await daemon.untilState("Waiting", await daemon.push(moved));
  await daemon.untilState("Waiting", await daemon.push({ "queues/any.yaml": queue("any", 2) }));
  await world.setWork("c5", 0);
  await daemon.until(({ status: { reason } }) => reason === "ObjectPaused");
  await daemon.reconciled();
  const cleaned = await daemon.push({ "queues/old.yaml": null, "settings/dev.yaml": null });
  expect((await untilDecided(daemon, cleaned)).status.reason).toBe("ObjectPaused");
  const next = await daemon.push({ "queues/any.yaml": queue("any", 3) });
  expect((await untilDecided(daemon, next)).status.reason).toBe("ObjectPaused");
  expect(limitOf(world, "any")).toBe(3);
});

test("settings that were turned to what a manifest drains are turned on while the move of a cluster waits for its approval", async () => {
  const files = { ...START, "queues/empty.yaml": inPool("empty", "pc"), "settings/dev.yaml": toQueue("any") };
  const world = await openDaemonWorld(files, "2026-11");
  const daemon = await world.start({ ...EVERYTHING, policy: { auto_apply: "update" } }, pollOften);
  await untilDecided(daemon, world.first);
  await daemon.approve(["black-hole"]);
  await daemon.untilApplied(world.first);
  const push = async (more: Files) => (await untilDecided(daemon, await daemon.push(more))).status.reason;
  expect(await push({ "clusters/c5.yaml": cluster("c5", "pb") })).toBe("ApprovalNeeded");
  expect(await push({ "settings/dev.yaml": toQueue("old") })).toBe("ApprovalNeeded");
  expect(await push({ "settings/dev.yaml": toQueue("empty") })).toBe("ApprovalNeeded");
  const { rows } = world.served.model.state.setting;
  expect(rows.get("development")?.values["run.default_queue"]).toBe("empty");
});

const awaited = (at: string) => `${cluster("c3", at)}lifecycle: { await: healthy }\n`;

test("half an exchange of clusters is not over while its other half is paused, however many passes and commits come after it", async () => {
  const theirs = `${inPool("theirs", "pb")}lifecycle: { on_remove: orphan }\n`;
  const { "queues/zz.yaml": _zz, "clusters/c4.yaml": _c4, ...rest } = START;
  const files = { ...rest, "queues/theirs.yaml": theirs, "clusters/c3.yaml": awaited("pb") };
  const world = await openDaemonWorld(files, "2026-11");
  const daemon = await world.start(EVERYTHING, pollOften);
  await daemon.untilState("Waiting", world.first);
  await reportPool(world, "pb");
  await daemon.untilApplied(world.first);
  await daemon.untilApplied(await daemon.push({ "queues/theirs.yaml": null }));
  const swapped = { "clusters/c3.yaml": awaited("pa"), "clusters/c5.yaml": cluster("c5", "pb") };
  await world.setWork("c5", 1);
  await daemon.untilState("Waiting", await daemon.push(swapped));
  const { rows } = world.served.model.state.cluster;
  await waitFor(
    () => rows.get("c3")?.pool === "pa",
    () => JSON.stringify([...rows.values()]),
  );
  await daemon.send("/targets/prod/pause", { reason: "try", address: "cluster.c5" });
  await reportPool(world, "pa");
  const untilHeld = (revision: string) =>
    daemon.until(({ last_pass }) => last_pass?.revision === revision && last_pass.outcome.kind === "held");
  await daemon.until(({ status: { reason } }) => reason === "ObjectPaused");
  for (const _pass of [1, 2, 3]) await daemon.reconciled();
  await untilHeld(await daemon.push({ "queues/any.yaml": queue("any", 3) }));
  await daemon.reconciled();
  expect(limitOf(world, "any")).toBe(3);
  const half = await daemon.push({ "clusters/c5.yaml": cluster("c5", "pa") });
  expect((await untilDecided(daemon, half)).status).toMatchObject({
    reason: "CheckFailed",
    message: expect.stringMatching(/theirs.*would route nowhere/),
  });
});
