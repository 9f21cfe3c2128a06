import { describe, expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import { desiredCluster, desiredQueue, LIFECYCLE } from "../plan/arbitrary-desired.ts";
import { activate, drain, GENERATION, leftBehind, listOut, PAST, restoreNow, settle } from "./left-behind.ts";
import { serveWorld } from "./serve-world.ts";

/** The queue goes. */
const WITHOUT_EXTRA = { ...PAST, queues: PAST.queues.filter(({ name }) => name !== "extra") };

describe("after a restore from a backup of a change on its way", () => {
  const [rest, extra] = [WITHOUT_EXTRA, desiredQueue("extra", "pa", ["c1"])];
  const whole = { ...rest, queues: [...rest.queues, extra] };

  /** Breaks off the delete of a queue once that is drained; the store is restored from a backup of then. */
  const serveRestored = async () => {
    const world = await serveWorld(GENERATION);
    await world.converge(whole);
    const delete_ = { method: "DeleteQueue", code: "unavailable" } as const;
    await world.fault({ ...delete_, count: 1_000 });
    expect((await world.apply(await world.plan(rest))).left_drained).toEqual(["queue.extra"]);
    await restoreNow(world);
    return world;
  };

  test("what it has drained is reported where its manifest leaves the state to others, until it is in service", async () => {
    const world = await serveRestored();
    const leaves = { ...LIFECYCLE, ignore_changes: ["state"] };
    const ignoring = { ...rest, queues: [...rest.queues, { ...extra, lifecycle: leaves }] };
    const plan = await settle(world, ignoring, {});
    expect(plan.steps).toEqual([]);
    expect(leftBehind(plan)).toEqual([expect.stringMatching(/queue extra was drained by an apply at .*backup/)]);
    await activate(world, "queue extra");
    expect(leftBehind(await settle(world, ignoring, {}))).toEqual([]);
    await drain(world, "extra");
    expect(leftBehind(await world.plan(ignoring))).toEqual([]);
  });

  test("what it has drained is reported as long as its delete waits", async () => {
    const world = await serveRestored();
    const plan = await world.plan(rest);
    expect(plan.steps.map(({ id }) => id)).toEqual(["queue.extra/delete"]);
    expect(leftBehind(plan)).toEqual([expect.stringContaining("queue extra was drained")]);
  });

  test("what it has drained is reported where nothing is pruned, until it is in service", async () => {
    const world = await serveRestored();
    const options = { prune: "none" } as const;
    expect(leftBehind(await settle(world, rest, options))).toEqual([
      expect.stringContaining("queue extra was drained"),
    ]);
    await activate(world, "queue extra");
    expect(leftBehind(await settle(world, rest, options))).toEqual([]);
  });

  test("nothing is reported of what its manifest decides on: it is put into service", async () => {
    const world = await serveRestored();
    const plan = await settle(world, whole, {});
    expect([plan.steps, leftBehind(plan), await listOut(world)]).toEqual([[], [], []]);
  });
});

describe("after a restore from a backup of a move that waits for work", () => {
  const past = { ...PAST, queues: [...PAST.queues, desiredQueue("pin", "pa", ["c2"])] };
  const moved: Desired = {
    ...past,
    clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pb"), desiredCluster("c3", "pb")],
    queues: [...PAST.queues, desiredQueue("pin", "pb", ["c2"])],
  };

  /** The cluster that moves has work, and what is pinned to it is parked. */
  const serveWaiting = async () => {
    const world = await serveWorld(GENERATION);
    await world.converge(past);
    await world.post("/inflight", { queue: "c2", cluster: "c2", runs: 1 });
    const report = await world.apply(await world.plan(moved));
    expect(report).toMatchObject({ status: "waiting", left_drained: ["cluster.c2", "queue.pin"] });
    await restoreNow(world);
    return world;
  };

  test("all that it has drained is out of service until then, also a queue that is parked", async () => {
    const world = await serveWaiting();
    const plan = await world.plan(moved);
    expect(leftBehind(plan)).toEqual([]);
    const report = await world.apply(plan);
    expect(report).toMatchObject({ status: "waiting", left_drained: ["cluster.c2", "queue.pin"] });
    await world.post("/inflight", { queue: "c2", cluster: "c2" });
    expect(await world.apply(await world.plan(moved))).toMatchObject({ status: "applied", left_drained: [] });
    expect(await listOut(world)).toEqual([]);
  });

  test("a plan without the move says what is out of service until that is applied", async () => {
    const world = await serveWaiting();
    const more = desiredQueue("more", "pa", ["c1"]);
    const plan = await world.plan({ ...moved, queues: [...moved.queues, more] }, { target: ["queue.more"] });
    const partial = plan.notices.find(({ code }) => code === "partial");
    expect(partial?.message).toContain("has drained queue.pin, cluster.c2 on the way to some of them");
  });

  test("what is to stay drained by a later commit is not waited for", async () => {
    const world = await serveWaiting();
    const queues = moved.queues.map((queue) =>
      queue.name === "pin" ? { ...queue, state: "drained" as const } : queue,
    );
    const report = await world.apply(await world.plan({ ...moved, queues }));
    expect(report).toMatchObject({ status: "waiting", left_drained: ["cluster.c2"] });
  });
});
