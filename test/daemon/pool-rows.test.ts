/** Rows of flyteadmin that send runs to a pool, whose clusters come and go while work is in flight. */
import { expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { cluster, type Files, pool, queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld, pollOften, type RunningDaemon } from "./open-daemon-world.ts";

const GENERATIONS = ["2026-07", "2026-11"] as const;
type Generation = (typeof GENERATIONS)[number];

const row = (to: string) => `project: team1\ndomain: production\nclusterPoolName: ${to}\n`;
/** Pool pb has c3 alone, and a row sends runs there; pd is well. */
const BASE: Files = {
  ...{ "pools/pa.yaml": pool("pa"), "pools/pb.yaml": pool("pb"), "pools/pd.yaml": pool("pd") },
  ...{ "clusters/c4.yaml": cluster("c4", "pa"), "clusters/c5.yaml": cluster("c5", "pa") },
  ...{ "clusters/c3.yaml": cluster("c3", "pb"), "clusters/cd.yaml": cluster("cd", "pd") },
  "cluster-pool-attributes/team1.yaml": row("pb"),
};

async function open(generation: Generation, files: Files = BASE) {
  const world = await openDaemonWorld(files, generation);
  const control_plane = { flyteadmin: { endpoint: world.served.url } };
  const settings = { policy: { auto_apply: "all" }, drift: { action: "report" }, control_plane };
  const daemon = await world.start(settings, pollOften);
  await daemon.untilApplied(world.first);
  return { world, daemon };
}

/** Lets a cluster have work of its own queue, or have none. */
const setWork = ({ post }: DaemonWorld, name: string, runs: number) =>
  post("/inflight", { queue: name, cluster: name, runs });

const isDecided = (state: string) => state !== "OutOfSync" && state !== "Progressing" && state !== "Waiting";

const untilDecided = (daemon: Pick<RunningDaemon, "until">, revision: string) =>
  daemon.until(({ last_pass, status: { state } }) => last_pass?.revision === revision && isDecided(state));

const LOST = /Runs of team1\/production would reach no cluster by cluster pool attributes/;

/** The clusters in a pool that are there, whether in service or not. */
const membersOf = ({ served }: DaemonWorld, at: string) =>
  [...served.model.state.cluster.rows.values()]
    .filter(({ pool: own, state }) => own === at && state !== "deleted")
    .map(({ name }) => name);

/** How the only cluster of the pool leaves it. */
const LEAVES = [
  ["is moved away", cluster("c3", "pa")],
  ["is deleted", null],
] as const;

test.each(GENERATIONS.flatMap((generation) => LEAVES.map(([how, file]) => [how, generation, file] as const)))(
  "a commit by which the only cluster of the pool of a row %s fails the check on %s, and is carried to its end in several passes once that is allowed",
  async (_how, generation, file) => {
    const { world, daemon } = await open(generation);
    await setWork(world, "c3", 1);
    const revision = await daemon.push({ "clusters/c3.yaml": file });
    const { status } = await untilDecided(daemon, revision);
    expect(status).toMatchObject({ reason: "CheckFailed", message: expect.stringMatching(LOST) });
    expect(membersOf(world, "pb")).toEqual(["c3"]);
    await daemon.approve(["black-hole"]);
    await daemon.untilState("Waiting", revision);
    expect((await daemon.reconciled()).status.state).toBe("Waiting");
    expect((await daemon.reconciled()).status.state).toBe("Waiting");
    await setWork(world, "c3", 0);
    await daemon.untilApplied(revision);
    expect(membersOf(world, "pb")).toEqual([]);
    expect((await daemon.reconciled()).status.state).toBe("Synced");
    const next = await daemon.push({ "clusters/c6.yaml": cluster("c6", "pd") });
    await daemon.untilApplied(next);
  },
);

test.each(GENERATIONS)(
  "the override of a check that fails at a queue and for runs by rows lets both through, in each pass, on %s",
  async (generation) => {
    const own = queue("own", 1).replace("pool: pa", "pool: pb");
    const { world, daemon } = await open(generation, { ...BASE, "queues/own.yaml": own });
    await setWork(world, "c3", 1);
    const revision = await daemon.push({ "clusters/c3.yaml": cluster("c3", "pa") });
    const { status } = await untilDecided(daemon, revision);
    expect(status).toMatchObject({ reason: "CheckFailed", message: expect.stringMatching(LOST) });
    expect(status.message).toMatch(/Queue own would route nowhere/);
    await daemon.approve(["black-hole"]);
    await daemon.untilState("Waiting", revision);
    await setWork(world, "c3", 0);
    await daemon.untilApplied(revision);
    expect(membersOf(world, "pb")).toEqual([]);
  },
);

test.each(GENERATIONS)(
  "a commit that keeps the other cluster of an exchange in its pool, amid the wait for its work, leaves no row without a cluster on %s",
  async (generation) => {
    const { world, daemon } = await open(generation);
    for (const name of ["c3", "c5"]) await setWork(world, name, 1);
    const swapped = { "clusters/c3.yaml": cluster("c3", "pa"), "clusters/c5.yaml": cluster("c5", "pb") };
    await daemon.untilState("Waiting", await daemon.push(swapped));
    expect(membersOf(world, "pb")).not.toEqual([]);
    const half = await daemon.push({ "clusters/c5.yaml": cluster("c5", "pa") });
    const { status } = await untilDecided(daemon, half);
    expect(status).toMatchObject({ reason: "CheckFailed", message: expect.stringMatching(LOST) });
    expect(membersOf(world, "pb")).not.toEqual([]);
    await daemon.approve(["black-hole"]);
    await daemon.untilState("Waiting", half);
    await setWork(world, "c5", 0);
    expect((await daemon.reconciled()).status.state).toBe("Waiting");
    expect((await daemon.reconciled()).status.state).toBe("Waiting");
    await setWork(world, "c3", 0);
    await daemon.untilApplied(half);
    expect(membersOf(world, "pb")).toEqual([]);
  },
);

test.each(GENERATIONS)(
  "a row that is sent to an empty pool stays until a cluster serves there, also where a later commit keeps that where it is, on %s",
  async (generation) => {
    const before = { ...BASE, "clusters/c3.yaml": null, "cluster-pool-attributes/team1.yaml": row("pd") };
    const files = Object.fromEntries(Object.entries(before).filter(([, text]) => text !== null));
    const { world, daemon } = await open(generation, files);
    const { flyteadmin } = world.served;
    const named = () => JSON.stringify([...flyteadmin.state.attributes.values()]);
    await setWork(world, "c5", 1);
    const next = { "clusters/c5.yaml": cluster("c5", "pb"), "cluster-pool-attributes/team1.yaml": row("pb") };
    const revision = await daemon.push(next);
    await daemon.untilState("Waiting", revision);
    expect(named().includes('"pb"')).toBe(membersOf(world, "pb").length > 0);
    const back = { "clusters/c5.yaml": cluster("c5", "pa"), "cluster-pool-attributes/team1.yaml": row("pd") };
    await daemon.untilApplied(await daemon.push(back));
    expect(named()).toMatch(/"pd"/);
    const again = await daemon.push(next);
    await daemon.untilState("Waiting", again);
    await setWork(world, "c5", 0);
    await daemon.untilApplied(again);
    await waitFor(
      () => named().includes('"pb"'),
      () => named(),
    );
  },
);

test.each(GENERATIONS)(
  "a commit that gives up the move that a row waits for does not turn the row to the empty pool unless that is allowed, on %s",
  async (generation) => {
    const { "clusters/c3.yaml": _c3, ...files } = BASE;
    const { world, daemon } = await open(generation, { ...files, "cluster-pool-attributes/team1.yaml": row("pd") });
    const { flyteadmin } = world.served;
    const named = () => JSON.stringify([...flyteadmin.state.attributes.values()]);
    await setWork(world, "c5", 1);
    const turned = { "clusters/c5.yaml": cluster("c5", "pb"), "cluster-pool-attributes/team1.yaml": row("pb") };
    await daemon.untilState("Waiting", await daemon.push(turned));
    // On the older generation the row is turned before its cluster leaves, as a new one in its place serves.
    const isTurned = named().includes('"pb"');
    const revision = await daemon.push({ "clusters/c5.yaml": cluster("c5", "pa") });
    const { status } = await untilDecided(daemon, revision);
    expect(status).toMatchObject({ reason: "CheckFailed", message: expect.stringMatching(LOST) });
    expect(named().includes('"pb"')).toBe(isTurned);
    await daemon.approve(["black-hole"]);
    await setWork(world, "c5", 0);
    await daemon.untilApplied(revision);
    expect(named()).toMatch(/"pb"/);
    expect(membersOf(world, "pb")).toEqual([]);
  },
);

test("a pause of a wide row that is to go holds it and what comes after it, and the rest of the commit is applied", async () => {
  const wide = "project: team1\nclusterPoolName: pb\n";
  const narrow = "project: team1\ndomain: production\nworkflow: wf\nclusterPoolName: pd\n";
  const { world, daemon } = await open("2026-11", {
    ...{ ...BASE, "queues/own.yaml": queue("own", 1) },
    "cluster-pool-attributes/team1.yaml": row("pd"),
    ...{ "cluster-pool-attributes/wide.yaml": wide, "cluster-pool-attributes/narrow.yaml": narrow },
  });
  const limit = () => world.served.model.state.queue.rows.get("own")?.spec.run_concurrency;
  const named = () => JSON.stringify([...world.served.flyteadmin.state.attributes.values()]);
  await daemon.send("/targets/prod/pause", { reason: "try", address: "cluster_pool_attributes.team1" });
  const revision = await daemon.push({
    "queues/own.yaml": queue("own", 2),
    "cluster-pool-attributes/team1.yaml": row("pb"),
    ...{ "cluster-pool-attributes/wide.yaml": null, "cluster-pool-attributes/narrow.yaml": null },
  });
  const { status } = await daemon.untilState("Paused", revision);
  expect(status.message).toMatch(/^cluster_pool_attributes\.team1 and 1 other change: /);
  expect(limit()).toBe(2);
  expect(named()).toMatch(/"pd"/);
  await daemon.send("/targets/prod/resume", { address: "cluster_pool_attributes.team1" });
  // Other domains of the project go by no row then, and no cluster is in the pool of those.
  await daemon.until(({ status: { reason } }) => reason === "CheckFailed");
  await daemon.approve(["black-hole"]);
  await daemon.untilApplied(revision);
  expect(named()).not.toMatch(/"pd"/);
});
