/** Settings of a domain were made to name another queue by a rollout that waits for work; a commit gives the rest of it up. */
import { expect, test } from "vitest";
import type { HeldChange, PassRecord } from "../../src/model/passes/pass.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { cluster, type Files, pool, queue } from "./manifests.ts";
import { openDaemonWorld, pollOften, type RunningDaemon, type Settings } from "./open-daemon-world.ts";

const EVERYTHING = {
  policy: { auto_apply: "all" },
  drift: { action: "report" },
  control_plane: { scopes: ["development"] },
};
const ALLOWED = ["black-hole"];
const LOST = {
  reason: "CheckFailed",
  message: expect.stringContaining("Runs of any project in development would reach no cluster"),
};

const isDecided = (state: string) => state !== "OutOfSync" && state !== "Progressing" && state !== "Waiting";

const untilDecided = (daemon: Pick<RunningDaemon, "until">, revision: string) =>
  daemon.until(({ last_pass, status: { state } }) => last_pass?.revision === revision && isDecided(state));

const toQueue = (name: string) => `scope: { domain: development }\nsettings:\n  run.default_queue: ${name}\n`;
const inPool = (name: string, at: string) => queue(name, 1).replace("cluster_pool: pa", `cluster_pool: ${at}`);

/** Settings of development name qa in pa, where c5 is; qb in pb has no cluster. */
const START: Files = {
  ...{ "pools/pa.yaml": pool("pa"), "pools/pb.yaml": pool("pb"), "clusters/c5.yaml": cluster("c5", "pa") },
  ...{ "queues/qa.yaml": queue("qa", 1), "queues/qb.yaml": inPool("qb", "pb"), "settings/dev.yaml": toQueue("qa") },
};
/** The queue that goes with the cluster has to be empty before that leaves: so settings turn before it serves the next one. */
const MOVED: Files = {
  ...{ "clusters/c5.yaml": cluster("c5", "pb"), "queues/qa.yaml": null, "settings/dev.yaml": toQueue("qb") },
};
const HALF: Files = { "clusters/c5.yaml": cluster("c5", "pa"), "queues/qa.yaml": queue("qa", 1) };

/** Turns the settings while c5 has work. */
async function openTurned(more: Files = {}, change: Files = {}, config: Settings = EVERYTHING) {
  const world = await openDaemonWorld({ ...START, ...more }, "2026-11");
  const daemon = await world.start(config, pollOften);
  expect((await untilDecided(daemon, world.first)).status.reason).toBe("CheckFailed");
  await daemon.approve(ALLOWED);
  await daemon.untilApplied(world.first);
  await world.post("/inflight", { queue: "c5", cluster: "c5", runs: 1 });
  const revision = await daemon.push({ ...MOVED, ...change });
  if (change["clusters/cz.yaml"] !== undefined) {
    expect((await untilDecided(daemon, revision)).status.reason).toBe("CheckFailed");
    await daemon.approve(ALLOWED);
  }
  await daemon.untilState("Waiting", revision);
  const { rows } = world.served.model.state.setting;
  await waitFor(
    () => rows.get("development")?.values["run.default_queue"] !== "qa",
    () => JSON.stringify([...rows.values()]),
  );
  return { world, daemon };
}

test("leaves no runs of a domain without a cluster that its settings already send elsewhere, until that is allowed", async () => {
  const { world, daemon } = await openTurned();
  const half = await daemon.push(HALF);
  expect((await untilDecided(daemon, half)).status).toMatchObject(LOST);
  await daemon.approve(ALLOWED);
  await daemon.untilApplied(half);
  await world.post("/inflight", { queue: "c5", cluster: "c5", runs: 0 });
  expect((await daemon.reconciled()).status.state).toBe("Synced");
});

test("leaves none without one either where the loss of another queue was allowed with the same change", async () => {
  const elsewhere = {
    ...{ "pools/pe.yaml": pool("pe"), "pools/pz.yaml": pool("pz"), "clusters/cz.yaml": cluster("cz", "pz") },
    "queues/z.yaml": inPool("z", "pz"),
  };
  const { daemon } = await openTurned(elsewhere, { "clusters/cz.yaml": cluster("cz", "pe") });
  const half = await daemon.push(HALF);
  expect((await untilDecided(daemon, half)).status).toMatchObject(LOST);
  await daemon.approve(ALLOWED);
  await daemon.untilApplied(half);
  expect((await daemon.reconciled()).status.state).not.toBe("Blocked");
});

test("leaves none without one either where it has no settings any more, and is not looked at", async () => {
  const above = { "settings/all.yaml": "settings:\n  run.default_queue: qb\n" };
  const { control_plane: _scopes, ...config } = EVERYTHING;
  const { daemon } = await openTurned(above, { "settings/dev.yaml": null }, config);
  await daemon.reconciled();
  const half = await daemon.push(HALF);
  expect((await untilDecided(daemon, half)).status).toMatchObject(LOST);
});

test("that arrived stops nothing when its cluster is out of service later, while another change is paused", async () => {
  const theirs = `${cluster("c6", "pb")}lifecycle: { ignore_changes: [state] }\n`;
  const world = await openDaemonWorld({ ...START, "clusters/c6.yaml": theirs }, "2026-11");
  const daemon = await world.start(EVERYTHING, pollOften);
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/pause", { reason: "try", address: "queue.qa" });
  await daemon.push({ "settings/dev.yaml": toQueue("qb"), "queues/qa.yaml": queue("qa", 3) });
  await daemon.until(({ status: { reason } }) => reason === "ObjectPaused");
  await world.post("/mutate", { op: "set", kind: "cluster", name: "c6", path: "state", value: "drained" });
  const pushed = await daemon.push({
    "queues/qb.yaml": inPool("qb", "pb").replace("run_concurrency: 1", "run_concurrency: 3"),
  });
  const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
  expect(status.reason).toBe("ObjectPaused");
  expect(world.served.model.state.queue.rows.get("qb")?.spec.run_concurrency).toBe(3);
});

const above = (name: string) => ({ "settings/all.yaml": `settings:\n  run.default_queue: ${name}\n` });
const HELD_ABOVE = { address: "settings.acme", message: "It depends on settings.acme/development, which is held." };

function listHeld(pass: PassRecord | null): readonly HeldChange[] {
  return pass !== null && "held" in pass.outcome ? pass.outcome.held : [];
}

/** Settings above turn to qb; those of development name qa, which they followed. */
async function openFollowed(settings: Files) {
  const world = await openDaemonWorld({ ...START, "clusters/c6.yaml": cluster("c6", "pb"), ...settings }, "2026-11");
  const daemon = await world.start(EVERYTHING, pollOften);
  await daemon.untilApplied(world.first);
  const { rows } = world.served.model.state.setting;
  return { world, daemon, queueOf: (scope: string) => rows.get(scope)?.values["run.default_queue"] };
}

test("above wait for those of a domain that are paused, and say so", async () => {
  const { daemon, queueOf } = await openFollowed({ ...above("qa"), "settings/dev.yaml": null });
  await daemon.send("/targets/prod/pause", { reason: "try", address: "settings.acme/development" });
  const revision = await daemon.push({ ...above("qb"), "settings/dev.yaml": toQueue("qa") });
  const { last_pass } = await daemon.until(
    ({ last_pass, status: { reason } }) => last_pass?.revision === revision && reason === "ObjectPaused",
  );
  expect(listHeld(last_pass)).toContainEqual(expect.objectContaining({ ...HELD_ABOVE, reason: "paused" }));
  expect(queueOf("")).toBe("qa");
  await daemon.send("/targets/prod/resume", { address: "settings.acme/development" });
  await daemon.untilApplied(revision);
  expect([queueOf(""), queueOf("development")]).toEqual(["qb", "qa"]);
});

test("above wait for those of a domain that another user took out, as long as that is only reported", async () => {
  const { world, daemon, queueOf } = await openFollowed(above("qa"));
  await world.post("/mutate", { op: "delete", kind: "settings", name: "development" });
  const revision = await daemon.push(above("qb"));
  const { last_pass } = await daemon.until(
    ({ last_pass }) => last_pass?.revision === revision && listHeld(last_pass).length > 0,
  );
  expect(listHeld(last_pass)).toContainEqual(expect.objectContaining({ ...HELD_ABOVE, reason: "drift_report" }));
  expect([queueOf(""), queueOf("development")]).toEqual(["qa", undefined]);
});
