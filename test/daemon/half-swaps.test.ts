/** The first half of an exchange of clusters is done, the other waits for work, and a commit gives the other half up. */
import { expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { cluster, type Files, pool, queue } from "./manifests.ts";
import {
  type DaemonWorld,
  openDaemonWorld,
  pollOften,
  type RunningDaemon,
  type Settings,
} from "./open-daemon-world.ts";
import { reportPool } from "./report-pool.ts";
import { startProcess } from "./start-process.ts";

const GENERATIONS = ["2026-07", "2026-11"] as const;
const EVERYTHING = {
  policy: { auto_apply: "all" },
  drift: { action: "report" },
  control_plane: { scopes: ["development"] },
};

/** A queue `theirs` on all of pool `to` that no manifest names any more; c5 is in pa, c3 is alone in `to`. */
const start = (to: string): Files => ({
  ...{ "pools/pa.yaml": pool("pa"), [`pools/${to}.yaml`]: pool(to) },
  ...{ "clusters/c5.yaml": cluster("c5", "pa"), "clusters/c3.yaml": cluster("c3", to) },
  "queues/any.yaml": queue("any", 1),
  "queues/theirs.yaml": `${queue("theirs", 1).replace("cluster_pool: pa", `cluster_pool: ${to}`)}lifecycle: { on_remove: orphan }\n`,
});
const swapped = (to: string): Files => ({
  "clusters/c5.yaml": cluster("c5", to),
  "clusters/c3.yaml": cluster("c3", "pa"),
});
const HALF: Files = { "clusters/c5.yaml": cluster("c5", "pa") };

const isDecided = (state: string) => state !== "OutOfSync" && state !== "Progressing" && state !== "Waiting";

/** Exchanges c5 and c3; the former waits for work, and the latter is where it is to be. */
async function openHalf(generation: (typeof GENERATIONS)[number], to: string, more: Files = {}) {
  const world = await openDaemonWorld({ ...start(to), ...more }, generation);
  const daemon = await world.start(EVERYTHING, pollOften);
  await daemon.untilApplied(world.first);
  await daemon.untilApplied(await daemon.push({ "queues/theirs.yaml": null }));
  await world.setWork("c5", 1);
  await daemon.untilState("Waiting", await daemon.push(swapped(to)));
  await untilTaken(world, to);
  return { world, daemon };
}

/** Waits until c3 has left its pool. */
async function untilTaken({ served }: DaemonWorld, from: string): Promise<void> {
  const rows = () => [...served.model.state.cluster.rows.values()];
  await waitFor(
    () => !rows().some(({ name, pool: at, state }) => name === "c3" && at === from && state !== "deleted"),
    () => JSON.stringify(rows()),
  );
}

const untilDecided = (daemon: Pick<RunningDaemon, "until">, revision: string) =>
  daemon.until(({ last_pass, status: { state } }) => last_pass?.revision === revision && isDecided(state));

test.each(GENERATIONS.flatMap((generation) => ["pb", "default"].map((to) => [to, generation] as const)))(
  "leaves no queue of others in pool %s without a cluster on %s: the check stops it in each pass, until it is allowed",
  async (to, generation) => {
    const { world, daemon } = await openHalf(generation, to);
    const half = await daemon.push(HALF);
    const { status } = await untilDecided(daemon, half);
    expect(status).toMatchObject({
      reason: "CheckFailed",
      message: expect.stringMatching(/Queue.* theirs.*would route nowhere/),
    });
    await daemon.reconciled();
    expect((await daemon.target()).status.reason).toBe("CheckFailed");
    await world.setWork("c5", 0);
    await daemon.approve(["black-hole"]);
    await daemon.untilApplied(half);
    expect((await daemon.reconciled()).status.state).toBe("Synced");
  },
);

const KILLED = [
  ["2026-07", "DeleteCluster"],
  ["2026-11", "UpdateCluster"],
] as const;

/** The same, killed before the answer to the write that takes c3 away is recorded; starts a daemon again once `files` are pushed. */
async function openKilled(generation: (typeof GENERATIONS)[number], method: string, files: Files) {
  const world = await openDaemonWorld(start("pb"), generation);
  const file = world.write(EVERYTHING);
  const first = await startProcess(world, file);
  await first.untilApplied(world.first);
  await first.untilApplied(world.repository.push({ "queues/theirs.yaml": null }));
  await world.setWork("c5", 1);
  const answered = await world.hold({ method, answer: true });
  world.repository.push(swapped("pb"));
  await answered.arrived();
  await untilTaken(world, "pb");
  first.kill("SIGKILL");
  await first.ended;
  await answered.release();
  await world.setWork("c5", 0);
  return { pushed: world.repository.push(files), daemon: await startProcess(world, file) };
}

test.each(KILLED)(
  "leaves none so on %s either where the process was killed before the answer to its %s was recorded",
  async (generation, method) => {
    const { pushed, daemon } = await openKilled(generation, method, HALF);
    const { status } = await untilDecided(daemon, pushed);
    expect(status).toMatchObject({
      reason: "CheckFailed",
      message: expect.stringMatching(/Queue.* theirs.*would route nowhere/),
    });
  },
);

test.each(KILLED)(
  "is given up as a whole on %s after such a kill in %s, though it has written queues out",
  async (generation, method) => {
    const back = { ...start("pb"), "queues/theirs.yaml": null };
    const { pushed, daemon } = await openKilled(generation, method, back);
    await daemon.untilApplied(pushed);
  },
);

test.each(GENERATIONS)("is finished, or given up as a whole, without a word on %s", async (generation) => {
  const { world, daemon } = await openHalf(generation, "pb");
  const back = await daemon.push({ ...start("pb"), "queues/theirs.yaml": null });
  await world.setWork("c5", 0);
  await daemon.untilApplied(back);
  await world.setWork(generation === "2026-07" ? "c3-pb" : "c3", 1);
  const again = await daemon.push(swapped("pb"));
  await daemon.untilState("Waiting", again);
  await daemon.reconciled();
  await world.setWork(generation === "2026-07" ? "c3-pb" : "c3", 0);
  await daemon.untilApplied(again);
});

test.each(GENERATIONS)(
  "whose loss was allowed continues under that approval once it is half done, on %s",
  async (generation) => {
    const { world, daemon, revision } = await openAllowed(generation);
    expect((await daemon.reconciled()).status.state).toBe("Waiting");
    await world.setWork("c5", 0);
    await daemon.untilApplied(revision);
  },
);

test.each(GENERATIONS)(
  "leaves no runs of a domain without a cluster that settings send elsewhere in the same commit, on %s",
  async (generation) => {
    const settings = (name: string) => `scope: { domain: development }\nsettings:\n  run.default_queue: ${name}\n`;
    const ours = queue("ours", 1).replace("cluster_pool: pa", "cluster_pool: pb");
    const { daemon } = await openHalf(generation, "pb", {
      "queues/ours.yaml": ours,
      "settings/dev.yaml": settings("ours"),
    });
    const half = await daemon.push({ ...HALF, "queues/ours.yaml": null, "settings/dev.yaml": settings("default") });
    const { status } = await untilDecided(daemon, half);
    expect(status).toMatchObject({
      reason: "CheckFailed",
      message: expect.stringContaining("Runs of any project in development would reach no cluster"),
    });
  },
);

const HEALTHY = (to: string): Files => ({
  "clusters/c3.yaml": `${cluster("c3", to)}lifecycle: { await: healthy }\n`,
});

/** Before the exchange: each move of c3 waits for its operator, which has reported. */
async function openAwaited(drift: Settings["drift"] = EVERYTHING.drift, more: Files = {}) {
  const world = await openDaemonWorld({ ...start("pb"), ...HEALTHY("pb"), ...more }, "2026-11");
  const daemon = await world.start({ ...EVERYTHING, drift: { ...drift } }, pollOften);
  await daemon.untilState("Waiting", world.first);
  await reportPool(world, "pb");
  await daemon.untilApplied(world.first);
  return { world, daemon };
}

/** Changes a queue as another user would. */
const changeByHand = ({ post }: DaemonWorld, name: string) =>
  post("/mutate", { op: "set", kind: "queue", name, path: "run_concurrency", value: 9, by: "night.shift@example.com" });

/** An exchange that takes the last cluster of `theirs`, which is allowed; it is half done, and c5 waits for work on its way to another pool. */
async function openAllowed(generation: (typeof GENERATIONS)[number]) {
  const world = await openDaemonWorld({ ...start("pb"), "pools/pc.yaml": pool("pc") }, generation);
  const daemon = await world.start(EVERYTHING, pollOften);
  await daemon.untilApplied(world.first);
  await daemon.untilApplied(await daemon.push({ "queues/theirs.yaml": null }));
  await world.setWork("c5", 1);
  const revision = await daemon.push({ ...swapped("pb"), "clusters/c5.yaml": cluster("c5", "pc") });
  expect((await untilDecided(daemon, revision)).status.reason).toBe("CheckFailed");
  await daemon.approve(["black-hole"]);
  await daemon.untilState("Waiting", revision);
  await untilTaken(world, "pb");
  return { world, daemon, revision };
}

test.each([
  ["no other commit", null],
  ["a harmless commit", { "queues/any.yaml": queue("any", 2) }],
])(
  "leaves none so either where the first half was over before the second one began, and with %s in between",
  async (_, between) => {
    const { world, daemon } = await openAwaited();
    await daemon.untilApplied(await daemon.push({ "queues/theirs.yaml": null }));
    await world.setWork("c5", 1);
    await daemon.untilState("Waiting", await daemon.push({ ...swapped("pb"), ...HEALTHY("pa") }));
    await untilTaken(world, "pb");
    if (between !== null) await daemon.untilState("Waiting", await daemon.push(between));
    await reportPool(world, "pa");
    await daemon.until(({ status }) => status.message.includes("c5"));
    const { status } = await untilDecided(daemon, await daemon.push(HALF));
    expect(status).toMatchObject({
      reason: "CheckFailed",
      message: expect.stringMatching(/Queue.* theirs.*would route nowhere/),
    });
  },
);

test.each([
  ["others", { "queues/theirs.yaml": null }],
  ["a manifest", {}],
] as const)(
  "given up with a plan that changes nothing, leaves a queue of %s without a cluster once that is allowed, and the target has ended it",
  async (_, files) => {
    const { world, daemon } = await openAwaited();
    await daemon.untilApplied(await daemon.push({ ...files, "queues/any.yaml": queue("any", 3) }));
    await daemon.untilState("Waiting", await daemon.push({ ...swapped("pb"), ...HEALTHY("pa") }));
    await untilTaken(world, "pb");
    const half = await daemon.push({ ...HALF, ...HEALTHY("pa") });
    await daemon.until(({ last_pass }) => last_pass?.revision === half);
    await reportPool(world, "pa");
    await daemon.until(({ status: { reason } }) => reason === "CheckFailed");
    const { last_pass } = await daemon.reconciled();
    expect(await daemon.approve(["black-hole"])).toMatchObject({ status: 201 });
    await daemon.untilApplied(half);
    expect((await daemon.reconciled()).status.state).toBe("Synced");
    // The plan of before has nothing to decide any more.
    const again = await daemon.send("/approvals", { digest: last_pass?.digest, overrides: ["black-hole"] }, "approve");
    expect(again).toMatchObject({ status: 409, body: { error: { code: "stale" } } });
  },
);

test("for which the loss of another queue was allowed leaves none without a cluster either", async () => {
  const elsewhere = {
    ...{ "pools/pe.yaml": pool("pe"), "pools/pz.yaml": pool("pz"), "clusters/cz.yaml": cluster("cz", "pz") },
    "queues/z.yaml": queue("z", 1).replace("pool: pa", "pool: pz"),
  };
  const { world, daemon } = await openAwaited(EVERYTHING.drift, elsewhere);
  await daemon.untilApplied(await daemon.push({ "queues/theirs.yaml": null }));
  const swap = { ...swapped("pb"), ...HEALTHY("pa"), "clusters/cz.yaml": cluster("cz", "pe") };
  const revision = await daemon.push(swap);
  expect((await untilDecided(daemon, revision)).status).toMatchObject({
    reason: "CheckFailed",
    message: expect.stringContaining("Queue z "),
  });
  await daemon.approve(["black-hole"]);
  await daemon.untilState("Waiting", revision);
  await untilTaken(world, "pb");
  const { status } = await untilDecided(daemon, await daemon.push({ ...HALF, ...HEALTHY("pa") }));
  expect(status).toMatchObject({
    reason: "CheckFailed",
    message: expect.stringMatching(/theirs.*would route nowhere/),
  });
});

const OTHERS = { "queues/theirs.yaml": null };

test.each([
  ["any", "is reported", OTHERS, { action: "report" }],
  ["any", "is reported, while theirs has a manifest", {}, { action: "report" }],
  ["theirs", "is reported, while it has a manifest", {}, { action: "report" }],
  ["any", "is not confirmed yet", OTHERS, { action: "revert", seen_for: "24h" }],
] as const)(
  "given up with nothing left to do but what was changed outside at queue %s, which %s, fails in each pass until the loss is allowed, by that alone",
  async (changed, _, files, drift) => {
    const { world, daemon } = await openAwaited(drift);
    await daemon.untilApplied(await daemon.push({ ...files, "queues/any.yaml": queue("any", 3) }));
    await daemon.untilState("Waiting", await daemon.push({ ...swapped("pb"), ...HEALTHY("pa") }));
    await untilTaken(world, "pb");
    await changeByHand(world, changed);
    const half = await daemon.push({ ...HALF, ...HEALTHY("pa") });
    await daemon.until(({ last_pass }) => last_pass?.revision === half);
    await reportPool(world, "pa");
    for (const _pass of [1, 2, 3]) await daemon.reconciled();
    const { status, passes } = await daemon.target();
    expect(status).toMatchObject({
      reason: "CheckFailed",
      message: expect.stringMatching(/theirs.*would route nowhere/),
    });
    const kinds = passes.filter(({ revision }) => revision === half).map(({ outcome }) => outcome.kind);
    expect(new Set(kinds)).toEqual(new Set(["blocked"]));
    expect(await daemon.approve(["black-hole"])).toMatchObject({ status: 201 });
    await daemon.until(({ status: { reason } }) => reason !== "CheckFailed");
    await daemon.reconciled();
    expect((await daemon.target()).last_pass).toMatchObject({
      outcome: { kind: "held", held: [{ address: `queue.${changed}` }] },
    });
    expect((await daemon.target()).applied_revision).toBe(half);
  },
);

test("given up beside what is paused, fails until the loss is allowed, by that alone, and the rest follows once it is resumed", async () => {
  const { world, daemon } = await openAwaited();
  await daemon.untilApplied(await daemon.push({ ...OTHERS, "queues/any.yaml": queue("any", 3) }));
  await daemon.untilState("Waiting", await daemon.push({ ...swapped("pb"), ...HEALTHY("pa") }));
  await untilTaken(world, "pb");
  await daemon.send("/targets/prod/pause", { reason: "try", address: "queue.any" });
  const half = await daemon.push({ ...HALF, ...HEALTHY("pa"), "queues/any.yaml": queue("any", 4) });
  await daemon.until(({ last_pass }) => last_pass?.revision === half);
  await reportPool(world, "pa");
  expect((await daemon.reconciled()).status.reason).toBe("CheckFailed");
  expect(await daemon.approve(["black-hole"])).toMatchObject({ status: 201 });
  await daemon.until(({ status: { reason } }) => reason === "ObjectPaused");
  expect((await daemon.reconciled()).status.reason).toBe("ObjectPaused");
  await daemon.send("/targets/prod/resume", { address: "queue.any" });
  await daemon.untilApplied(half);
  expect((await daemon.reconciled()).status.state).toBe("Synced");
});

test.each(GENERATIONS)(
  "of which a queue of before is without a cluster already stops half-way for nothing, on %s",
  async (generation) => {
    const world = await openDaemonWorld({ ...start("pb"), "pools/pc.yaml": pool("pc") }, generation);
    const daemon = await world.start(EVERYTHING, pollOften);
    await daemon.untilApplied(world.first);
    const away = await daemon.push({ "clusters/c3.yaml": cluster("c3", "pa") });
    expect((await untilDecided(daemon, away)).status.reason).toBe("CheckFailed");
    await daemon.approve(["black-hole"]);
    await daemon.untilApplied(away);
    await world.setWork("c5", 1);
    const moved = await daemon.push({ "clusters/c5.yaml": cluster("c5", "pc") });
    await daemon.untilState("Waiting", moved);
    expect((await daemon.reconciled()).status.state).toBe("Waiting");
    await world.setWork("c5", 0);
    await daemon.untilApplied(moved);
  },
);

test.each(GENERATIONS)(
  "whose loss was allowed is stopped by no harmless commit in the middle, on %s",
  async (generation) => {
    const { world, daemon } = await openAllowed(generation);
    const next = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    await daemon.untilState("Waiting", next);
    await world.setWork("c5", 0);
    await daemon.untilApplied(next);
  },
);
