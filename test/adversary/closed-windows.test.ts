/**
 * The attacker is the clock: a window closes over a rollout that waits for work, and what had not begun by then comes free in the middle
 * of the night. What was taken out of service before comes to its end; all else waits for the next window.
 */
import { describe, expect, test } from "vitest";
import { cluster, FILES, MOVE, pool, queue } from "../daemon/manifests.ts";
import { openDaemonWorld, type RunningDaemon } from "../daemon/open-daemon-world.ts";
import { startProcess } from "../daemon/start-process.ts";

const CLOSED = { name: "night", kind: "deny", schedule: "* * * * *", duration: "5m" };
/** c1 is moved, which waits for its work; so is c3. */
const BOTH = { ...MOVE, "clusters/c3.yaml": cluster("c3", "pa") };

function heldBy(reason: string) {
  return (detail: Awaited<ReturnType<RunningDaemon["target"]>>) => {
    const outcome = detail.last_pass?.outcome;
    return outcome !== undefined && "held" in outcome && outcome.held.some((held) => held.reason === reason);
  };
}

/** A daemon with a pause on c3 while c1 drains, and the same one after the window has closed. */
async function openNight(auto_apply: "all" | "update") {
  const world = await openDaemonWorld();
  const policy = { max_destroy_share: 1, auto_apply };
  const day = await world.start({ policy });
  await day.untilApplied(world.first);
  await world.setWork("c1", 2);
  await day.send("/targets/prod/pause", { address: "cluster.c3", reason: "not yet" });
  const moved = await day.push(BOTH);
  if (auto_apply === "update") {
    await day.until(heldBy("approval"));
    expect((await day.approve()).status).toBe(201);
  }
  await day.untilState("Waiting", moved);
  const poolOf = (name: string) => world.served.model.state.cluster.rows.get(name)?.pool;
  const close = async () => {
    await day.daemon.stop();
    const night = await world.start({ policy: { ...policy, windows: [CLOSED] } });
    await night.reconciled();
    await night.until(({ last_pass }) => last_pass?.outcome.kind === "waiting");
    return night;
  };
  return { world, day, moved, poolOf, close, policy };
}

describe.each(["all", "update"] as const)("under auto_apply %s, in a closed window", (auto_apply) => {
  test("what had not begun waits though something else of its revision has begun, and that comes to its end", async () => {
    const { world, moved, poolOf, close, policy } = await openNight(auto_apply);
    const night = await close();
    await night.send("/targets/prod/resume", { address: "cluster.c3" });
    const { last_pass } = await night.until(heldBy("window"));
    expect(last_pass?.outcome).toMatchObject({ held: [{ address: "cluster.c3", reason: "window" }] });
    await world.setWork("c1", 0);
    await night.until(() => poolOf("c1") === "pb");
    await night.untilState("Paused", moved);
    expect([poolOf("c1"), poolOf("c3")]).toEqual(["pb", "pb"]);
    await night.daemon.stop();
    const morning = await world.start({ policy });
    await morning.untilApplied(moved);
    expect(poolOf("c3")).toBe("pa");
  });
});

describe("in a closed window, a commit that comes while what had begun waits for work", () => {
  test("and changes something else is held, and does not keep what was drained out of service", async () => {
    const { world, poolOf, close } = await openNight("all");
    const night = await close();
    const commit = await night.push({ "queues/any.yaml": queue("any", 7) });
    await night.until(({ last_pass }) => last_pass?.revision === commit);
    await world.setWork("c1", 0);
    await night.until(() => poolOf("c1") === "pb");
    const { last_pass } = await night.untilState("Paused", commit);
    expect(last_pass?.outcome).toMatchObject({ held: [{ address: "cluster.c3" }, { address: "queue.any" }] });
    expect(world.served.model.state.cluster.rows.get("c1")?.state).toBe("active");
  });

  test("and takes it back puts what was drained into service again", async () => {
    const { world, poolOf, close } = await openNight("all");
    const night = await close();
    const { "clusters/c1.yaml": former = "" } = FILES as Readonly<Record<string, string>>;
    await night.push({ "clusters/c1.yaml": former });
    const c1 = () => world.served.model.state.cluster.rows.get("c1");
    await night.until(() => c1()?.state === "active");
    expect(poolOf("c1")).toBe("pa");
  });

  test("and changes the same object in another way begins that no more than anything else", async () => {
    const { world, poolOf, close } = await openNight("all");
    const night = await close();
    const commit = await night.push({ "clusters/c1.yaml": cluster("c1", "pc"), "pools/pc.yaml": pool("pc") });
    await night.until(({ last_pass }) => last_pass?.revision === commit);
    await world.setWork("c1", 0);
    const { last_pass: last, status } = await night.untilState("Paused", commit);
    const held = last !== null && "held" in last.outcome ? last.outcome.held : [];
    expect(held).toContainEqual(
      expect.objectContaining({ address: "cluster.c1", reason: "window", out_of_service: true }),
    );
    expect([poolOf("c1"), status.message]).toEqual([
      "pa",
      expect.stringContaining("Out of service until then: cluster.c1"),
    ]);
  });
});

describe("in a closed window", () => {
  test("what a process had begun that was killed before it could write that down comes to its end", async () => {
    const world = await openDaemonWorld();
    const policy = { max_destroy_share: 1, auto_apply: "all" };
    const day = await startProcess(world, world.write({ policy }));
    await day.untilApplied(world.first);
    const draining = await world.hold({ method: "UpdateClusterState", answer: true });
    await world.setWork("c1", 2);
    const moved = world.repository.push(MOVE);
    await draining.arrived();
    day.kill("SIGKILL");
    await day.ended;
    await draining.release();
    const night = await startProcess(world, world.write({ policy: { ...policy, windows: [CLOSED] } }));
    await night.untilState("Waiting", moved);
    await world.setWork("c1", 0);
    await night.untilApplied(moved);
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pb");
  });

  test("2026-07: a queue that was written out comes back to `*` beside a delete that a commit brings, which does not begin with it", async () => {
    const world = await openDaemonWorld(FILES, "2026-07");
    const policy = { max_destroy_share: 1, auto_apply: "all" };
    const drift = { action: "report" };
    const day = await world.start({ policy, drift });
    await day.untilApplied(world.first);
    await world.setWork("c1", 2);
    await day.untilState("Waiting", await day.push(MOVE));
    await day.daemon.stop();
    const night = await world.start({ policy: { ...policy, windows: [CLOSED] }, drift });
    expect((await night.reconciled()).last_pass?.outcome.kind).toBe("waiting");
    const removed = await night.push({ "clusters/c1.yaml": null });
    await night.until(({ last_pass }) => last_pass?.revision === removed);
    const { queue: queues, cluster: clusters } = world.served.model.state;
    expect(queues.rows.get("any")?.spec.clusters).toEqual(["*"]);
    await world.setWork("c1", 0);
    const { last_pass } = await night.reconciled();
    expect(last_pass?.outcome).toMatchObject({ kind: "held", held: [{ address: "cluster.c1", reason: "window" }] });
    expect([...clusters.rows.keys()].sort()).toEqual(["c1", "c1-pb", "c2", "c3"]);
    await night.daemon.stop();
    const morning = await world.start({ policy, drift });
    await morning.untilApplied(removed);
    expect([...clusters.rows.keys()].sort()).toEqual(["c2", "c3"]);
  });

  test("an approval of what has not begun waits for the window, and says so", async () => {
    const { world, moved, poolOf, close } = await openNight("update");
    const night = await close();
    const { last_pass } = await night.target();
    const rest = { digest: last_pass?.digest, reason: "not tonight" };
    expect((await night.send("/rejections", rest, "approve")).status).toBe(201);
    await night.send("/targets/prod/resume", { address: "cluster.c3" });
    await night.until(({ approvals }) => approvals.length === 0);
    await world.setWork("c1", 0);
    expect(poolOf("c1")).toBe("pa");
    const { last_pass: now } = await night.until(heldBy("window"));
    const foreseen = await fetch(`${night.url}/api/v1/plans/${now?.digest}/approval`);
    expect(await foreseen.json()).toMatchObject({
      kind: "runs",
      offers: [{ name: "window", addresses: ["cluster.c3"] }],
    });
    expect((await night.approve()).status).toBe(201);
    await night.until(() => poolOf("c1") === "pb");
    await night.untilState("Paused", moved);
    expect(poolOf("c3")).toBe("pb");
  });
});
